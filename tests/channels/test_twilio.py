"""SMS and WhatsApp through the real SDK over real HTTP: every answer is told for what it proves."""

import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
import pytest_asyncio

from channels.channel import Outgoing, Written
from channels.outcomes import AddressRejected, NotSent, OutcomeUnknown, ProviderMisconfigured
from channels.twilio import TwilioMessages
from simulator.emulators.providers import Providers, create_app, serving

SMS = Outgoing(
    delivery_id="d 1/æ&",
    written=Written({"text": "Hei på deg"}),
    address="+4741234567",
    name="Kari Nordmann",
    creditor="nordlys",
    creditor_name="Nordlys",
    reply_to=None,
    open_tracking=False,
    country="NO",
    today=date(2026, 7, 1),
)
WHATSAPP = "whatsapp:+4759440000"


def saying(text: str) -> Outgoing:
    """The message with another text."""
    return replace(SMS, written=Written({"text": text}))


@pytest_asyncio.fixture
async def world() -> AsyncIterator[Providers]:
    providers = Providers(auto_deliver=False)
    yield providers
    await providers.aclose()


@pytest_asyncio.fixture
async def url(world: Providers) -> AsyncIterator[str]:
    async with serving(create_app(world)) as address:
        yield address


def twilio_at(
    url: str, world: Providers, *, auth_token: str = "simulated", sender: str = "Nordlys", timeout: float = 2
) -> TwilioMessages:
    return TwilioMessages(
        world.twilio_account_sid,
        auth_token,
        sender=sender,
        callback_base="http://127.0.0.1:9",
        api_base=url,
        timeout=timeout,
    )


@pytest.fixture
def twilio(world: Providers, url: str) -> TwilioMessages:
    return twilio_at(url, world)


@pytest.mark.asyncio
async def test_an_accepted_sms_gets_a_sid_and_its_callback_names_the_delivery(
    world: Providers, twilio: TwilioMessages
) -> None:
    accepted = await twilio.send(SMS)
    (sent,) = world.log
    assert (sent.provider_id, sent.delivery_id, sent.channel) == (accepted.provider_id, "d 1/æ&", "sms")
    assert (sent.to, sent.body) == ("+4741234567", "Hei på deg")
    assert world.messages[accepted.provider_id].status_callback.startswith(
        "http://127.0.0.1:9/webhooks/twilio/status?delivery="
    )


@pytest.mark.asyncio
async def test_an_sms_comes_from_what_it_names_and_is_found_and_listed_under_that(
    world: Providers, twilio: TwilioMessages
) -> None:
    began = world.clock() - timedelta(seconds=5)
    named = replace(SMS, sender="ACME")
    accepted = await twilio.send(named)
    assert world.messages[accepted.provider_id].sender == "ACME"
    assert await twilio.find(named, began) == accepted
    assert await twilio.find(SMS, began) is None, "that one would have come from another"
    plain = await twilio.send(SMS)
    assert [each.provider_id for each in await twilio.sent_since(began)] == [plain.provider_id]
    listed = [each.provider_id for each in await twilio.sent_since(began, ["ACME", "Nordlys", ""])]
    assert sorted(listed) == sorted([plain.provider_id, accepted.provider_id])


@pytest.mark.asyncio
async def test_a_direct_message_goes_to_a_whatsapp_address(world: Providers, url: str) -> None:
    accepted = await twilio_at(url, world, sender=WHATSAPP).send(SMS)
    message = world.messages[accepted.provider_id]
    assert (message.to, message.sender) == ("whatsapp:+4741234567", "whatsapp:+4759440000")
    assert world.log[0].channel == "direct_message"


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", ["429", "503"])
async def test_a_provider_that_says_later_has_not_sent(world: Providers, twilio: TwilioMessages, fault: str) -> None:
    world.faults = world.faults.model_validate({"next": [fault]})
    with pytest.raises(NotSent):
        await twilio.send(SMS)
    assert world.log == []


