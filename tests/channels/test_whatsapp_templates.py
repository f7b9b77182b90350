"""The file of approved templates: what is wrong is named with its line, and a policy that lacks one is told."""

from datetime import date
from pathlib import Path

import pytest

from channels.whatsapp_templates import TemplateError, Templates, load_templates, unapproved
from config.files import read_laws, read_policies, read_template_texts
from domain.located_yaml import FileError
from domain.policy.policy import Tone
from messages import approved
from messages.specs import SPECS
from simulator.approved import approved_by_meta, content_sid, write_down

ONE = """
- message: reminder
  tone: kind
  language: nb
  sid: HX00000000000000000000000000000001
  variables: [creditor, amount, deadline, link]
  words: "Fra {{1}}: {{2}} skulle vært betalt, og ny frist er {{3}}. Se regningen på {{4}} når du har tid. Takk!"
""".lstrip()


def test_what_we_print_is_what_is_read(tmp_path: Path) -> None:
    write_down(tmp_path)
    templates = load_templates(read_template_texts(tmp_path))
    for kind, tone in approved.voices():
        for language in ("nb", "en"):
            found = templates.of("acme", kind, tone, language)
            assert found is not None
            assert approved_by_meta()[found.sid].words == found.approved.words


@pytest.mark.parametrize(
    ("written", "instead", "fault"),
    [
        ("message: reminder", "message: remainder", "approved.yaml:1: message has no word `remainder`"),
        ("message: reminder", "message: collection-notice", "approved.yaml:1: message has no word `collection-notice`"),
        ("tone: kind", "tone: rude", "approved.yaml:2: tone has no word `rude`"),
        ("  tone: kind\n", "", "approved.yaml:1: a template lacks `tone`"),
        ("language: nb", "language: pl", "approved.yaml:3: language has no word `pl`"),
        ("HX0000", "HX…", "approved.yaml:4: `HX…"),
        ("  sid: HX00000000000000000000000000000001\n", "", "approved.yaml:1: a template lacks `sid`"),
        ("deadline, link", "deadline, name", "approved.yaml:5: variables has no word `name`"),
        ("deadline, link", "due, link", "approved.yaml:6: a reminder says deadline"),
        (" Takk!", " Takk! Ellers inkasso.", "approved.yaml:6: says 'inkasso', which"),
        ("  words:", "  word:", "approved.yaml:6: a template has no word `word`"),
        (ONE, ONE + ONE, "approved.yaml:7: reminder.kind in nb has a template already"),
        (ONE, "words", "approved.yaml:1: a file of templates must be a list"),
        (ONE, "", "approved.yaml:1: the file is empty"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_line(written: str, instead: str, fault: str) -> None:
    load_templates({"approved.yaml": ONE})
    with pytest.raises(TemplateError) as refused:
        load_templates({"approved.yaml": ONE.replace(written, instead, 1)})
    assert fault in str(refused.value)


def test_one_template_may_be_everybodys_and_another_a_creditors() -> None:
    own = ONE.replace("  sid: HX0", "  creditor: acme\n  sid: HX1")
    templates = load_templates({"all.yaml": ONE, "acme.yaml": own})
    sids = [
        found.sid[:3]
        for name in ("acme", "nordlys")
        if (found := templates.of(name, SPECS["reminder"], Tone.KIND, "nb"))
    ]
    assert sids == ["HX1", "HX0"]


def test_a_folder_that_is_not_there_and_a_file_that_is_no_text_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is no folder"):
        read_template_texts(tmp_path / "nowhere")
    (tmp_path / "a.yaml").write_bytes("æ".encode("latin-1"))
    with pytest.raises(FileError, match=r"a\.yaml:1: is no UTF-8 text"):
        read_template_texts(tmp_path)


def test_no_folder_is_no_template(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PURR_WHATSAPP_FOLDER", raising=False)
    assert read_template_texts() == {}


def test_a_policy_is_told_which_of_its_steps_lack_a_template() -> None:
    policy, _ = read_policies(read_laws(), date(2026, 11, 23))["no-whatsapp"]
    every = load_templates({"approved.yaml": approved.as_file(content_sid)})
    assert unapproved(policy, every) == []
    lines = unapproved(policy, load_templates({"approved.yaml": approved.as_file(content_sid, ["nb"])}))
    assert [line.partition(" may go")[0] for line in lines] == [
        "no-whatsapp: `invoice`",
        "no-whatsapp: `due-date-reminder`",
        "no-whatsapp: `reminder`",
        "no-whatsapp: `collection-notice`",
    ]
    assert lines[0].endswith("invoice.kind is approved in en: outside 24 hours the next channel is used")
    assert "nb and en" in unapproved(policy, Templates())[0]


def test_a_creditor_lacks_what_neither_it_nor_everybody_has_in_each_language() -> None:
    policy, _ = read_policies(read_laws(), date(2026, 11, 23))["no-whatsapp"]
    own = ONE.replace("  sid: HX0", "  creditor: acme\n  sid: HX1")
    templates = load_templates({"en.yaml": approved.as_file(content_sid, ["en"]), "acme.yaml": own})

    def lacking(creditor: str | None) -> dict[str, str]:
        lines = unapproved(policy, templates, creditor)
        return {line.split("`")[1]: line.partition(" is approved ")[2].partition(":")[0] for line in lines}

    every = {"invoice", "due-date-reminder", "reminder", "collection-notice"}
    assert lacking(None) == dict.fromkeys(every, "in nb")
    assert lacking("nordlys") == dict.fromkeys(every, "for nordlys in nb")
    assert lacking("acme") == dict.fromkeys(every - {"reminder"}, "for acme in nb")


@pytest.mark.parametrize("name", ["no-gentle", "no-standard", "no-business", "no-service", "no-minimal-cost"])
def test_a_policy_without_whatsapp_needs_none(name: str) -> None:
    policy, _ = read_policies(read_laws(), date(2026, 11, 23))[name]
    assert unapproved(policy, Templates()) == []


def test_whoever_reads_nynorsk_is_reached_in_bokmaal_where_nothing_else_is_approved() -> None:
    kind = SPECS["invoice"]
    bokmaal = load_templates({"approved.yaml": approved.as_file(content_sid, ["nb"])})
    both = load_templates({"approved.yaml": approved.as_file(content_sid, ["nb", "nn"])})
    for templates, language in ((bokmaal, "nb"), (both, "nn")):
        found = templates.of(None, kind, Tone.KIND, "nn")
        assert found is not None
        assert found.language == language
    assert bokmaal.of(None, kind, Tone.KIND, "en") is None
