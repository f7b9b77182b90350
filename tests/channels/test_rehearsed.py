"""A tester gets what debtors would have got, marked, and what becomes of it changes nothing."""

from dataclasses import dataclass, field, replace
from datetime import date
from io import BytesIO

import pytest
from pypdf import PdfReader

from channels.channel import Outgoing, Written
from channels.outcomes import Accepted, AddressRejected, NotSent, OutcomeUnknown
from channels.rehearsed import Rehearsed
from domain.vocabulary import CHANNELS, Channel
from messages.letter import letter
from tests.messages.samples import content

MAIL = Outgoing(
    delivery_id="0d4b6e2a-6b1c-4f0e-9a57-c2f1d8e3b764",
    written=Written(
        {"subject": "Påminnelse", "text": "Hei Kari", "html": "<html><body style='x'><p>Hei</p></body></html>"}
    ),
    address="kari@example.no",
    name="Kari <b>Nordmann",
    creditor="tried",
    creditor_name="Tried AS",
    reply_to="kunde@tried.example",
    open_tracking=True,
    country="NO",
    today=date(2026, 3, 2),
    reply_address="svar+x@purr.example",
)


@dataclass
class Provider:
    """Keeps what it is given, or refuses it."""

    problem: Exception | None = None
    got: list[Outgoing] = field(default_factory=list)

    async def send(self, message: Outgoing) -> Accepted:
        if self.problem:
            raise self.problem
        self.got.append(message)
        return Accepted("provider-1")


def rehearsed(
    channel: Channel, provider: Provider, email: str | None = "anne@firm.example", phone: str | None = "+4791520630"
) -> Rehearsed:
    return Rehearsed(dict.fromkeys(CHANNELS.values(), provider), channel, email, phone)


async def test_an_email_goes_to_the_tester_alone_marked_and_under_an_id_that_no_event_brings_home() -> None:
    provider = Provider()
    accepted = await rehearsed(Channel.EMAIL, provider).send(MAIL)
    (copy,) = provider.got
    assert accepted.provider_id == f"test-{MAIL.delivery_id}"
    assert copy.address == "anne@firm.example"
    assert copy.delivery_id != MAIL.delivery_id
    assert (copy.open_tracking, copy.reply_address) == (False, None)
    assert copy.written.document["subject"] == "[TEST] Påminnelse"
    for form in ("text", "html"):
        assert "TEST: nobody else got this email, which would have gone to kari@example.no" in str(
            copy.written.document[form]
        )
    assert str(copy.written.document["html"]).index("TEST") > str(copy.written.document["html"]).index("<body")


async def test_a_letter_comes_as_a_marked_pdf_by_email_and_never_near_the_printer() -> None:
    provider = Provider()
    post = replace(MAIL, written=Written({"pages": 1}, pdf=letter(content())), address=None)
    accepted = await rehearsed(Channel.LETTER, provider).send(post)
    assert accepted.batch == f"test-{MAIL.delivery_id}"
    (attached,) = provider.got[0].written.attachments
    pages = [page.extract_text() for page in PdfReader(BytesIO(attached.content)).pages]
    assert pages
    assert all("TEST" in page for page in pages)


@pytest.mark.parametrize(
    ("channel", "begins"), [(Channel.SMS, "TEST: Hei"), (Channel.DIRECT_MESSAGE, "TEST (direct message): Hei")]
)
async def test_text_messages_come_as_sms_behind_their_mark(channel: Channel, begins: str) -> None:
    provider = Provider()
    text = replace(MAIL, written=Written({"text": "Hei", "content_sid": "HX1"}), address="+4799999999")
    await rehearsed(channel, provider).send(text)
    (copy,) = provider.got
    assert (copy.address, copy.written.document) == ("+4791520630", {"text": begins})


@pytest.mark.parametrize("problem", [AddressRejected("no such"), NotSent("away"), OutcomeUnknown("silence")])
async def test_a_copy_that_does_not_arrive_leaves_the_test_as_it_is(problem: Exception) -> None:
    accepted = await rehearsed(Channel.EMAIL, Provider(problem)).send(MAIL)
    assert accepted.provider_id == f"test-{MAIL.delivery_id}"


async def test_without_an_address_of_its_kind_nobody_gets_it_and_a_debtor_without_one_is_told_as_ever() -> None:
    provider = Provider()
    await rehearsed(Channel.SMS, provider, phone=None).send(replace(MAIL, written=Written({"text": "Hei"})))
    assert provider.got == []
    with pytest.raises(AddressRejected):
        await rehearsed(Channel.EMAIL, provider).send(replace(MAIL, address=None))
    assert provider.got == []
