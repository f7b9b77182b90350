"""A case by WhatsApp: a template begins, any words answer for a day, and what WhatsApp does not take goes another way at once."""

from datetime import timedelta
from typing import Any

import pytest

from commands.debtor.replies import wrote_from
from tests.life import Life, begin
from tests.world import World, debtor

POLICY = "no-whatsapp"


async def a_case(world: World, **changes: Any) -> Life:
    """A case of somebody who has agreed to WhatsApp, whose first message leaves as soon as time passes."""
    return await begin(world, policy=POLICY, debtor=debtor(**{"whatsapp": "+4798765432"} | changes))


async def writes(case: Life) -> None:
    """The debtor writes by WhatsApp, and says nothing that a person must read."""
    async with case.world.database.transaction() as connection:
        await wrote_from(connection, "direct_message", "+4798765432", await case.now())


async def whatsapp_contact(case: Life) -> str:
    query = """select p.state from contact_point p join dunning_case c on c.debtor_id = p.debtor_id
    where c.id = :case and p.channel = 'direct_message'"""
    (row,) = await case.world.rows(query, case=case.case_id)
    return str(row.state)


async def test_what_begins_a_conversation_is_an_approved_template(world: World) -> None:
    case = await a_case(world)
    following = await case.until("invoice", "direct_message")
    (sent,) = await case.sent()
    assert (sent.channel, sent.to) == ("direct_message", "+4798765432")
    assert sent.body.startswith("Fra Acme Kraft AS: 802,00 kr for faktura ")
    assert world.providers.messages[sent.provider_id].trouble is None
    assert following.why == "direct message not read within 2 days"
    await case.step()
    assert [each.channel for each in await case.sent()] == ["direct_message", "email"]


async def test_whoever_has_not_agreed_is_not_written_to_by_whatsapp(world: World) -> None:
    case = await a_case(world, whatsapp=None)
    await case.step()
    assert await case.told() == ["email invoice"]


async def test_an_answer_within_the_day_is_in_our_own_words_and_the_next_message_a_template_again(world: World) -> None:
    case = await a_case(world)
    leaves = (await case.next()).at
    assert leaves is not None
    await case.pass_time(leaves - await case.now() - timedelta(minutes=30))
    await writes(case)
    await case.until("invoice", "direct_message")
    assert (await case.sent())[0].body.startswith("Acme Kraft AS")
    await case.read("invoice", "direct_message", by="read receipt")
    await case.until("due-date-reminder", "direct_message")
    assert (await case.sent())[-1].body.startswith("Fra Acme Kraft AS: 802,00 kr har forfall ")


async def test_without_a_template_in_the_debtors_language_the_next_channel_is_used_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await a_case(world, language="en")
    approved = world.settings.whatsapp_folder
    assert approved is not None
    async with world.without_worker():
        monkeypatch.setattr(world, "settings", world.settings.model_copy(update={"whatsapp_folder": None}))
        async with world.more_workers(1):
            await case.until("invoice", "email")
    assert [sent.channel for sent in await case.sent()] == ["email"]
    first, second = await case.deliveries()
    assert second.claimed_at - first.claimed_at < timedelta(minutes=15)
    (said,) = await world.rows(
        "select detail from case_event where case_id = :c and kind = 'message_not_sent'", c=case.case_id
    )
    assert said.detail["why"] == "no WhatsApp template of invoice.kind is approved in en"
    assert [d.state for d in (first, second)] == ["failed", "accepted"]


@pytest.mark.parametrize("trouble", ["unknown", "paused", "rejected", "disabled"])
async def test_a_template_that_is_not_taken_any_more_is_no_fault_of_the_number(world: World, trouble: str) -> None:
    case = await a_case(world)
    if trouble == "unknown":
        world.providers.templates.clear()
    await case.until("invoice", "direct_message")
    if trouble != "unknown":  # Twilio takes it, and tells later
        await case.provider_tells("invoice", "direct_message", "failed", reason=f"the template is {trouble}")
    await case.until("invoice", "email")
    assert await whatsapp_contact(case) == "valid"
    states = [(d.channel, d.state) for d in await case.deliveries()]
    assert states == [("direct_message", "failed"), ("email", "accepted")]
