"""Email through the real SDK over real HTTP: every answer of the provider is told for what it proves."""

import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import count

import pytest
import pytest_asyncio

from channels.channel import Outgoing, Written
from channels.email import SendGridEmail
from channels.outcomes import AddressRejected, NotSent, OutcomeUnknown, ProviderMisconfigured
from simulator.emulators.providers import Providers, create_app, serving

SENDER = "faktura@nordlys.example"
EMAIL = Outgoing(
    delivery_id="d-1",
    written=Written(
        {
            "subject": "Faktura 1001",
            "text": "Hei. https://pay.example/t/abc",
            "html": '<p>Hei. <a href="https://pay.example/t/abc">Betal</a></p>',
        }
    ),
    address="kari@example.no",
    name="Kari Nordmann",
    creditor="nordlys",
    creditor_name="Nordlys",
    reply_to="svar@nordlys.example",
    open_tracking=True,
    country="NO",
    today=date(2026, 7, 1),
)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[Providers]:
    providers = Providers()
    yield providers
    await providers.aclose()


@pytest_asyncio.fixture
async def url(world: Providers) -> AsyncIterator[str]:
    async with serving(create_app(world)) as address:
        yield address


@pytest.fixture
def sendgrid(world: Providers, url: str) -> SendGridEmail:
    return SendGridEmail(world.sendgrid_api_key, SENDER, host=url, timeout=2)


@pytest.fixture
def from_nobody(world: Providers, url: str) -> SendGridEmail:
    return SendGridEmail(world.sendgrid_api_key, "nordlys", host=url, timeout=2)


@pytest.mark.asyncio
async def test_an_accepted_email_carries_its_delivery_id_and_gets_a_provider_id(
    world: Providers, sendgrid: SendGridEmail
) -> None:
    accepted = await sendgrid.send(EMAIL)
    (sent,) = world.log
    assert (sent.provider_id, sent.delivery_id, sent.channel, sent.to) == (
        accepted.provider_id,
        "d-1",
        "email",
        "kari@example.no",
    )
    assert sent.body.startswith("Faktura 1001\n\nHei.")
    assert sent.links == ["https://pay.example/t/abc"]


@pytest.mark.asyncio
async def test_answers_go_to_the_creditor_or_to_an_address_of_ours_that_the_message_id_names_too(
    world: Providers, sendgrid: SendGridEmail
) -> None:
    await sendgrid.send(EMAIL)
    await sendgrid.send(replace(EMAIL, reply_address="sealed@svar.example"))
    theirs, ours = world.log
    assert (theirs.reply_to, theirs.headers) == ("svar@nordlys.example", {})
    assert (ours.reply_to, ours.headers) == (
        "sealed@svar.example",
        {"Message-ID": "<sealed@svar.example>", "Auto-Submitted": "auto-generated"},
    )


@pytest.mark.asyncio
async def test_a_kind_email_can_be_ended_with_one_click_and_a_required_one_cannot(
    world: Providers, sendgrid: SendGridEmail
) -> None:
    address = "https://purr.example/i/sealed/unsubscribe"
    await sendgrid.send(EMAIL)
    await sendgrid.send(
        replace(EMAIL, written=replace(EMAIL.written, unsubscribe=address), reply_address="s@svar.example")
    )
    required, kind = world.log
    assert "List-Unsubscribe" not in required.headers
    assert (kind.headers["List-Unsubscribe"], kind.headers["List-Unsubscribe-Post"]) == (
        f"<{address}>",
        "List-Unsubscribe=One-Click",
    )
    assert kind.headers["Message-ID"] == "<s@svar.example>"


@pytest.mark.asyncio
async def test_too_many_requests_is_not_sent_and_says_when_to_come_back(
    world: Providers, sendgrid: SendGridEmail
) -> None:
    world.faults.next.append("429")
    with pytest.raises(NotSent) as refusal:
        await sendgrid.send(EMAIL)
    assert refusal.value.retry_after is not None
    assert timedelta(seconds=20) < refusal.value.retry_after <= timedelta(seconds=30)
    assert world.log == []