@pytest.mark.asyncio
async def test_too_many_requests_says_when_to_come_back(world: Providers, twilio: TwilioMessages) -> None:
    world.faults.next.append("429")
    with pytest.raises(NotSent) as refusal:
        await twilio.send(SMS)
    assert refusal.value.retry_after == timedelta(seconds=1)


@pytest.mark.asyncio
async def test_a_broken_provider_leaves_it_unknown(world: Providers, twilio: TwilioMessages) -> None:
    world.faults.next.append("500")
    with pytest.raises(OutcomeUnknown):
        await twilio.send(SMS)


@pytest.mark.asyncio
async def test_a_refused_connection_has_not_sent(world: Providers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NotSent):
        await twilio_at(f"http://127.0.0.1:{port}", world).send(SMS)


@pytest.mark.asyncio
async def test_an_invalid_number_is_rejected_without_telling_the_number(
    world: Providers, twilio: TwilioMessages
) -> None:
    world.bad_addresses["+4741234567"] = "invalid"
    with pytest.raises(AddressRejected) as refusal:
        await twilio.send(SMS)
    assert "21211" in refusal.value.reason
    assert "41234567" not in refusal.value.reason
    assert not refusal.value.opted_out


@pytest.mark.asyncio
async def test_a_person_who_opted_out_is_rejected_as_such(world: Providers, twilio: TwilioMessages) -> None:
    await world.inbound_sms("+4741234567", "Stopp")
    with pytest.raises(AddressRejected) as refusal:
        await twilio.send(SMS)
    assert refusal.value.opted_out


@pytest.mark.asyncio
async def test_a_wrong_token_needs_a_person(world: Providers, url: str) -> None:
    with pytest.raises(ProviderMisconfigured, match="401"):
        await twilio_at(url, world, auth_token="wrong").send(SMS)


@pytest.mark.asyncio
async def test_a_text_that_is_too_long_is_our_own_mistake(twilio: TwilioMessages) -> None:
    with pytest.raises(ProviderMisconfigured, match="21617"):
        await twilio.send(saying("a" * 1601))


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", ["lost", "lost-500"])
async def test_where_an_answer_is_lost_asking_finds_the_message(
    world: Providers, twilio: TwilioMessages, fault: str
) -> None:
    world.faults = world.faults.model_validate({"next": [fault]})
    accepted = await twilio.send(SMS)
    assert [accepted.provider_id] == [sent.provider_id for sent in world.log]


@pytest.mark.asyncio
async def test_asking_finds_no_other_text_channel_number_or_earlier_message(
    world: Providers, url: str, twilio: TwilioMessages
) -> None:
    before = world.clock()
    await twilio.send(SMS)
    assert await twilio.find(saying("Noe annet"), before) is None
    assert await twilio_at(url, world, sender=WHATSAPP).find(SMS, before) is None
    assert await twilio.find(replace(SMS, address="+4741234568"), before) is None
    assert await twilio.find(SMS, before + timedelta(seconds=5)) is None
    assert await twilio.find(SMS, before) is not None


@pytest.mark.asyncio
async def test_a_provider_that_cannot_be_asked_leaves_it_unknown(world: Providers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(OutcomeUnknown):
        await twilio_at(f"http://127.0.0.1:{port}", world).find(SMS, world.clock())


@pytest.mark.asyncio
async def test_it_lists_what_went_to_whom_since_a_moment_by_one_sender(
    world: Providers, url: str, twilio: TwilioMessages
) -> None:
    before = world.clock()
    sent = [await twilio.send(saying(text)) for text in ("one", "two")]
    other = await twilio_at(url, world, sender=WHATSAPP).send(SMS)
    assert set(await twilio.sent_since(before)) == {("+4741234567", each.provider_id) for each in sent}
    assert await twilio_at(url, world, sender=WHATSAPP).sent_since(before) == [("+4741234567", other.provider_id)]
    assert await twilio.sent_since(before + timedelta(hours=1)) == []
