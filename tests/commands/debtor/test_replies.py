"""What debtors write is kept, shown to a person, and holds what is hard until it is read."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from commands.debtor import replies
from commands.task.finish import finish_task
from domain.parties.replies import Meaning
from facts.deliveries.replies import Reply, list_replies
from facts.operations.tasks import list_tasks
from facts.refusals import Refused, Unknown
from facts.webhooks import outgoing
from tests.store import NOW, PLANNING, Store
from tests.world import debtor

PHONE = "+4791234567"
OLA = {"name": "Ola Nordmann", "customer_number": "K-2", "email": "ola@example.no"}


async def write(store: Store, words: str, address: str = PHONE, channel: str = "sms") -> int:
    async with store.database.transaction() as connection:
        return await replies.received(connection, PLANNING, channel, address, words, NOW)


async def unread(store: Store, creditor: str | None = "acme") -> list[Reply]:
    async with store.database.transaction() as connection:
        return await list_replies(connection, creditor)


async def read(store: Store, reply: int, creditor: str | None = "acme") -> bool:
    async with store.database.transaction() as connection:
        return await replies.done(connection, creditor, reply, "anne", "called back", NOW)


async def tasks(store: Store) -> list[Any]:
    async with store.database.transaction() as connection:
        return list(await list_tasks(connection, None, "reply"))


async def holds(store: Store) -> list[tuple[int, str]]:
    rows = await store.rows("select case_id, reason_code from hold where released_at is null order by id")
    return [(row.case_id, row.reason_code) for row in rows]


async def test_a_reply_opens_a_task_with_its_words_and_pauses_every_open_case(store: Store) -> None:
    first, second = await store.invoice(), await store.invoice("1002")
    assert await write(store, "Hva er dette?") == 1
    (task,) = await tasks(store)
    assert task.why == "a reply by sms about 1001, 1002: Hva er dette?"
    assert [(await store.load(case)).facts.unread_reply for case in (first, second)] == [NOW, NOW]
    assert (await store.news(second))[-1] == "debtor_replied"
    assert await holds(store) == []


@pytest.mark.parametrize(
    ("words", "reason"), [("betalt", "says paid"), ("trenger tid", "says needs time"), ("I have paid", "says paid")]
)
async def test_words_that_say_why_hold_every_case_until_somebody_has_read_them(
    store: Store, words: str, reason: str
) -> None:
    first, second = await store.invoice(), await store.invoice("1002")
    await write(store, words)
    assert await holds(store) == [(first, reason), (second, reason)]
    (reply,) = await unread(store)
    assert await read(store, reply.id) is True
    assert (await holds(store), await unread(store), await tasks(store)) == ([], [], [])
    assert (await store.load(first)).facts.unread_reply is None
    assert await read(store, reply.id) is False


async def test_a_hold_of_somebody_else_outlives_the_reading(store: Store) -> None:
    case = await store.invoice()
    await store.command(case, "hold")
    await write(store, "betalt")
    (reply,) = await unread(store)
    await read(store, reply.id)
    assert len(await holds(store)) == 1


async def test_an_objection_to_the_only_invoice_is_a_dispute_that_reading_does_not_end(store: Store) -> None:
    case = await store.invoice()
    for words in ("uenig", "fortsatt uenig"):
        await write(store, words)
    for reply in await unread(store):
        await read(store, reply.id)
    assert (await store.load(case)).facts.disputed
    assert await store.one("select count(*) from dispute") == 1


async def test_an_objection_to_one_of_several_invoices_holds_them_all(store: Store) -> None:
    first, second = await store.invoice(), await store.invoice("1002")
    await write(store, "uenig")
    assert [case for case, _ in await holds(store)] == [first, second]


async def test_a_number_of_two_people_is_each_ones_reply_and_the_task_says_so(store: Store) -> None:
    first, second = await store.invoice(), await store.invoice("1002", debtor=debtor(**OLA))
    assert await write(store, "ikke meg") == 2
    assert [case for case, _ in await holds(store)] == [first, second]
    assert all("somebody else has this address too" in task.why for task in await tasks(store))
    states = await store.rows("select state from contact_point where channel = 'sms'")
    assert {row.state for row in states} == {"valid"}  # nobody knows whose number it is


async def test_not_me_is_never_written_to_again_and_what_was_sent_did_not_arrive(store: Store) -> None:
    case = await store.invoice()
    delivery = await store.claim(case, "sms", fee="38")
    await store.accept(delivery)
    await store.do(
        f"""update delivery set read_at = accepted_at, contact_point_id = (select id from contact_point
        where channel = 'sms') where id = '{delivery}'"""
    )
    await write(store, "Dette er ikke meg")
    loaded = (await store.load(case)).facts
    assert [contact.usable for contact in loaded.contacts if contact.channel == "sms"] == [False]
    assert (loaded.deliveries[0].state.value, loaded.deliveries[0].read_at) == ("failed", None)
    assert await store.balance() == 802
    assert await write(store, "Hallo?") == 0  # the number is a stranger's from now on


async def test_a_strangers_words_are_kept_and_concern_nobody(store: Store) -> None:
    await store.invoice()
    assert await write(store, "Hei", "+4799999999") == 0
    assert await unread(store) == []
    ((stranger,),) = [await unread(store, None)]
    assert (stranger.creditor, stranger.sender, stranger.text) == (None, "+4799999999", "Hei")
    assert await read(store, stranger.id, None) is True


async def test_who_had_the_number_before_is_asked_only_where_nobody_has_it_now(store: Store) -> None:
    await store.invoice()
    await store.invoice("1002", debtor=debtor(phone="+4792222222"))
    assert await write(store, "Hei") == 1
    await store.invoice("1003", debtor=debtor(**OLA))
    assert await write(store, "Hei igjen") == 1
    assert [reply.customer_number for reply in await unread(store)] == ["K-1", "K-2"]


async def test_a_reply_after_everything_is_paid_waits_without_a_task(store: Store) -> None:
    await store.invoice()
    await store.do("update dunning_case set state = 'closed'")
    await write(store, "Takk")
    assert (len(await unread(store)), await tasks(store)) == (1, [])


async def test_a_task_done_is_a_reply_read_even_after_a_new_round(store: Store) -> None:
    await store.invoice()
    await write(store, "betalt")
    await store.do("update dunning_case set round = 2")
    (task,) = await tasks(store)
    async with store.database.transaction() as connection:
        assert await finish_task(connection, "acme", task.id, "anne", None, NOW)
    assert (await unread(store), await holds(store)) == ([], [])


async def test_a_reply_of_another_creditors_debtor_is_not_found(store: Store) -> None:
    await store.invoice()
    await write(store, "Hei")
    (reply,) = await unread(store)
    with pytest.raises(Unknown, match="no reply"):
        await read(store, reply.id, "beta")


async def test_the_creditors_system_is_told_without_the_words(store: Store) -> None:
    await store.invoice()
    async with store.database.transaction() as connection:
        await outgoing.add(connection, "acme", "https://acme.example/hooks", ["debtor.*"], NOW)
    await write(store, "betalt")
    payload = await store.one("select payload from webhook_message")
    (reply,) = await unread(store)
    assert payload["data"] == {
        "reply": reply.id,
        "customer_number": "K-1",
        "channel": "sms",
        "meaning": "paid",
        "invoices": ["1001"],
    }


async def test_the_page_speaks_of_its_own_invoice_says_it_once_and_not_for_ever(store: Store) -> None:
    first, second = await store.invoice(), await store.invoice("1002")
    async with store.database.transaction() as connection:
        for _ in range(2):
            await replies.said_on_page(connection, PLANNING, first, Meaning.DISAGREES, "for dyrt", NOW)
    assert (await store.load(first)).facts.disputed
    other = (await store.load(second)).facts
    assert (other.disputed, other.unread_reply) == (False, None)
    assert len(await unread(store)) == 1
    async with store.database.transaction() as connection:
        for place in range(replies.MOST_UNREAD):
            await replies.said_on_page(connection, PLANNING, second, Meaning.NEEDS_TIME, f"{place}", NOW)
        with pytest.raises(Refused, match="somebody reads it first"):
            await replies.said_on_page(connection, PLANNING, second, Meaning.NEEDS_TIME, "more", NOW)


# --- I have paid -------------------------------------------------------------------------------------------------

MORNING = datetime(2026, 7, 8, 7, tzinfo=UTC)  # 9:00 in Oslo, five banking days after NOW
KARI = {"reference": None, "payer_name": "Kari Nordmann"}


async def page_says_paid(store: Store, case: int, words: str = "", now: datetime = NOW) -> None:
    async with store.database.transaction() as connection:
        await replies.said_on_page(connection, PLANNING, case, Meaning.PAID, words, now, says_all=not words)


async def pauses(store: Store) -> list[tuple[int, Any]]:
    rows = await store.rows("select case_id, until from hold where released_at is null order by id")
    return [(row.case_id, row.until) for row in rows]


async def test_who_has_paid_is_waited_for_five_banking_days_and_nobody_need_read_it(store: Store) -> None:
    case, other = await store.invoice(), await store.invoice("1002")
    for _ in range(3):
        await page_says_paid(store, case)
    assert (await pauses(store), await unread(store), await tasks(store)) == ([(case, MORNING)], [], [])
    facts = (await store.load(case)).facts
    assert (facts.unread_reply, facts.unfound_payment and facts.unfound_payment.at) == (None, MORNING)
    assert (await store.load(other)).facts.unfound_payment is None
    thread = await store.rows("select meaning, topic, done_by from reply")
    assert [tuple(row) for row in thread] == [("paid", "paid", "purr")]


async def test_words_beside_it_are_read_and_the_wait_ends_by_itself(store: Store) -> None:
    case = await store.invoice()
    await write(store, "Jeg har betalt fra konto 1234.56.78903")
    assert await pauses(store) == [(case, MORNING)]
    assert len(await tasks(store)) == 1
    (reply,) = await unread(store)
    await read(store, reply.id)
    assert (await pauses(store), (await store.load(case)).facts.unfound_payment) == ([], None)


async def test_the_same_word_for_ever_pauses_twice_and_then_somebody_reads_it(store: Store) -> None:
    case = await store.invoice()
    for weeks in range(4):
        await page_says_paid(store, case, now=NOW + timedelta(weeks=2 * weeks))
    assert len(await pauses(store)) == replies.MOST_PAID_PAUSES
    assert len(await tasks(store)) == 1


@pytest.mark.parametrize(
    "told",
    [
        KARI,
        {"reference": "006402711013"},  # one digit wrong: with her word it is plain
        KARI | {"text": "Faktura 1001"},
    ],
)
async def test_money_that_waits_is_found_and_booked_by_the_debtors_word(store: Store, told: dict[str, Any]) -> None:
    case = await store.invoice()
    await store.do("update invoice set reference = '006402710013'")
    await store.do(
        """insert into incoming_payment (creditor_id, source, source_id, amount, currency, booked_on, reference, payer_name,
        text, state, happened_at) values ('acme', 'bank', 'p1', 802, 'NOK', :day, :reference, :payer_name, :text, 'review',
        :now)""",
        **({"reference": None, "payer_name": None, "text": None} | told),
        day=NOW.date(),
        now=NOW,
    )
    await page_says_paid(store, case)
    assert (await store.balance(), await pauses(store), await tasks(store)) == (0, [], [])
    assert (await store.one("select matched_by from incoming_payment")).endswith("the debtor says that it is paid")


@pytest.mark.parametrize(
    "told",
    [
        KARI | {"amount": Decimal(801)},  # no amount that anybody owes
        {"reference": None, "payer_name": "Per Berg"},  # somebody else's name
        KARI | {"currency": "EUR"},
    ],
)
async def test_money_that_only_comes_near_is_not_booked(store: Store, told: dict[str, Any]) -> None:
    case = await store.invoice()
    await store.pay(**told)
    await page_says_paid(store, case)
    assert (await store.balance(), await pauses(store)) == (802, [(case, MORNING)])


async def test_money_as_near_to_somebody_else_waits_for_a_person_who_sees_what_was_said(store: Store) -> None:
    case = await store.invoice()
    await store.invoice("1002", debtor=debtor(customer_number="K-9", email="x@example.no", phone="+4790000000"))
    await store.pay(**KARI)
    await page_says_paid(store, case)
    assert (await store.balance(), await pauses(store)) == (802, [(case, MORNING)])


async def test_words_from_a_number_of_two_people_book_nothing(store: Store) -> None:
    await store.invoice()
    await store.invoice("1002", debtor=debtor(**OLA))
    await store.pay(**KARI)
    await write(store, "betalt")
    assert (await store.balance(), len(await pauses(store))) == (802, 2)


async def test_of_two_invoices_the_one_whose_money_is_found_is_settled_and_the_other_waits(store: Store) -> None:
    await store.invoice()
    other = await store.invoice("1002", amount="500")
    await store.pay(**KARI)
    await write(store, "betalt")
    assert (await store.balance(), [case for case, _ in await pauses(store)]) == (0, [other])


async def test_a_reply_whose_money_is_found_is_read_at_once(store: Store) -> None:
    await store.invoice()
    await store.pay(**KARI)
    await write(store, "Hei, jeg har betalt dette!")
    assert (await store.balance(), await unread(store), await tasks(store)) == (0, [], [])


async def test_money_that_comes_during_the_wait_leaves_nothing_to_ask_for(store: Store) -> None:
    case = await store.invoice()
    await page_says_paid(store, case)
    await store.pay(amount=Decimal(300))
    assert (await store.load(case)).facts.unfound_payment is None


async def test_an_sms_that_names_an_invoice_is_about_that_one_alone(store: Store) -> None:
    first, second = await store.invoice(), await store.invoice("1002")
    await write(store, "Faktura 1002 er jeg uenig i")
    assert await store.rows("select case_id from dispute") == [(second,)]
    assert (await store.load(first)).facts.unread_reply is None
    assert await store.one("select tied_by from reply") == "number"


async def test_words_that_name_both_or_neither_are_about_all(store: Store) -> None:
    first, second = await store.invoice(), await store.invoice("1002")
    await write(store, "Jeg har betalt faktura 1001 og faktura 1002")
    assert [case for case, _ in await holds(store)] == [first, second]


async def test_an_unknown_number_with_a_payment_reference_holds_its_case_and_changes_nothing(store: Store) -> None:
    case = await store.invoice()
    reference = await store.one("select reference from invoice")
    assert await write(store, f"KID {reference}: jeg er uenig", "+4799999999") == 1
    assert [held for held, _ in await holds(store)] == [case]
    assert await store.one("select count(*) from dispute") == 0
    (task,) = await tasks(store)
    assert "it may be from anybody" in task.why
    assert await write(store, "Faktura 1001 er feil", "+4799999998") == 0  # a number is anybody's to know


async def test_a_number_that_two_have_is_whose_invoice_it_names(store: Store) -> None:
    await store.invoice()
    second = await store.invoice("1002", debtor=debtor(**OLA))
    assert await write(store, "trenger tid, faktura 1002") == 1
    assert [case for case, _ in await holds(store)] == [second]


# --- pauses that debtors make themselves -------------------------------------------------------------------------


async def says_on_page(store: Store, case: int, meaning: Meaning, words: str = "", now: datetime = NOW) -> None:
    async with store.database.transaction() as connection:
        await replies.said_on_page(connection, PLANNING, case, meaning, words, now, says_all=not words)


@pytest.mark.parametrize(
    ("meaning", "day"),
    [
        (Meaning.NEEDS_TIME, 15),
        (Meaning.NOT_RECEIVED, 15),
        (Meaning.RETURNED_GOODS, 22),
        (Meaning.TRAVELLING, 29),  # as its policy says
        (Meaning.WAITS_FOR_ANSWER, 15),
    ],
)
async def test_a_pause_for_a_reason_ends_by_itself_and_nobody_need_read_it(
    store: Store, meaning: Meaning, day: int
) -> None:
    case = await store.invoice()
    await says_on_page(store, case, meaning)
    assert await pauses(store) == [(case, datetime(2026, 7, day, 7, tzinfo=UTC))]
    assert (await unread(store), await tasks(store)) == ([], [])
    assert (await store.load(case)).facts.hold_reason == f"says {meaning}"


async def test_so_many_pauses_as_the_policy_gives_and_then_somebody_reads_it(store: Store) -> None:
    case = await store.invoice()
    for months, meaning in enumerate((Meaning.TRAVELLING, Meaning.NEEDS_TIME, Meaning.TRAVELLING, Meaning.TRAVELLING)):
        await says_on_page(store, case, meaning, now=NOW + timedelta(days=40 * months))
    assert len(await pauses(store)) == 3
    assert [task.kind for task in await tasks(store)] == ["reply"]


async def test_another_reason_during_a_pause_prolongs_nothing(store: Store) -> None:
    case = await store.invoice()
    await says_on_page(store, case, Meaning.TRAVELLING)
    await says_on_page(store, case, Meaning.WAITS_FOR_ANSWER)
    assert len(await pauses(store)) == 1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("Har ikke fått pakken", "says not received"),
        ("Varen er returnert", "says returned goods"),
        ("I am on holiday until Monday", "says travelling"),
        ("Jeg venter på svar fra dere", "says waits for an answer"),
    ],
)
async def test_words_that_say_why_pause_for_as_long_and_are_read_too(store: Store, words: str, reason: str) -> None:
    case = await store.invoice()
    await write(store, words)
    assert await holds(store) == [(case, reason)]
    assert [until is not None for _, until in await pauses(store)] == [True]
    assert len(await tasks(store)) == 1
