"""WhatsApp answers in any words for a day; what begins a conversation is a template that is approved, else another channel."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from channels.direct_message import SPEC, conversation_open, spec_with
from channels.whatsapp_templates import Template, Templates, load_templates
from domain.policy.policy import Tone
from messages import approved
from messages.content import UnwritableError
from messages.render import NotByThisChannelError
from messages.specs import SPECS
from simulator.approved import content_sid
from tests.messages.samples import content, item

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ALL = load_templates({"approved.yaml": approved.as_file(content_sid)})
SAID = content(SPECS["reminder"], new_charge=None, tone=Tone.KIND, creditor_id="acme")


@pytest.mark.parametrize(
    ("ago", "is_open"),
    [
        (timedelta(0), True),
        (timedelta(hours=23, minutes=44, seconds=59), True),
        (timedelta(hours=23, minutes=45), False),  # what waits for its turn or is tried again must not come too late
        (timedelta(hours=23, minutes=59, seconds=59), False),
        (timedelta(hours=24, seconds=1), False),
    ],
)
def test_the_conversation_closes_before_it_does_at_meta(ago: timedelta, is_open: bool) -> None:
    assert conversation_open(NOW - ago, NOW) is is_open


def test_who_never_wrote_is_in_no_conversation() -> None:
    assert not conversation_open(None, NOW)


def test_an_answer_is_in_our_own_words() -> None:
    written = spec_with(ALL).write(replace(SAID, conversation_open=True))
    assert written.document.keys() == {"text"}


def test_what_begins_a_conversation_is_a_template_with_its_values_in_order() -> None:
    document = spec_with(ALL).write(SAID).document
    assert document["content_sid"] == content_sid("reminder.kind", "nb")
    values = document["content_variables"]
    assert isinstance(values, dict)
    assert list(values) == ["1", "2", "3", "4", "5", "6", "7"]
    assert (values["1"], values["2"], values["6"]) == ("Nordkraft Strøm AS", "802,00 kr", SAID.link)
    assert "Kari" not in str(document)  # no more of a person than the message is about


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"language": "en"}, "no WhatsApp template of reminder.kind is approved in en"),
        ({"tone": Tone.FIRM}, "no WhatsApp template of reminder.firm is approved in nb"),
        ({"kind": SPECS["promise-broken"]}, "no WhatsApp template of promise-broken is approved in nb"),
        ({"new_charge": content().new_charge}, "a fee is added"),
    ],
)
def test_without_approved_words_nothing_is_written(changed: dict[str, object], why: str) -> None:
    words = approved.ours("nb")["reminder.kind"]
    one = Templates([Template("reminder.kind", "nb", None, content_sid("reminder.kind", "nb"), words)])
    with pytest.raises(UnwritableError, match=why):
        spec_with(one).write(replace(SAID, **changed))
    with pytest.raises(UnwritableError):
        SPEC.write(SAID)


def test_a_creditors_own_template_goes_before_everybodys_and_never_for_another() -> None:
    words, sid = approved.ours("nb")["reminder.kind"], "HX" + "a" * 32
    own = Templates([Template("reminder.kind", "nb", "acme", sid, words)])
    assert spec_with(own).write(SAID).document["content_sid"] == sid
    with pytest.raises(UnwritableError):
        spec_with(own).write(replace(SAID, creditor_id="nordlys"))


def test_an_answer_that_is_too_long_for_twilio_goes_with_a_template_instead() -> None:
    many = replace(SAID, items=tuple(item(f"2026-{number}") for number in range(40)), conversation_open=True)
    assert "content_sid" in spec_with(ALL).write(many).document


@pytest.mark.parametrize("is_open", [True, False])
def test_a_collection_notice_never_goes_by_whatsapp(is_open: bool) -> None:
    notice = content(SPECS["collection-notice"], conversation_open=is_open)
    with pytest.raises(NotByThisChannelError):
        spec_with(ALL).write(notice)
