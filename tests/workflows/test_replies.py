"""What a debtor writes while the case runs: nothing hard before somebody has read it, and words that say why hold it."""

from datetime import timedelta

from commands.debtor import replies
from commands.debtor.answer import Answer, answer_reply
from facts.deliveries.replies import list_replies
from tests.doings import until_why
from tests.life import Life, begin
from tests.world import World


async def writes(case: Life, words: str) -> None:
    """The debtor answers an SMS."""
    (phone,) = await case.world.rows(
        """select p.address from contact_point p join dunning_case c on c.debtor_id = p.debtor_id
        where c.id = :case and p.channel = 'sms'""",
        case=case.case_id,
    )
    async with case.world.database.transaction() as connection:
        now = await case.now()
        assert await replies.received(connection, case.world.parts.planning, "sms", phone.address, words, now) == 1
    await case.quiet()


async def somebody_reads(case: Life) -> None:
    async with case.world.database.transaction() as connection:
        for reply in await list_replies(connection, case.creditor):
            await replies.done(connection, case.creditor, reply.id, "anne", "read", await case.now())
    await case.quiet()


async def test_the_notice_waits_until_a_reply_is_read(world: World) -> None:
    case = await begin(world)
    await case.until("reminder", "letter")
    await case.post_letters()
    while (following := await case.next()).step != "collection-notice":
        await case.step()
    assert following.at is not None
    await world.skip_to(case.handle, following.at - timedelta(hours=1))
    await writes(case, "Hva gjelder dette?")
    await until_why(case, "somebody reads it first")
    assert "letter collection-notice" not in await case.told()
    await somebody_reads(case)
    await case.until("collection-notice", "letter")


async def test_one_who_writes_that_it_is_paid_hears_nothing_for_days_or_until_somebody_has_looked(world: World) -> None:
    case = await begin(world)
    await case.until("due-date-reminder", "email")
    told = await case.told()
    await writes(case, "Denne er betalt!")
    held = await case.next()
    assert held.why == "on hold: says paid"
    assert held.at is not None
    assert held.at - await case.now() > timedelta(days=4)
    assert await case.told() == told
    await somebody_reads(case)
    assert (await case.next()).at is not None


async def test_a_persons_answer_reaches_who_wrote_by_the_way_that_they_wrote(
    world: World,
) -> None:
    case = await begin(world)
    await case.until("due-date-reminder", "email")
    await writes(case, "Hvorfor er det så mye?")
    async with world.database.transaction() as connection:
        (reply,) = await list_replies(connection, case.creditor)
        given = Answer(by="anne", text="Måleren ble lest på nytt.")
        answered = await answer_reply(connection, case.creditor, reply.id, given, await case.now())
    await case.until(f"answer#{answered.id}-sms", "sms")
    (sent,) = await world.rows(
        """select d.document ->> 'text' as text from delivery d join delivery_case s on s.delivery_id = d.id
        where s.case_id = :case and d.message = 'answer'""",
        case=case.case_id,
    )
    assert "Vi har svart på meldingen din" in sent.text
    assert "/i/" in sent.text
