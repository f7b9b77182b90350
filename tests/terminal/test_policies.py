"""`policy`: a file is judged line by line, and a preview shows the calendar an invoice would get."""

import re
from itertools import count
from pathlib import Path

import pytest

from config.files import POLICIES
from tests.terminal.office import Typed


def test_the_shipped_policies_are_fine_and_unverified_law_is_told(typed: Typed) -> None:
    said = typed("policy", "check", *sorted(POLICIES.glob("*.yaml")), "--json")
    assert said.code == 0
    assert [file["problems"] for file in said.json["files"]] == [[]] * 12
    assert any("letter_transit" in row for row in said.json["unverified"])
    of_one = typed("policy", "check", POLICIES / "no-gentle.yaml").out
    assert "not verified by a source: no.yaml:" in of_one
    assert "se.yaml" not in of_one  # nor of any country that the policy does not name


def test_the_words_that_whatsapp_must_approve_are_printed_as_the_file_that_is_wanted(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PURR_WHATSAPP_FOLDER", raising=False)
    file = POLICIES / "no-whatsapp.yaml"
    said = typed("policy", "check", file)
    assert said.code == 0
    assert "`reminder` may go by WhatsApp, but no template of reminder.kind is approved in nb and en" in said.out
    written = typed("policy", "whatsapp", "--language", "nb").out
    numbered = count(1)
    filled = re.sub("HX…", lambda _: f"HX{next(numbered):032}", written)
    (tmp_path / "ours.yaml").write_text(filled)
    monkeypatch.setenv("PURR_WHATSAPP_FOLDER", str(tmp_path))
    lacking = typed("policy", "check", file, "--json").json["files"][0]["unapproved"]
    assert [line.partition(" is approved ")[2].partition(":")[0] for line in lacking] == ["in en"] * 4
    (tmp_path / "ours.yaml").write_text(written)
    refused = typed("policy", "check", file)
    assert refused.code != 0
    assert "ours.yaml:4: `HX…` is no content id" in refused.out + refused.err


def test_what_a_creditor_lacks_is_told_before_the_first_message(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = typed("policy", "whatsapp", "--language", "en").out
    numbered = count(1)
    everybodys = re.sub("HX…", lambda _: f"HX{next(numbered):032}", written)
    (tmp_path / "all.yaml").write_text(everybodys)
    (tmp_path / "acme.yaml").write_text(
        re.sub("language: en\n", "language: nb\n  creditor: acme\n", everybodys).replace("HX0", "HX1")
    )
    monkeypatch.setenv("PURR_WHATSAPP_FOLDER", str(tmp_path))
    shown = ("policy", "preview", "no-whatsapp", "--due", "2026-03-16", "--channels")
    assert typed(*shown, "direct_message,letter", "--creditor", "acme", "--json").json["unapproved"] == []
    said = typed(*shown, "direct_message,letter", "--creditor", "nordlys")
    assert (
        "no template of invoice.kind is approved for nordlys in nb: outside 24 hours the next channel is used"
        in said.err
    )
    assert typed(*shown, "sms,letter", "--creditor", "nordlys").err == ""
    file = POLICIES / "no-whatsapp.yaml"
    checked = typed("policy", "check", file, "--creditor", "acme", "--json").json["files"][0]
    assert (checked["problems"], checked["unapproved"]) == ([], [])


def test_a_problem_is_told_with_its_file_and_line(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    shipped = (POLICIES / "no-standard.yaml").read_text()
    file.write_text(shipped.replace("at: friendly-reminder deadline + 2 banking days", "at: due date + 3 days"))
    line = next(number for number, text in enumerate(file.read_text().splitlines(), 1) if "date + 3 days" in text)
    said = typed("policy", "check", file, tmp_path / "nowhere.yaml")
    assert said.code == 1
    assert f"{file}:{line}: a fee earlier than 14 days after the due date is unlawful" in said.out
    assert "nowhere.yaml cannot be read" in said.out


def test_the_list_names_every_policy_and_its_steps(typed: Typed) -> None:
    named = {row["policy"]: row["steps"] for row in typed("policy", "list", "--json").json["policies"]}
    of_norway = {"no-gentle", "no-standard", "no-minimal-cost", "no-business", "no-service", "no-whatsapp"}
    others = {f"{country}-{name}" for country in ("se", "fi") for name in ("standard", "gentle", "business")}
    assert set(named) == of_norway | others
    assert named["no-gentle"].startswith("invoice, due-date-reminder")


def test_a_preview_shows_the_calendar(typed: Typed) -> None:
    said = typed("policy", "preview", "no-standard", "--due", "2026-03-16", "--json")
    assert said.code == 0
    acts = said.json["acts"]
    assert acts[0]["at"] == "2026-03-02 Mon 09:00 CET"
    assert [act["fee"] for act in acts if act["fee"]] == ["38", "38"]
    assert acts[-1]["what"] == "close"
    assert "collection-notice" in typed("policy", "preview", "no-standard", "--due", "2026-03-16").out


def test_a_preview_shows_what_comes_where_a_step_is_for_the_debtor_and_where_it_is_not(
    typed: Typed, tmp_path: Path
) -> None:
    when = "{id: soft, at: issue date + 11 days, message: due-date-reminder, reach: [sms],"
    when += " when: {segment: valued late payers, chance_below: 40 %}}"
    file = tmp_path / "no-valued.yaml"
    file.write_text(
        (POLICIES / "no-standard.yaml").read_text().replace("  - id: due-date", f"  - {when}\n  - id: due-date")
    )
    said = typed("policy", "preview", file, "--due", "2026-03-16", "--json").json
    (soft,) = [act for act in said["acts"] if act["step"] == "soft"]
    assert soft["when"] == "in the segment valued late payers, paid within 14 days with a chance below 40%"
    assert said["otherwise"] == [act for act in said["acts"] if act["step"] != "soft"]
    shown = typed("policy", "preview", file, "--due", "2026-03-16").out
    assert "each `when` holds" in shown
    assert "no `when` holds" in shown
    assert typed("policy", "check", file).code == 0


def test_a_preview_follows_what_the_debtor_reads_and_where_he_is_reached(typed: Typed) -> None:
    read = typed("policy", "preview", "no-gentle", "--due", "2026-03-16", "--read", "email", "--json").json["acts"]
    assert "sms" not in [act["channel"] for act in read if "alert" not in act["what"]]
    paper = typed("policy", "preview", "no-gentle", "--due", "2026-03-16", "--channels", "letter", "--json").json[
        "acts"
    ]
    assert {act["channel"] for act in paper if act["what"] == "deliver"} == {"letter"}


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["no-gentle", "--due", "2026-03-16", "--debtor", "business"], 1, "is for a consumer"),
        (["no-gentle", "--due", "2026-03-16", "--issued", "2026-04-01"], 2, "is before the issue date"),
        (["no-gentle", "--due", "2026-03-16", "--amount", "much"], 2, "is no amount"),
        (["no-gentle", "--due", "2026-03-16", "--channels", "pigeon"], 2, "is no channel"),
        (["no-gentle", "--due", "soon"], 2, "is no date"),
    ],
)
def test_a_preview_that_cannot_be_is_refused(typed: Typed, words: list[str], code: int, says: str) -> None:
    said = typed("policy", "preview", *words)
    assert said.code == code
    assert says in said.err
