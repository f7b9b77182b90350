"""However much is written, so much is kept, and the rest is counted where a person sees it."""

from commands.debtor.room import MOST_OF_STRANGERS, MOST_UNREAD
from tests.commands.debtor.test_replies import PHONE, read, unread, write
from tests.store import NOW, Store


async def test_an_sms_beyond_what_lies_unread_is_counted_until_somebody_has_read(store: Store) -> None:
    await store.invoice()
    for number in range(MOST_UNREAD + 2):
        await write(store, f"Hei {number}")
    kept = await unread(store)
    assert (len(kept), kept[-1].more) == (MOST_UNREAD, 2)
    assert await write(store, "trenger mer tid") == 1
    assert (await unread(store))[-1].meaning == "needs time", "what it says is done all the same"
    for reply in await unread(store):
        await read(store, reply.id)
    await write(store, "Er du der?")
    assert [reply.text for reply in await unread(store)] == ["Er du der?"]


async def test_one_number_fills_no_room_of_another(store: Store) -> None:
    await store.invoice()
    reference = await store.one("select reference from invoice")
    for number in range(MOST_UNREAD + 1):
        await write(store, f"{reference} {number}", "+4799999999")
    await write(store, "Hei")
    senders = [reply.sender for reply in await unread(store)]
    assert (senders.count("+4799999999"), senders.count(PHONE)) == (MOST_UNREAD, 1)


async def test_of_all_strangers_of_a_day_so_much_is_kept_and_the_rest_is_counted(store: Store) -> None:
    await store.do(
        """insert into reply (channel, sender, text, happened_at)
        select 'sms', '+47990' || lpad(n::text, 5, '0'), 'Hei', :now from generate_series(1, :most) n""",
        now=NOW,
        most=MOST_OF_STRANGERS,
    )
    await write(store, "Hei", "+4798765432")
    assert await store.one("select sum(more) from reply") == 1
    assert len(await unread(store, None)) == MOST_OF_STRANGERS