@pytest.mark.asyncio
async def test_an_unavailable_provider_has_not_sent(world: Providers, sendgrid: SendGridEmail) -> None:
    world.faults.next.append("503")
    with pytest.raises(NotSent):
        await sendgrid.send(EMAIL)
    assert world.log == []


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", ["500", "502"])
async def test_a_broken_provider_leaves_it_unknown(world: Providers, sendgrid: SendGridEmail, fault: str) -> None:
    world.faults = world.faults.model_validate({"next": [fault]})
    with pytest.raises(OutcomeUnknown):
        await sendgrid.send(EMAIL)


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", ["lost", "lost-500"])
async def test_a_lost_answer_is_unknown_though_the_email_left_exactly_once(
    world: Providers, sendgrid: SendGridEmail, fault: str
) -> None:
    world.faults = world.faults.model_validate({"next": [fault]})
    with pytest.raises(OutcomeUnknown):
        await sendgrid.send(EMAIL)
    assert [sent.delivery_id for sent in world.log] == ["d-1"]


@pytest.mark.asyncio
async def test_an_answer_that_comes_too_late_is_unknown(world: Providers, url: str) -> None:
    world.faults.latency = 1.0
    with pytest.raises(OutcomeUnknown):
        await SendGridEmail(world.sendgrid_api_key, SENDER, host=url, timeout=0.2).send(EMAIL)


@pytest.mark.asyncio
async def test_a_refused_connection_has_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NotSent):
        await SendGridEmail("SG.simulated", SENDER, host=f"http://127.0.0.1:{port}", timeout=2).send(EMAIL)


@pytest.mark.asyncio
async def test_a_host_without_a_name_in_dns_has_not_sent() -> None:
    with pytest.raises(NotSent):
        await SendGridEmail("SG.simulated", SENDER, host="http://sendgrid.invalid", timeout=2).send(EMAIL)


@pytest.mark.asyncio
async def test_a_bad_address_is_rejected_without_telling_the_address(world: Providers, sendgrid: SendGridEmail) -> None:
    with pytest.raises(AddressRejected) as refusal:
        await sendgrid.send(replace(EMAIL, address="kari@nowhere"))
    assert "personalizations.0.to.0.email" in refusal.value.reason
    assert "kari" not in refusal.value.reason
    assert world.log == []


@pytest.mark.asyncio
async def test_a_bad_sender_is_our_own_mistake(from_nobody: SendGridEmail) -> None:
    with pytest.raises(ProviderMisconfigured, match=r"from\.email"):
        await from_nobody.send(EMAIL)


@pytest.mark.asyncio
async def test_a_bad_sender_and_a_bad_address_together_are_our_own_mistake(from_nobody: SendGridEmail) -> None:
    with pytest.raises(ProviderMisconfigured):
        await from_nobody.send(replace(EMAIL, address="kari@nowhere"))


@pytest.mark.asyncio
async def test_a_wrong_key_needs_a_person(url: str) -> None:
    with pytest.raises(ProviderMisconfigured, match="401"):
        await SendGridEmail("SG.wrong", SENDER, host=url, timeout=2).send(EMAIL)


@pytest.mark.asyncio
async def test_the_connection_is_used_again_after_a_cut_one(world: Providers, sendgrid: SendGridEmail) -> None:
    world.faults.next.append("lost")
    with pytest.raises(OutcomeUnknown):
        await sendgrid.send(EMAIL)
    await sendgrid.send(replace(EMAIL, delivery_id="d-2"))
    assert [sent.delivery_id for sent in world.log] == ["d-1", "d-2"]


@pytest.mark.asyncio
async def test_it_lists_what_went_out_since_a_moment_where_the_account_has_bought_that(
    world: Providers, sendgrid: SendGridEmail
) -> None:
    before = world.clock() - timedelta(seconds=1)
    sent = [
        await sendgrid.send(EMAIL),
        await sendgrid.send(replace(EMAIL, delivery_id="d-2", address="ola@example.no")),
    ]
    with pytest.raises(ProviderMisconfigured, match="403: access forbidden"):
        await sendgrid.sent_since(before)
    world.email_activity = True
    listed = await sendgrid.sent_since(before)
    assert set(listed) == {("kari@example.no", sent[0].provider_id), ("ola@example.no", sent[1].provider_id)}
    assert await sendgrid.sent_since(world.clock() + timedelta(hours=1)) == []


@pytest.mark.asyncio
async def test_more_than_one_answer_holds_is_asked_for_until_all_is_listed(
    world: Providers, sendgrid: SendGridEmail
) -> None:
    world.email_activity = True
    await sendgrid.send(EMAIL)
    (one,), began, seconds = world.log, world.clock(), count()
    world.log[:] = [
        replace(one, provider_id=f"m-{n}", at=began + timedelta(seconds=next(seconds))) for n in range(1100)
    ]
    assert {each.provider_id for each in await sendgrid.sent_since(began - timedelta(hours=1))} == {
        f"m-{n}" for n in range(1100)
    }
