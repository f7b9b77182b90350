"""Hand-off files appear whole and once, and a crash leaves nothing that cannot be sorted out."""

import json
from base64 import b64decode
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from connectors.collection_partner.files import Creditor, HandedOff, HandOffFile, HandOffFiles

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
LETTER = b"%PDF-1.7 \xff\xfe\xfa as sent"


def handed_off(**changes: Any) -> HandedOff:
    delivery = {
        "id": UUID(int=1), "round": 1, "step": "collection-notice", "channel": "letter", "message": "collection-notice",
        "tone": "neutral", "language": "nb", "alert": False, "state": "accepted", "fee": Decimal("35.00"), "currency": "NOK",
        "deadline": date(2026, 5, 20), "claimed_at": AT, "accepted_at": AT, "delivered_at": None, "read_at": None,
        "read_by": None, "failed_at": None, "failure": None, "posted_on": date(2026, 5, 4), "document": {"pages": 1},
        "pdf": LETTER, "events": [{"provider": "printer", "kind": "posted", "happened_at": AT}],
    }  # fmt: skip
    case: dict[str, Any] = {
        "hand_off": "hof_7", "queued_at": AT,
        "debtor": {
            "kind": "consumer", "name": "Kari Nordmann", "customer_number": "K-1", "organisation_number": None,
            "birth_date": date(1980, 1, 2), "language": "nb", "country": "NO", "representative": None,
            "protected_address": False, "address": ["Storgata 1", "0155 Oslo"], "contact_points": [],
        },
        "invoice": {
            "number": "1001", "issue_date": date(2026, 3, 2), "due_date": date(2026, 3, 16),
            "original_due_date": date(2026, 3, 16), "currency": "NOK", "amount": Decimal("802.00"), "reference": None,
            "account": None, "lines": [{"text": "Strøm", "quantity": None, "amount": Decimal("802.00")}],
        },
        "owed": {"principal": Decimal("802.00"), "fee": Decimal("35.00"), "interest": Decimal(0), "currency": "NOK"},
        "ledger": [], "notice": None, "deliveries": [delivery], "events": [],
    }  # fmt: skip
    return HandedOff.model_validate(case | changes)


def a_file(day: date = date(2026, 6, 1), *cases: HandedOff) -> HandOffFile:
    acme = Creditor(id="acme", name="Acme Kraft AS", organisation_number="923609016")
    return HandOffFile(
        date=day, creditor=acme, collection_partner="Fair Inkasso AS", hand_offs=cases or (handed_off(),), messages=()
    )


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_file_is_seen_only_once_it_is_published(tmp_path: Path) -> None:
    files = HandOffFiles(tmp_path / "out")
    name = files.prepare_file(a_file())
    assert (name, visible(tmp_path / "out"), files.prepared()) == ("2026-06-01-acme.json", [], [name])
    files.publish(name)
    assert (visible(tmp_path / "out"), files.prepared()) == ([name], [])


def test_a_file_says_amounts_as_decimals_and_holds_letters_as_sent(tmp_path: Path) -> None:
    files = HandOffFiles(tmp_path)
    files.publish(files.prepare_file(a_file()))
    read = json.loads((tmp_path / "2026-06-01-acme.json").read_text())
    assert (read["schema_version"], read["collection_partner"]) == ("purr-hand-off/2", "Fair Inkasso AS")
    (case,) = read["hand_offs"]
    assert case["owed"] == {"principal": "802.00", "fee": "35.00", "interest": "0", "currency": "NOK"}
    assert b64decode(case["deliveries"][0]["pdf"], validate=True) == LETTER
    assert HandOffFile.model_validate(read) == a_file()


def test_a_crash_before_the_commit_leaves_a_file_that_the_next_one_replaces_or_drops(tmp_path: Path) -> None:
    files = HandOffFiles(tmp_path)
    files.prepare_file(a_file())
    name = files.prepare_file(a_file(date(2026, 6, 1), handed_off(hand_off="hof_8")))
    files.publish(name)
    assert [c["hand_off"] for c in json.loads((tmp_path / name).read_text())["hand_offs"]] == ["hof_8"]
    late = files.prepare_file(a_file(date(2026, 6, 2)))
    files.drop(late)
    assert (visible(tmp_path), files.prepared()) == ([name], [])


def test_only_one_exports_at_a_time(tmp_path: Path) -> None:
    first, second = HandOffFiles(tmp_path), HandOffFiles(tmp_path)
    with first.alone() as mine, second.alone() as theirs:
        assert (mine, theirs) == (True, False)
    with second.alone() as theirs:
        assert theirs


def test_words_that_were_not_agreed_with_the_partner_are_refused() -> None:
    with pytest.raises(ValidationError, match="colour"):
        handed_off(colour="blue")


def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no name of a file"):
        HandOffFiles(tmp_path).publish("../2026-06-01-acme.json")
