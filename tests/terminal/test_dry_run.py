"""`--dry-run`: files are read and judged with nothing running, and machines get exactly the promised JSON."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import pytest

from tests.connectors.bank_files.test_reader import WRITTEN
from tests.terminal.office import Typed

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT.parent / "shared" / "samples"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no shared samples beside the repository")

HEAD = "number,issue_date,due_date,amount,currency,debtor_name"
ENTRY = {
    "file", "kind", "number", "status", "reason", "warnings", "issue_date", "due_date", "amount", "currency",
    "reference", "reference_scheme", "reference_valid", "debtor",
}  # fmt: skip


def csv(folder: Path, *lines: str) -> Path:
    file = folder / "invoices.csv"
    file.write_text("\n".join([HEAD, *lines]))
    return file


def test_good_invoices_are_accepted(typed: Typed, tmp_path: Path) -> None:
    said = typed("import", "--dry-run", csv(tmp_path, "1,2026-03-02,2026-03-16,802.00,NOK,Kari Nordmann"), "--json")
    assert said.code == 0
    assert (said.json["accepted"], said.json["rejected"]) == (1, 0)
    (entry,) = said.json["invoices"]
    assert set(entry) == ENTRY
    assert (entry["kind"], entry["status"], entry["amount"]) == ("invoice", "accepted", "802.00")
    assert set(entry["debtor"]) == {"name", "email", "phone", "country"}


def test_one_bad_invoice_is_rejected_alone_with_its_place_and_reason(typed: Typed, tmp_path: Path) -> None:
    file = csv(
        tmp_path,
        "1,2026-03-02,2026-03-16,802.00,NOK,Kari Nordmann",
        "2,2026-03-02,2026-02-16,802.00,NOK,Ola Nordmann",
    )
    said = typed("--json", "import", file, "--dry-run")
    assert said.code == 1
    assert (said.json["accepted"], said.json["rejected"]) == (1, 1)
    (bad,) = [entry for entry in said.json["invoices"] if entry["status"] == "rejected"]
    assert bad["number"] == "2"
    assert bad["reason"].startswith("line 3: due_date 2026-02-16 is before")
    told = typed("import", file, "--dry-run")
    assert told.code == 1
    assert f"rejected {file}: 2: line 3: due_date" in told.out
    assert "1 accepted, 1 rejected" in told.out


@pytest.mark.parametrize(
    "content",
    [
        b"<Invoice",
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]><Invoice>&c;</Invoice>',
        b'{"number": ',
        b"\x00\xff\xfe",
        b"",
    ],
)
def test_a_broken_file_is_one_rejected_entry(typed: Typed, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken"
    file.write_bytes(content)
    said = typed("import", "--dry-run", "--json", file)
    assert said.code == 1
    (entry,) = said.json["invoices"]
    assert (entry["status"], entry["file"]) == ("rejected", str(file))
    assert entry["reason"]


def test_a_path_that_is_not_there_is_wrong_usage(typed: Typed, tmp_path: Path) -> None:
    for command in ("import", "payments"):
        said = typed(command, "--dry-run", tmp_path / "nowhere", "--json")
        assert said.code == 2
        assert said.json == {"error": f"there is no file or folder {tmp_path / 'nowhere'}"}
        assert said.err.strip() == said.json["error"]


def test_a_file_that_is_no_bank_file_is_flagged(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("buy milk")
    said = typed("payments", "--dry-run", file, "--json")
    assert said.code == 1
    (told,) = said.json["files"]
    assert told["format"] is None
    assert told["flags"]
    assert "flag: " in typed("payments", "--dry-run", file).out


def test_bank_files_of_every_format_are_read_whatever_their_names(typed: Typed, tmp_path: Path) -> None:
    for number, content in enumerate(WRITTEN.values()):
        (tmp_path / str(number)).write_text(content)
    said = typed("payments", "--dry-run", tmp_path, "--json")
    assert said.code == 0
    assert [told["format"] for told in said.json["files"]] == list(WRITTEN)
    for told in said.json["files"]:
        assert sum(Decimal(payment["amount"]) for payment in told["payments"]) == Decimal(told["total"])
        assert told["transactions"] == len(told["payments"])
    assert "0: 3 payments, 350.51 NOK in all" in typed("payments", "--dry-run", tmp_path).out


@needs_samples
def test_the_shared_invoices_are_accepted(typed: Typed) -> None:
    said = typed("import", "--dry-run", "--json", SAMPLES / "ubl")
    assert said.code == 0
    assert {entry["kind"] for entry in said.json["invoices"]} == {"invoice", "credit_note"}


@needs_samples
def test_the_shared_bank_file_has_the_payments_that_netsgiro_finds(typed: Typed) -> None:
    import netsgiro

    file = SAMPLES / "ocr" / "ocr_giro_transactions.txt"
    (told,) = typed("payments", "--dry-run", "--json", file).json["files"]
    parsed = netsgiro.parse(file.read_text("latin-1"))
    assert told["transactions"] == parsed.get_num_transactions()
    assert Decimal(told["total"]) == parsed.get_total_amount()
    assert set(told) == {
        "file", "format", "sha256", "transactions", "total", "totals", "flags", "notes", "payments",
    }  # fmt: skip
    assert set(told["payments"][0]) == {
        "reference", "amount", "currency", "booked_on", "type", "debit_account",
        "account", "payer_name", "text", "return_reason", "parts",
    }  # fmt: skip
    assert isinstance(told["payments"][0]["type"], int)
    amounts = [Decimal(payment["amount"]) for payment in told["payments"]]
    assert sum(amounts) == Decimal(told["total"])


def test_a_dry_run_needs_neither_settings_nor_servers_and_loads_nothing_of_them(tmp_path: Path) -> None:
    file = csv(tmp_path, "1,2026-03-02,2026-03-16,802.00,NOK,Kari Nordmann")
    program = (
        "import sys, starter\n"
        "code = starter.main(sys.argv[1:])\n"
        "loaded = [name for name in ('temporalio', 'sqlalchemy', 'psycopg', 'config.settings') if name in sys.modules]\n"
        "sys.exit(f'loaded {loaded}' if loaded else code)\n"
    )
    before = getrusage(RUSAGE_CHILDREN).ru_utime
    done = subprocess.run(
        [sys.executable, "-c", program, "import", "--dry-run", "--json", str(file)],
        cwd=ROOT,
        env={"PURR_ENVIRONMENT": "nonsense"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["accepted"] == 1
    # Of its own work, whatever else the machine does; usually half a second.
    assert getrusage(RUSAGE_CHILDREN).ru_utime - before < 3


FIELDS = "kind,number,invoice_number,issue_date,due_date,amount,currency,debtor_name"
FIRST = "invoice,1,,2026-03-02,2026-03-16,802.00,NOK,Kari Nordmann"
NOTE = "credit_note,K1,1,2026-03-05,,100.00,NOK,"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([FIRST, FIRST], [None, None]),
        ([FIRST, FIRST.replace("802", "803")], [None, "came before with 802.00 NOK, due 2026-03-16"]),
        ([FIRST, FIRST.replace("03-16", "03-17")], [None, "came before with 802.00 NOK, due 2026-03-16"]),
        ([FIRST, FIRST.replace("Kari", "Ola")], [None, "for another customer"]),
        ([FIRST, FIRST.replace("03-02", "03-01")], [None, "with another issue_date"]),
        ([FIRST, FIRST.replace("Kari Nordmann", "KARI NORDMANN")], [None, None]),
        ([FIRST, NOTE, NOTE], [None, None, None]),
        ([NOTE, FIRST], [None, None]),
        ([FIRST, NOTE, NOTE.replace("100", "99")], [None, None, "K1 came before with 100.00 NOK for invoice 1"]),
        ([FIRST, NOTE, NOTE.replace("K1,1,", "K1,2,")], [None, None, "K1 came before with 100.00 NOK for invoice 1"]),
        ([FIRST, NOTE.replace("100", "802"), NOTE.replace("K1", "K2")], [None, None, "credited in full already"]),
    ],
)
def test_what_the_real_run_would_refuse_in_the_same_files_is_refused(
    typed: Typed, tmp_path: Path, lines: list[str], told: list[str | None]
) -> None:
    file = tmp_path / "run.csv"
    file.write_text("\n".join([FIELDS, *lines]))
    reasons = [entry["reason"] for entry in typed("import", "--dry-run", file, "--json").json["invoices"]]
    assert [reason is None for reason in reasons] == [words is None for words in told]
    assert all(words in reason for words, reason in zip(told, reasons, strict=True) if words and reason)


def test_a_credit_note_over_more_than_its_invoice_or_without_one_is_warned_of(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "run.csv"
    file.write_text("\n".join([FIELDS, NOTE.replace("100", "900"), FIRST, NOTE.replace("K1,1", "K9,9")]))
    entries = typed("import", "--dry-run", file, "--json").json["invoices"]
    warned = {entry["number"]: entry["warnings"][-1] for entry in entries if entry["kind"] == "credit_note"}
    assert "the other 98.00 NOK are not booked" in warned["K1"]
    assert warned["K9"] == "invoice 9 is not in these files: it must have come before"
