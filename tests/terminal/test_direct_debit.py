"""Direct debit by hand: mandates read, claims written and listed, for people and for machines."""

import json
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from tests.begin import TODAY
from tests.terminal.office import Said, Typed

HEAD = "creditor,number,issue_date,due_date,amount,currency,reference,debtor_name,debtor_email"
KID, ACCOUNT = "006402710013", "20000000001"
FIRM = {"id": "firm", "name": "Firm AS", "accounts": [ACCOUNT], "consumer_policy": "no-gentle"}
TERMS = f'{{"account": "{ACCOUNT}", "data_sender": "55555555"}}'


@pytest.fixture
def at_office(at_facts: Typed, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Types a command where a creditor has direct debit, and one invoice that is due in a month."""
    monkeypatch.setenv("PURR_DIRECT_DEBIT_FOLDER", str(tmp_path / "direct-debit"))
    line = f"firm,1001,{TODAY},{TODAY + timedelta(days=30)},802.00,NOK,{KID},Kari Nordmann,kari@example.no"
    (tmp_path / "firm.yaml").write_text(json.dumps(FIRM))  # JSON is YAML too
    (tmp_path / "invoices.csv").write_text(f"{HEAD}\n{line}\n")
    with psycopg.connect(database_url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as facts:
        facts.execute("truncate creditor, debtor, policy_text restart identity cascade")
        assert at_facts("creditor", "add", tmp_path / "firm.yaml").code == 0
        facts.execute("update creditor set direct_debit = cast(%s as jsonb)", (TERMS,))
    assert at_facts("import", tmp_path / "invoices.csv").code == 0
    return at_facts


def mandates(
    folder: Path,
    *kids: str,
    count: int | None = None,
    name: str = "mandates.txt",
    transmission: int = 1091949,
    registration: int = 1,
) -> Path:
    """A file of new mandates, or of ended ones, as the bank leaves it."""
    stated = len(kids) if count is None else count
    records = [
        f"NY00001000008080{transmission:07}00010200",
        f"NY212420{0:09}{1:07}{ACCOUNT}",
        *[f"NY219470{place:07}{registration}{kid:>25}N" for place, kid in enumerate(kids, start=1)],
        f"NY212488{stated:08}{len(kids) + 2:08}",
        f"NY000089{stated:08}{len(kids) + 4:08}{0:017}190417",
    ]
    path = folder / name
    path.write_text("".join(f"{record:0<80}\n" for record in records))
    return path


def test_mandates_are_read_and_listed(at_office: Typed, tmp_path: Path) -> None:
    said = at_office("mandates", "read", mandates(tmp_path, KID))
    assert said.code == 0
    assert "1 mandates: 1 began, 0 changed, 0 ended, 0 unknown" in said.out
    (listed,) = at_office("mandates", "list", "--creditor", "firm", "--json").json["mandates"]
    assert (listed["reference"], listed["state"]) == (KID, "active")
    assert at_office("mandates", "list", "--creditor", "other").out == "no mandates\n"


def test_a_reference_of_nobody_is_named_and_ends_the_command_with_1(at_office: Typed, tmp_path: Path) -> None:
    said = at_office("mandates", "read", mandates(tmp_path, KID, "2345676"))
    assert said.code == 1
    assert "unknown 2345676: no debtor, or several, have this payment reference" in said.out


def test_files_are_read_as_they_were_made_and_one_that_comes_late_says_what_it_left_out(
    at_office: Typed, tmp_path: Path
) -> None:
    ended = mandates(tmp_path, KID, name="a.txt", transmission=1091951, registration=2)
    begun = mandates(tmp_path, KID, name="b.txt", transmission=1091949)
    assert at_office("mandates", "read", ended, begun).code == 0
    (listed,) = at_office("mandates", "list", "--json").json["mandates"]
    assert listed["state"] == "ended"
    said = at_office("mandates", "read", mandates(tmp_path, KID, name="c.txt", transmission=1091950))
    assert (said.code, f"assignment 1 came late: what it says of {KID} is left out" in said.out) == (1, True)


def test_a_flagged_file_is_recorded_only_when_a_person_accepts_it(at_office: Typed, tmp_path: Path) -> None:
    file = mandates(tmp_path, KID, count=2)
    said = at_office("mandates", "read", file)
    assert said.code == 1
    assert "nothing recorded: look at the flags" in said.out
    assert at_office("mandates", "read", file, "--accept-flagged").code == 2
    accepted = at_office("mandates", "read", file, "--accept-flagged", "--by", "kari", "--json")
    (told,) = accepted.json["files"]
    assert (accepted.code, told["began"], len(told["flags"]), told["waits"]) == (1, 1, 2, False)


def test_claims_are_written_and_listed(at_office: Typed, tmp_path: Path) -> None:
    at_office("mandates", "read", mandates(tmp_path, KID))
    said = at_office("claims", "write")
    assert (said.code, said.out.startswith("1 claims sent and 0 taken back in the files of")) == (0, True)
    assert (tmp_path / "direct-debit" / "out" / "firm-claims-0000001.txt").is_file()
    (claim,) = at_office("claims", "list", "--state", "sent", "--json").json["claims"]
    assert (claim["invoice"], claim["amount"], claim["reference"]) == ("1001", "802.00", KID)
    assert at_office("claims", "write", "--json").json["sent"] == 0
    assert at_office("claims", "list", "--state", "failed").out == "no claims\n"


def test_autogiro_answers_are_told_in_words_and_booked_nowhere(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "answers.txt"
    file.write_text(
        "\n".join(
            [
                f"{'01AUTOGIRO':24}20261110193055123456BET. SPEC & STOPP TK4711170009912346",
                f"15{0:035}20261110{1:05}{30000:018}   {1:08}",
                f"82202611105006 {4711:016}{30000:012}0009912346{'FAKTNR157':>16}{'':10}0",
                f"82202611105006 {4712:016}{25050:012}0009912346{'FAKTNR158':>16}{'':10}1",
                f"09202611109900{1:06}{1:012}{0:06}{0:012}{0:06}{0:012}",
            ]
        )
    )
    said = typed("claims", "answers", file)
    assert said.code == 0
    assert "FAKTNR158 250.50 SEK due 2026-11-10: the account does not cover the amount" in said.out
    (told,) = typed("claims", "answers", file, "--json").json["files"]
    assert [(answer["code"], answer["outcome"]) for answer in told["answers"]] == [("0", "paid"), ("1", "no cover")]
    file.write_text(file.read_text()[:240])
    assert typed("claims", "answers", file).code == 1


OTHER = "2345676"


def earlier(folder: Path, *lines: str, head: str = "reference,since,customer_number,old_reference") -> Path:
    """The mandates of an earlier system."""
    path = folder / "earlier.csv"
    path.write_text("\n".join([head, *lines]))
    return path


def listed(at_office: Typed) -> dict[str, tuple[str, bool]]:
    """Each mandate's state, and whether it is a debtor's."""
    known = at_office("mandates", "list", "--json").json["mandates"]
    return {each["reference"]: (each["state"], each["debtor"] is not None) for each in known}


def take_over(at_office: Typed, file: Path, *more: str) -> Said:
    return at_office("mandates", "take-over", file, "--creditor", "firm", *more)


def test_mandates_of_an_earlier_system_are_taken_over_once(at_office: Typed, tmp_path: Path) -> None:
    """One is known by its invoice, and one waits for its own; a rehearsal stores nothing, and the same file nothing twice."""
    file = earlier(tmp_path, f"{KID},2024-02-01,,", f"{OTHER},2025-11-30,,")
    told = "1 mandates are drawn on, 1 wait for their invoice, 0 were known"
    assert told in take_over(at_office, file, "--dry-run").out
    assert listed(at_office) == {}
    assert told in take_over(at_office, file).out
    assert listed(at_office) == {KID: ("active", True), OTHER: ("waiting", False)}
    assert "0 mandates are drawn on, 0 wait for their invoice, 2 were known" in take_over(at_office, file).out


def test_a_file_with_a_bad_line_is_refused_whole_with_all_of_them(at_office: Typed, tmp_path: Path) -> None:
    file = earlier(
        tmp_path,
        f"{KID},2024-02-01,,",
        "006402710014,2024-02-01,,",
        f"{OTHER},{TODAY + timedelta(days=1)},,",
        f"{KID},2024-03-01,,",
    )
    said = take_over(at_office, file)
    assert said.code == 1
    assert "line 3: reference is no KID whose check digit holds" in said.err
    assert f"line 4: since is {TODAY + timedelta(days=1)}, which is ahead" in said.err
    assert f"line 5: reference {KID} is there twice" in said.err
    assert listed(at_office) == {}
    unread = take_over(at_office, earlier(tmp_path, f"{KID},last year,,"))
    assert (unread.code, "line 2: since is " in unread.err) == (1, True)
    assert (
        "the header line has no column named reference" in take_over(at_office, earlier(tmp_path, head="kid,since")).err
    )


def test_a_mandate_under_a_changed_reference_takes_the_place_of_the_old_one(at_office: Typed, tmp_path: Path) -> None:
    """The old one is what the bank told of before the references were changed."""
    at_office("mandates", "read", mandates(tmp_path, KID))
    said = take_over(at_office, earlier(tmp_path, f"{OTHER},2024-02-01,,{KID}"))
    assert "1 mandates are drawn on, 0 wait for their invoice, 0 were known; 1 take the place of one" in said.out
    assert listed(at_office) == {KID: ("ended", True), OTHER: ("active", True)}


def test_a_mandate_that_the_banks_own_list_ends_afterwards_has_ended(at_office: Typed, tmp_path: Path) -> None:
    assert take_over(at_office, earlier(tmp_path, f"{KID},2024-02-01,,")).code == 0
    at_office("mandates", "read", mandates(tmp_path, KID, registration=2))
    assert listed(at_office) == {KID: ("ended", True)}
    again = take_over(at_office, earlier(tmp_path, f"{KID},2024-02-01,,"))
    assert (again.code, listed(at_office)) == (0, {KID: ("ended", True)}), "what the bank has told stays"


def test_a_customer_number_that_is_not_the_invoices_is_refused(at_office: Typed, tmp_path: Path) -> None:
    said = take_over(at_office, earlier(tmp_path, f"{KID},2024-02-01,K-9,"))
    assert (said.code, "of another customer than K-9" in said.err) == (1, True)
