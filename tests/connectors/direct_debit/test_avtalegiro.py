"""AvtaleGiro files: mandates read as another reader reads them, claims and cancellations written byte for byte."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import netsgiro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.direct_debit.avtalegiro import (
    DrawnClaim,
    Kind,
    MandateFile,
    Sender,
    Unwritable,
    read_mandates,
    write_file,
)
from connectors.direct_debit.folder import DirectDebitFolder
from domain.agreements.direct_debit import ReportedMandate
from domain.agreements.mandate_order import ListNumber

SAMPLES = Path(__file__).parents[3].parent / "shared" / "samples" / "avtalegiro"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not here")

ACCOUNT = "99991042764"
SENDER = Sender(data_sender="55555555", account="88888888888")
DUE = date(2026, 3, 16)


def mandate(sequence: int, kid: str = "2345676", registration: int = 1, notify: str = "J") -> str:
    return f"NY219470{sequence:07}{registration}{kid:>25}{notify}".ljust(80, "0")


def assignment(*mandates: str, number: int = 1) -> list[str]:
    return [
        f"NY212420{0:09}{number:07}{ACCOUNT}".ljust(80, "0"),
        *mandates,
        f"NY212488{len(mandates):08}{len(mandates) + 2:08}".ljust(80, "0"),
    ]


def a_file(*assignments: list[str]) -> list[str]:
    records = [record for one in assignments for record in one]
    count = sum(record[6:8] == "70" for record in records)
    return [
        "NY000010000080801091949000102000".ljust(80, "0"),
        *records,
        f"NY000089{count:08}{len(records) + 2:08}{0:017}190417".ljust(80, "0"),
    ]


THREE = a_file(assignment(mandate(1), mandate(2, "036536-", 2, "N"), mandate(3, "12345678903")))


def read(folder: Path, records: list[str], *, end: str = "\n") -> MandateFile:
    path = folder / "mandates.txt"
    path.write_bytes("".join(record + end for record in records).encode("latin-1"))
    return read_mandates(path)


def claim(**changes: Any) -> DrawnClaim:
    details: dict[str, Any] = {
        "reference": "006402710013",
        "due_on": DUE,
        "amount": Decimal("802.00"),
        "payer": "Kari Nordmann",
        "shown_as": "Faktura 1001",
    }
    return DrawnClaim(**(details | changes))


def written(kind: Kind, *claims: DrawnClaim) -> list[str]:
    return write_file(kind, SENDER, 12, 7, claims).decode("latin-1").splitlines()


def by_netsgiro(kind: Kind, claims: list[DrawnClaim]) -> bytes:
    """The same file as another writer writes it."""
    transmission = netsgiro.Transmission(
        number="0000012", data_transmitter=SENDER.data_sender, data_recipient=netsgiro.NETS_ID
    )
    types = netsgiro.AssignmentType
    theirs = transmission.add_assignment(
        service_code=netsgiro.ServiceCode.AVTALEGIRO,
        assignment_type=types.TRANSACTIONS if kind == "claims" else types.AVTALEGIRO_CANCELLATIONS,
        number="0000007",
        account=SENDER.account,
    )
    add = theirs.add_payment_request if kind == "claims" else theirs.add_payment_cancellation
    for one in claims:
        add(
            kid=one.reference,
            due_date=one.due_on,
            amount=one.amount,
            reference=one.shown_as[:25] or None,
            payer_name=one.payer or None,
            bank_notification="\n".join(one.text) if one.bank_notifies and one.text else one.bank_notifies,
        )
    return "".join(f"{record}\r\n" for record in transmission.to_ocr().splitlines()).encode("latin-1")


# --- mandates --------------------------------------------------------------------------------------------------


@needs_samples
def test_the_sample_is_read_as_another_reader_reads_it() -> None:
    path = SAMPLES / "avtalegiro_agreements.txt"
    (theirs,) = netsgiro.parse(path.read_text("latin-1")).assignments
    file = read_mandates(path)
    (ours,) = file.lists
    assert [(m.reference, m.notify) for m in ours.mandates] == [
        (agreement.kid, agreement.notify)
        for agreement in theirs.transactions
        if isinstance(agreement, netsgiro.Agreement)
    ]
    assert (ours.account, ours.assignment, len(ours.mandates)) == (theirs.account, int(theirs.number), 16)
    assert (ours.transmission, ours.lists_all, file.flags) == (1091949, False, ())
    assert ours.number == ListNumber(date(2017, 4, 19), 1091949, 2)  # the 109th day of the year


def test_new_and_ended_mandates_and_the_wish_to_be_told_are_read(tmp_path: Path) -> None:
    file = read(tmp_path, THREE)
    assert file.lists[0].mandates == (
        ReportedMandate("2345676", "new", True),
        ReportedMandate("036536-", "ended", False),
        ReportedMandate("12345678903", "new", True),
    )
    assert (file.lists[0].account, file.lists[0].lists_all, file.flags) == (ACCOUNT, False, ())


def test_a_list_of_all_mandates_says_so(tmp_path: Path) -> None:
    file = read(tmp_path, a_file(assignment(mandate(1, registration=0), mandate(2, "12345678903", 0))))
    assert (file.lists[0].lists_all, file.flags) == (True, ())


def test_an_empty_list_is_not_taken_for_one_of_all(tmp_path: Path) -> None:
    file = read(tmp_path, a_file(assignment()))
    assert (file.lists[0].lists_all, file.lists[0].mandates, file.flags) == (False, (), ())


def test_a_list_that_mixes_all_and_changes_is_flagged_and_ends_nobody(tmp_path: Path) -> None:
    file = read(tmp_path, a_file(assignment(mandate(1, registration=0), mandate(2, "12345678903", 1))))
    assert file.flags == ("line 4: mixes a list of all mandates with one of changes",)
    assert not file.lists[0].lists_all


def test_several_lists_in_a_file_keep_apart(tmp_path: Path) -> None:
    file = read(tmp_path, a_file(assignment(mandate(1)), assignment(mandate(1, "12345678903"), number=2)))
    assert [(one.assignment, len(one.mandates)) for one in file.lists] == [(1, 1), (2, 1)]
    assert file.flags == ()


def test_mandates_beside_payments_are_found_and_counted_with_them(tmp_path: Path) -> None:
    payment = [
        f"NY090020001008585{1:07}99998877777".ljust(80, "0"),
        f"NY091030{1:07}20112613{'1':>8} {10000:017}{'2345676':>25}".ljust(80, "0"),
        f"NY091031{1:07}{1:010}{1:09}{0:07}20112699990512341".ljust(80, "0"),
        f"NY090088{1:08}{4:08}{10000:017}201126201126201126".ljust(80, "0"),
    ]
    records = a_file(payment, assignment(mandate(1)))
    records[-1] = records[-1].replace(f"NY000089{1:08}", f"NY000089{2:08}")
    file = read(tmp_path, records)
    assert ([len(one.mandates) for one in file.lists], file.flags) == ([1], ())


@pytest.mark.parametrize(
    ("transmission", "dated", "made_on"),
    [
        ("1091949", "190417", date(2017, 4, 19)),  # the 109th day of the year
        ("0170031", "200192", date(2092, 1, 17)),  # beside payments, which are settled after the weekend
        ("3650002", "020127", date(2026, 12, 31)),  # and after New Year
        ("3660002", "311228", date(2028, 12, 31)),
        ("0010001", "040127", date(2027, 1, 1)),
        ("0000012", "190417", date(2017, 4, 19)),  # a number that does not begin with a day
        ("9999999", "190417", date(2017, 4, 19)),
        ("1091949", "000000", None),
        ("1091949", "320117", None),
        ("1091949", "", None),
    ],
)
def test_a_list_knows_when_it_was_made(tmp_path: Path, transmission: str, dated: str, made_on: date | None) -> None:
    records = a_file(assignment(mandate(1)), assignment(mandate(1), number=2))
    records[0] = records[0].replace("1091949", transmission)
    records[-1] = f"{records[-1][:41]}{dated}".ljust(80, "0" if dated else " ")
    again = a_file(assignment(mandate(1), number=3))  # another transmission in the same file
    file = read(tmp_path, [*records, *again])
    assert [(each.made_on, each.assignment) for each in file.lists] == [
        (made_on, 1),
        (made_on, 2),
        (date(2017, 4, 19), 3),
    ]


def test_the_words_by_which_a_list_is_known_when_it_comes_again_never_change(tmp_path: Path) -> None:
    (told,) = read(tmp_path, THREE).lists
    assert repr(told) == (
        "MandateList(account='99991042764', transmission=1091949, assignment=1, mandates=("
        "ReportedMandate(reference='2345676', registration='new', notify=True),"
        " ReportedMandate(reference='036536-', registration='ended', notify=False),"
        " ReportedMandate(reference='12345678903', registration='new', notify=True)), lists_all=False)"
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "   \r\n", ""])
def test_line_breaks_of_any_kind_or_none_are_read_alike(tmp_path: Path, end: str) -> None:
    file = read(tmp_path, THREE, end=end)
    assert (len(file.lists[0].mandates), file.flags) == (3, ())


@pytest.mark.parametrize(
    "damage",
    ["garbage", mandate(2, "not a kid"), mandate(2, registration=7), mandate(2, notify="X"), mandate(2) + "0", "NY21"],
)
def test_a_bad_record_is_flagged_with_its_line_and_hides_no_other(tmp_path: Path, damage: str) -> None:
    records = [*THREE[:3], damage, *THREE[4:]]
    file = read(tmp_path, records)
    assert [m.reference for m in file.lists[0].mandates] == ["2345676", "12345678903"]
    assert file.flags[0].startswith("line 4: ")
    assert any("says 3 transactions, but the file holds 2" in flag for flag in file.flags)


@pytest.mark.parametrize("kept", range(1, len(THREE)))
def test_a_file_cut_short_is_flagged_wherever_it_is_cut(tmp_path: Path, kept: int) -> None:
    assert "the end record (type 89) is missing: the file is cut short" in read(tmp_path, THREE[:kept]).flags


def test_wrong_counts_are_flagged_with_both_figures(tmp_path: Path) -> None:
    records = [*THREE]
    records[-1] = records[-1].replace(f"{3:08}{7:08}", f"{4:08}{8:08}")
    assert read(tmp_path, records).flags == (
        "line 7: the file says 4 transactions, but the file holds 3",
        "line 7: the file says 8 records, but the file holds 7",
    )


def test_a_file_without_mandates_says_what_would_be_one(tmp_path: Path) -> None:
    assert "holds no mandates" in read(tmp_path, a_file()).flags[0]


def test_a_broken_file_does_not_flood_its_reader_with_flags(tmp_path: Path) -> None:
    flags = read(tmp_path, [*THREE[:2], *["NY219999"] * 500]).flags
    assert (len(flags), flags[-1]) == (51, "and 452 more faults")


@given(st.binary(max_size=400))
def test_no_bytes_whatever_make_it_fall(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    path = tmp_path_factory.mktemp("mandates") / "noise.txt"
    path.write_bytes("\n".join(THREE[:4]).encode() + noise)
    assert read_mandates(path).flags


# --- claims and cancellations ----------------------------------------------------------------------------------


@needs_samples
def test_the_sample_of_claims_is_written_byte_for_byte() -> None:
    sample = (SAMPLES / "avtalegiro_payment_request.txt").read_bytes()
    transmission = netsgiro.parse(sample.decode("latin-1"))
    (theirs,) = transmission.assignments
    claims = [
        claim(
            reference=one.kid,
            due_on=one.date,
            amount=one.amount,
            payer=one.payer_name,
            shown_as=one.reference or "",
            bank_notifies=int(one.type) == 21,
            text=tuple((one.text or "").splitlines()),
        )
        for one in theirs.transactions
        if isinstance(one, netsgiro.PaymentRequest)
    ]
    sender = Sender(transmission.data_transmitter, theirs.account)
    assert write_file("claims", sender, int(transmission.number), int(theirs.number), claims) == sample.replace(
        b"\n", b"\r\n"
    )


def test_a_claim_that_the_creditor_tells_of_has_two_records() -> None:
    assert written("claims", claim()) == [
        "NY000010555555550000012000080800000000000000000000000000000000000000000000000000",
        "NY210020000000000000000788888888888000000000000000000000000000000000000000000000",
        "NY2102300000001160326           00000000000080200             006402710013000000",
        "NY2102310000001Kari Nordm                         Faktura 1001             00000",
        "NY210088000000010000000400000000000080200160326160326000000000000000000000000000",
        "NY000089000000010000000600000000000080200160326000000000000000000000000000000000",
    ]


def test_a_claim_that_the_bank_tells_of_has_its_lines_in_halves() -> None:
    records = written("claims", claim(bank_notifies=True, text=("Faktura 1001, forfall 16.03.2026, for strøm i mars",)))
    assert [record[4:8] for record in records[2:6]] == ["2130", "2131", "2149", "2149"]
    assert records[4] == "NY212149000000140011Faktura 1001, forfall 16.03.2026, for st" + "0" * 20
    assert records[5] == "NY212149000000140012" + "røm i mars".ljust(40) + "0" * 20


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ((), []),
        (("",), []),
        (("Faktura 1001",), ["0011"]),
        (("Faktura 1001", "", "for strøm"), ["0011", "0031"]),  # a line of air is kept by its number
        (("x" * 41,), ["0011", "0012"]),
        ((" " * 40 + "x",), ["0012"]),
        (("x" * 40 + " " * 40,), ["0011"]),
    ],
)
def test_a_record_of_text_is_never_empty(text: tuple[str, ...], places: list[str]) -> None:
    records = written("claims", claim(bank_notifies=True, text=text))
    assert [record[16:20] for record in records if record[6:8] == "49"] == places
    assert [int(record[16:24]) for record in records[-2:]] == [len(records) - 2, len(records)]


def test_records_end_as_the_specification_says() -> None:
    content = write_file("cancellations", SENDER, 12, 7, [claim()])
    assert {len(line) for line in content.split(b"\r\n")} == {80, 0}
    assert content.count(b"\n") == content.count(b"\r") == 6


def test_a_cancellation_repeats_the_claim_without_its_text() -> None:
    told = claim(bank_notifies=True, text=("Faktura 1001",))
    cancellation = written("cancellations", told)
    assert cancellation[1].startswith("NY213620")
    assert [record[4:8] for record in cancellation[2:-2]] == ["9330", "9331"]
    assert [record[8:] for record in cancellation[2:4]] == [record[8:] for record in written("claims", told)[2:4]]
    assert cancellation[-2].startswith("NY213688")


def test_the_end_records_have_the_first_and_the_last_due_date_and_the_sum() -> None:
    records = written("claims", claim(), claim(due_on=DUE + timedelta(days=31)), claim(due_on=DUE - timedelta(days=5)))
    assert records[-2] == "NY210088" + f"{3:08}{8:08}{240600:017}" + "110326160426" + "0" * 27
    assert records[-1] == "NY000089" + f"{3:08}{10:08}{240600:017}" + "110326" + "0" * 33


KIDS = st.from_regex(r"[0-9]{2,25}", fullmatch=True)
LATIN = st.text(st.characters(codec="latin-1", categories=("L", "N", "P")), min_size=1, max_size=25)
LINES = st.text(st.characters(codec="latin-1", categories=("L", "N", "P")), min_size=41, max_size=80)  # both halves
CLAIMS = st.builds(
    claim,
    reference=KIDS,
    due_on=st.dates(date(2026, 1, 1), date(2060, 12, 31)),
    amount=st.decimals("0.01", "99999999", places=2),
    payer=LATIN,
    shown_as=LATIN,
    bank_notifies=st.booleans(),
    text=st.lists(LINES, max_size=3).map(tuple),
)


@given(st.lists(CLAIMS, min_size=1, max_size=8), st.sampled_from(["claims", "cancellations"]))
def test_any_claims_are_written_byte_for_byte_as_another_writer_writes_them(
    claims: list[DrawnClaim], kind: Kind
) -> None:
    assert write_file(kind, SENDER, 12, 7, claims) == by_netsgiro(kind, claims)


@given(st.lists(CLAIMS, min_size=1, max_size=8), st.sampled_from(["claims", "cancellations"]))
def test_another_reader_reads_back_what_we_write(claims: list[DrawnClaim], kind: Kind) -> None:
    (theirs,) = netsgiro.parse(write_file(kind, SENDER, 12, 7, claims).decode("latin-1")).assignments
    assert [
        (one.kid, one.date, one.amount, one.reference)
        for one in theirs.transactions
        if isinstance(one, netsgiro.PaymentRequest)
    ] == [(one.reference, one.due_on, one.amount, one.shown_as) for one in claims]
    assert theirs.get_total_amount() == sum(one.amount for one in claims)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_fits_its_field(payer: str, shown_as: str) -> None:
    assert {len(record) for record in written("claims", claim(payer=payer, shown_as=shown_as))} == {80}


def test_letters_that_latin_1_lacks_lose_their_accents() -> None:
    record = written("claims", claim(payer="Čeněk\nŁęå漢"))[3]
    assert record[15:25] == "Cenek ?eå?"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reference": "12A4"}, "'12A4' is no KID"),
        ({"reference": "1" * 26}, "is no KID"),
        ({"amount": Decimal(0)}, "0 cannot be claimed"),
        ({"amount": Decimal("-1.00")}, "cannot be claimed"),
        ({"amount": Decimal("0.001")}, "at most two decimals"),
        ({"bank_notifies": True, "text": ("x",) * 43}, "at most 42 lines"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(Unwritable, match=said):
        written("claims", claim(**changes))


@pytest.mark.parametrize("sender", [Sender("1234567", "88888888888"), Sender("55555555", "8888.88.88888")])
def test_a_wrong_number_of_the_agreement_is_refused(sender: Sender) -> None:
    with pytest.raises(Unwritable, match="is no number of"):
        write_file("claims", sender, 1, 1, [claim()])


def test_a_file_of_nothing_is_refused() -> None:
    with pytest.raises(Unwritable, match="at least one"):
        written("claims")


# --- the folder ------------------------------------------------------------------------------------------------


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_file_is_seen_only_once_it_is_published(tmp_path: Path) -> None:
    folder = DirectDebitFolder(tmp_path)
    name = folder.name("acme", "claims", 12)
    folder.prepare(name, b"whole")
    assert (name, visible(tmp_path / "out"), folder.prepared()) == ("acme-claims-0000012.txt", [], [name])
    folder.publish(name)
    folder.publish(name)
    assert (visible(tmp_path / "out"), folder.prepared()) == ([name], [])
    assert (tmp_path / "out" / name).read_bytes() == b"whole"


def test_a_file_that_was_not_committed_is_dropped(tmp_path: Path) -> None:
    folder = DirectDebitFolder(tmp_path)
    folder.prepare("acme-cancellations-0000001.txt", b"")
    folder.drop("acme-cancellations-0000001.txt")
    assert (visible(tmp_path / "out"), folder.prepared()) == ([], [])


def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no name of a file"):
        DirectDebitFolder(tmp_path).publish("../acme-claims-0000012.txt")


def test_a_file_that_was_lost_is_not_taken_for_published(tmp_path: Path) -> None:
    folder = DirectDebitFolder(tmp_path)
    with pytest.raises(FileNotFoundError, match="neither prepared nor published"):
        folder.publish("acme-claims-0000012.txt")


def test_the_numbers_of_published_files_are_told(tmp_path: Path) -> None:
    folder = DirectDebitFolder(tmp_path)
    for name in ("acme-claims-0000012.txt", "zzz-cancellations-0000007.txt", "notes.txt", "acme-claims-12.txt"):
        (tmp_path / "out" / name).write_text("somebody's")
    folder.prepare("acme-claims-0000013.txt", b"nobody sees it")
    assert folder.numbers() == [7, 12]


def test_only_one_is_at_work_in_the_folder(tmp_path: Path) -> None:
    first, second = DirectDebitFolder(tmp_path), DirectDebitFolder(tmp_path)
    with first.alone() as mine, second.alone() as theirs:
        assert (mine, theirs) == (True, False)
    with second.alone() as theirs:
        assert theirs


def test_what_arrives_is_put_away_and_never_overwritten(tmp_path: Path) -> None:
    folder = DirectDebitFolder(tmp_path)
    for content in ("first", "second"):
        (tmp_path / "in" / "mandates.txt").write_text(content)
        (tmp_path / "in" / ".half.txt").write_text("still arriving")
        (arrived,) = folder.arrived()
        folder.put_away(arrived, flagged=False)
    assert folder.arrived() == []
    assert [(tmp_path / "in" / "done" / name).read_text() for name in ("mandates.txt", "mandates.txt.2")] == [
        "first",
        "second",
    ]
