"""Answers of Swedish Autogiro: each is read with its meaning, and a file that contradicts itself is flagged."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.direct_debit.autogiro import read_answers
from connectors.direct_debit.autogiro_answer import WORDS, AutogiroFile

NEW_START = "01AUTOGIRO".ljust(24) + "20261110193055123456BET. SPEC & STOPP TK4711170009912346"
OLD_START = "0120261110AUTOGIRO9900".ljust(62) + "4711170009912346  "


def section(kind: int, count: int, ore: int) -> str:
    return f"{kind}{8901003232323:035}20261110{1:05}{ore:018}   {count:08} "


def payment(
    code: str = "0", ore: int = 30000, *, kind: int = 82, payer: int = 4711, reference: str = "FAKTNR158"
) -> str:
    return f"{kind}202611105006 {payer:016}{ore:012}0009912346{reference:>16}{'':10}{code:1}"


def refund(ore: int = 2000) -> str:
    return f"77202611030    {4711:016}{ore:012}0009912346{'FAKTNR150':>16}2026111002 "


def new_end(deposits: int, made: int, withdrawals: int = 0, out: int = 0, refunds: int = 0, back: int = 0) -> str:
    return f"09202611109900{deposits:06}{made:012}{withdrawals:06}{out:012}{refunds:06}{back:012}".ljust(80)


def old_end(payments: int, ore: int, out: int = 0, out_ore: int = 0) -> str:
    return f"09202611109900{'':14}{out_ore:012}{out:06}{payments:06}0000{ore:012}{0:012}"


NEW = [
    NEW_START,
    section(15, 2, 55000),
    payment("0"),
    payment("0", 25000),
    payment("1"),
    payment("2"),
    payment("9"),
    section(16, 1, 10000),
    payment("0", 10000, kind=32),
    section(17, 1, 2000),
    refund(),
    new_end(1, 2, 1, 1, 1, 1),
]


def read(folder: Path, records: list[str], *, end: str = "\n") -> AutogiroFile:
    path = folder / "answers.txt"
    path.write_bytes("".join(record + end for record in records).encode("latin-1"))
    return read_answers(path)


def test_each_answer_is_read_with_its_meaning(tmp_path: Path) -> None:
    file = read(tmp_path, NEW)
    assert [(answer.direction, answer.outcome) for answer in file.answers] == [
        ("in", "paid"),
        ("in", "paid"),
        ("in", "no cover"),
        ("in", "no account"),
        ("in", "tried again"),
        ("out", "paid"),
        ("refund", "refunded"),
    ]
    assert (file.layout, file.flags) == ("new", ())
    assert all(answer.words == WORDS[answer.outcome] for answer in file.answers)


def test_an_answer_says_who_what_and_when(tmp_path: Path) -> None:
    answer = read(tmp_path, NEW).answers[2]
    assert (answer.payer_number, answer.reference, answer.bankgiro) == ("4711", "FAKTNR158", "9912346")
    assert (answer.amount, answer.due_on, answer.code) == (Decimal("300.00"), date(2026, 11, 10), "1")


def test_a_refund_says_when_and_by_which_code(tmp_path: Path) -> None:
    answer = read(tmp_path, NEW).answers[-1]
    assert (answer.amount, answer.refunded_on, answer.code) == (Decimal("20.00"), date(2026, 11, 10), "02")


def test_the_old_layout_counts_failures_too_and_leaves_the_code_of_a_payment_made_blank(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        [OLD_START, payment(""), payment("1"), payment("9"), payment("1", 70000, kind=32), old_end(3, 90000, 1, 70000)],
    )
    assert [answer.outcome for answer in file.answers] == ["paid", "no cover", "tried again", "no cover"]
    assert (file.layout, file.flags) == ("old", ())


@pytest.mark.parametrize("end", ["\r\n", "   \n", ""])
def test_line_breaks_of_any_kind_or_none_are_read_alike(tmp_path: Path, end: str) -> None:
    file = read(tmp_path, NEW, end=end)
    assert (len(file.answers), file.flags) == (7, ())


def test_a_section_that_contradicts_itself_is_flagged_with_both_figures(tmp_path: Path) -> None:
    records = [*NEW]
    records[1] = section(15, 3, 65000)
    assert read(tmp_path, records).flags == (
        "line 2: the section says 3 payments were made, but it holds 2",
        "line 2: the section says a sum of 650.00, but the payments make 550.00",
    )


def test_an_end_that_contradicts_the_file_is_flagged_with_both_figures(tmp_path: Path) -> None:
    flags = read(tmp_path, [*NEW[:-1], new_end(1, 4, 1, 1, 2, 1)]).flags
    assert flags == (
        "line 12: the file says 4 payments made 'in', but it holds 2",
        "line 12: the file says 2 sections 'refund', but it holds 1",
    )
    old = read(tmp_path, [OLD_START, payment(""), old_end(1, 30001)])
    assert old.flags == ("line 3: the file says 300.01 kronor 'in', but it holds 300.00",)


def test_an_unknown_code_is_told_and_counts_as_nothing_made(tmp_path: Path) -> None:
    file = read(tmp_path, [NEW_START, section(15, 1, 30000), payment(), payment("7"), new_end(1, 1)])
    assert [answer.outcome for answer in file.answers] == ["paid", "unknown"]
    assert file.flags == ("line 4: has the unknown answer code '7'",)


@pytest.mark.parametrize(
    "damage", ["82garbage", payment().replace("20261110", "20261310"), payment() + "0", "99", "82"]
)
def test_a_bad_record_is_flagged_with_its_line_and_hides_no_other(tmp_path: Path, damage: str) -> None:
    file = read(tmp_path, [*NEW[:2], damage, *NEW[3:]])
    assert len(file.answers) == 6
    assert file.flags[0].startswith("line 3: ")
    assert any("says 2 payments were made, but it holds 1" in flag for flag in file.flags)


@pytest.mark.parametrize("kept", range(1, len(NEW)))
def test_a_file_cut_short_is_flagged_wherever_it_is_cut(tmp_path: Path, kept: int) -> None:
    assert "the end record (type 09) is missing: the file is cut short" in read(tmp_path, NEW[:kept]).flags


def test_a_file_of_another_kind_is_not_taken_for_answers(tmp_path: Path) -> None:
    file = read(tmp_path, ["01BGMAX               0120261110", *NEW[1:]])
    assert (file.layout, file.answers, len(file.flags)) == (None, (), 1)


@given(st.binary(max_size=400))
def test_no_bytes_whatever_make_it_fall(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    path = tmp_path_factory.mktemp("answers") / "noise.txt"
    path.write_bytes("\n".join(NEW[:4]).encode() + noise)
    assert read_answers(path).flags


@given(st.lists(st.tuples(st.sampled_from("0129"), st.integers(1, 10**9)), min_size=1, max_size=20))
def test_whatever_the_answers_what_was_made_agrees_with_the_section(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[str, int]]
) -> None:
    made = [ore for code, ore in told if code == "0"]
    records = [
        NEW_START,
        section(15, len(made), sum(made)),
        *[payment(code, ore) for code, ore in told],
        new_end(1, len(made)),
    ]
    file = read(tmp_path_factory.mktemp("answers"), records)
    assert file.flags == ()
    assert sum(answer.amount for answer in file.answers if answer.outcome == "paid") == Decimal(sum(made)) / 100
