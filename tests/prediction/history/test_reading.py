"""Another system's past as it is read: what happened, what is told besides, and what is refused with its lines."""

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.located_yaml import FileError
from prediction.history.columns import RowsRefused
from prediction.history.file_map import read_map
from prediction.history.lost import LOST
from prediction.history.past import Happened, Words
from prediction.history.reading import NOBODY, FilePast, keys_of, read_past

TODAY = date(2026, 11, 30)
KEY = b"k" * 32
EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
FINES = (EXAMPLES / "history-events.yaml").read_text()

INVOICES = """
shape: invoices
country: NO
currency: NOK
columns: {invoice: number, customer: customer, issued: issued, due: due, amount: amount, paid on: paid_on, paid: paid}
"""
HEAD = "number,customer,issued,due,amount,paid_on,paid"
LOG = "case:concept:name,concept:name,time:timestamp,amount,expense,totalPaymentAmount,dismissal"
A_FINE = [
    "A1,Create Fine,2007-07-16 00:00:00+02:00,36.0,,0.0,NIL",
    "A1,Send Fine,2007-12-12 00:00:00+01:00,,13.0,,",
    "A1,Insert Fine Notification,2007-12-21 00:00:00+01:00,,,,",
    "A1,Add penalty,2008-02-19 00:00:00+01:00,74.0,,,",
    "A1,Payment,2008-03-01 00:00:00+01:00,,,49.0,",
    "A1,Payment,2008-04-01 00:00:00+02:00,,,87.0,",
]


def read(written: str, head: str, *lines: str, key: bytes = KEY) -> FilePast:
    rows = list(csv.reader([head, *lines]))
    numbered: list[tuple[int, Sequence[str]]] = list(enumerate(rows[1:], 2))
    return read_past(read_map(written, "map.yaml"), rows[0], numbered, "north", key, TODAY)


def refusal(written: str, head: str, *lines: str) -> str:
    with pytest.raises((RowsRefused, FileError)) as refused:
        read(written, head, *lines)
    return str(refused.value)


def left_out(found: FilePast) -> dict[str, tuple[int, list[int]]]:
    return {each["what"]: (each["count"], each["lines"]) for each in found.summary["left_out"]}


def said(column: Words) -> list[str | None]:
    return [None if code < 0 else column.meanings[code] for code in column.codes]


def happened(found: FilePast) -> list[tuple[str, str, float | None]]:
    """Each event: what, on which day as it is written there, and its amount."""
    events = found.past.events
    days = (events.at + np.timedelta64(2, "h")).astype("datetime64[D]")
    return [
        (Happened(kind).name, str(day), None if np.isnan(amount) else float(amount))
        for kind, day, amount in zip(events.kind.tolist(), days, events.amount.tolist(), strict=True)
    ]


def test_a_row_an_invoice_or_a_payment_of_it() -> None:
    found = read(
        INVOICES,
        HEAD,
        "1,K1,2026-01-01,2026-01-15,100,2026-01-10,100",
        "2,K2,2026-01-02,2026-01-16,200,2026-01-20,50",
        "2,K2,2026-01-02,2026-01-16,200,2026-02-20,150",
        "3,K1,2026-01-03,2026-01-17,300,,",
    )
    invoices = found.past.invoices
    assert invoices.amount.tolist() == [100, 200, 300]
    assert invoices.debtor.tolist() == [0, 1, 0]
    assert [str(day) for day in invoices.due] == ["2026-01-15", "2026-01-16", "2026-01-17"]
    assert happened(found) == [
        ("PAYMENT", "2026-01-10", 100),
        ("PAYMENT", "2026-01-20", 50),
        ("PAYMENT", "2026-02-20", 150),
    ]
    assert {word: count for word, count in found.summary["ends"].items() if count} == {"paid": 2, "open": 1}
    assert (found.summary["late_share"], found.summary["customers"]) == (0.6667, 2)


def test_a_day_without_a_time_is_known_when_it_is_over() -> None:
    past = read(INVOICES, HEAD, "1,K1,2026-01-01,2026-01-15,100,2026-01-10,100", "2,K1,2026-01-20,2026-01-31,1,,").past
    assert str(past.events.at[0]) == "2026-01-09T23:00:00"  # as the day begins in Oslo
    assert str(past.events.known_at[0]) == "2026-01-10T23:00:00"
    assert len(past.as_of(np.datetime64("2026-01-10T22:59:59", "s")).events) == 0


def test_times_of_day_are_kept_where_they_are_told() -> None:
    past = read(INVOICES, HEAD, "1,K1,2026-01-01 08:00,2026-01-15,100,2026-01-10 13:30,100").past
    assert str(past.events.at[0]) == str(past.events.known_at[0]) == "2026-01-10T12:30:00"


def test_a_log_of_fines_is_read_as_what_happened() -> None:
    found = read(FINES, LOG, *A_FINE)
    assert found.past.invoices.amount.tolist() == [36]
    assert [str(day) for day in (*found.past.invoices.issued, *found.past.invoices.due)] == ["2007-07-16", "2007-09-14"]
    moved = float((date(2008, 2, 19) - date(1970, 1, 1)).days)
    assert happened(found) == [
        ("FEE", "2007-12-12", 13),
        ("MESSAGE", "2007-12-12", None),
        ("NOTICE", "2007-12-21", None),
        ("DUE_DATE_MOVED", "2007-12-21", moved),
        ("FEE", "2008-02-19", 38),  # the claim rose from 36 to 74
        ("PAYMENT", "2008-03-01", 49),
        ("PAYMENT", "2008-04-01", 38),
    ]
    assert found.customers.tolist() == [NOBODY]
    assert found.summary["customers"] is None


def test_every_case_without_a_customer_is_a_debtor_of_its_own() -> None:
    other = [line.replace("A1,", "A2,") for line in A_FINE]
    assert read(FINES, LOG, *A_FINE, *other).past.invoices.debtor.tolist() == [0, 1]


def test_the_order_of_rows_does_not_matter() -> None:
    assert happened(read(FINES, LOG, *reversed(A_FINE))) == happened(read(FINES, LOG, *A_FINE))


def test_what_closes_a_case_from_its_begin_on_is_known_at_the_end_alone() -> None:
    begin = "A1,Create Fine,2007-07-16 00:00:00+02:00,36.0,,0.0,G"
    past = read(FINES, LOG, begin, *A_FINE[1:3]).past
    closed = past.events.kind == Happened.CLOSED
    assert past.events.known_at[closed].tolist() == [past.through.tolist()]
    later = read(FINES, LOG, A_FINE[0], A_FINE[1] + "#", A_FINE[2]).past
    assert [str(at) for at in later.events.at[later.events.kind == Happened.CLOSED]] == ["2007-12-11T23:00:00"]


A_LOG = """
shape: events
country: NO
currency: NOK
columns: {case: case, activity: activity, time: time}
activities: {Billed: {is: issued, amount: amount}, Paid: {is: payment, amount: paid}, Cleared: payment}
due: {days: 14}
"""


def test_a_payment_without_a_sum_pays_what_is_left_and_the_next_one_nothing() -> None:
    found = read(
        A_LOG,
        "case,activity,time,amount,paid",
        "1,Billed,2026-01-01,100.10,",
        "1,Paid,2026-01-05,,33.37",
        "1,Cleared,2026-01-05,,",
        "1,Cleared,2026-01-09,,",
        "2,Billed,2026-01-01,70,",
        "2,Paid,2026-01-05,,70",
        "2,Cleared,2026-01-05,,",
        "3,Billed,2026-01-01,50,",
        "3,Cleared,2026-01-06,,",
    )
    assert sorted(happened(found)) == [
        ("PAYMENT", "2026-01-05", 33.37),
        ("PAYMENT", "2026-01-05", 66.73),
        ("PAYMENT", "2026-01-05", 70),
        ("PAYMENT", "2026-01-06", 50),
    ]
    assert left_out(found)["payments of nothing"] == (2, [5, 8])


def test_of_a_log_that_tells_no_sums_it_is_known_who_paid_and_nothing_of_money() -> None:
    written = A_LOG.replace("{is: issued, amount: amount}", "issued").replace("{is: payment, amount: paid}", "payment")
    found = read(written, "case,activity,time", "1,Billed,2026-01-01", "1,Paid,2026-01-05", "2,Billed,2026-01-02")
    assert (found.summary["ends"]["paid"], found.summary["ends"]["open"]) == (1, 1)
    assert "no sums are told, so nothing is known of money: each invoice counts as 1" in found.summary["said"]


def cases(count: int, *payments: int) -> list[str]:
    """Cases of 100 each, with these sums beside their payments."""
    return [
        line
        for case in range(count)
        for line in (
            f"{case},Billed,2026-01-01,100,",
            *(f"{case},Paid,2026-02-{day:02},,{paid}" for day, paid in enumerate(payments, 1)),
        )
    ]


def test_totals_that_are_named_as_single_sums_are_seen_and_the_other_way_round() -> None:
    head, total = "case,activity,time,amount,paid", A_LOG.replace("payment, amount: paid", "payment, total: paid")

    def doubts(written: str, *payments: int) -> list[str]:
        return [each for each in read(written, head, *cases(12, *payments)).summary["said"] if "write `" in each]

    assert ["`total:` for `amount:`" in each for each in doubts(A_LOG, 60, 100)] == [True]
    assert ["`amount:` for `total:`" in each for each in doubts(total, 60, 40)] == [True]
    assert doubts(A_LOG, 60, 40) == doubts(total, 60, 100) == []


def test_what_happened_on_the_days_of_columns() -> None:
    written = INVOICES + "activities: {reminded: {is: message, channel: sms, fee: fee}, left: hand-off}\n"
    found = read(
        written,
        f"{HEAD},reminded,fee,left",
        "1,K1,2026-01-01,2026-01-15,100,2026-02-01,40,2026-01-20,35,",
        "1,K1,2026-01-01,2026-01-15,100,2026-02-20,60,2026-01-20,35,",
        "2,K1,2026-01-03,2026-01-17,300,,,,,2026-03-01",
    )
    assert happened(found) == [
        ("MESSAGE", "2026-01-20", None),
        ("FEE", "2026-01-20", 35),
        ("PAYMENT", "2026-02-01", 40),
        ("PAYMENT", "2026-02-20", 60),
        ("HAND_OFF", "2026-03-01", None),
    ]
    assert said(found.past.events.channel)[0] == "sms"
    assert said(found.past.events.detail)[0] == "reminded"


def test_the_days_to_pay_may_stand_in_a_column() -> None:
    written = INVOICES.replace("due: due", "").replace("issued: issued, ,", "issued: issued,") + "due: {terms: due}\n"
    lines = [f"{number},K{number},2026-01-01,{terms},100,," for number, terms in enumerate(_TERMS)]
    found = read(written, HEAD, *lines, *(f"x{number},K,2026-01-01,30,1,," for number in range(9)))
    assert [str(day) for day in found.past.invoices.due[: len(_TERMS)]] == list(_TERMS.values())
    assert "line 2: due: 'NAA8' says no days to pay" in refusal(written, HEAD, "1,K1,2026-01-01,NAA8,100,,")
    lines[0] = lines[0].replace("14", "")
    assert left_out(read(written, HEAD, *lines, *lines[1:])) == {
        "invoices without a due date": (1, [2]),
        "rows told twice": (len(_TERMS) - 1, list(range(len(_TERMS) + 2, 2 * len(_TERMS) + 1))),
    }


_TERMS = {
    "14": "2026-01-15",
    "30 days": "2026-01-31",
    "2/10 net 30": "2026-01-31",
    "Netto 10 Tage": "2026-01-11",
    "20.0": "2026-01-21",
    "sofort": "2026-01-01",
    "NET45": "2026-02-15",
    "14 dager netto": "2026-01-15",
    "0": "2026-01-01",
    "60 d": "2026-03-02",
}


def test_where_the_due_date_is_empty_the_terms_give_it() -> None:
    lines = ("1,K1,2026-01-01,,100,,", "2,K1,2026-01-01,2026-01-08,100,,")
    due = read(INVOICES + "due: {days: 30}\n", HEAD, *lines).past.invoices.due
    assert [str(day) for day in due] == ["2026-01-31", "2026-01-08"]


def test_a_number_that_each_company_tells_anew_is_an_id_with_it() -> None:
    lines = ("1,a,2026-01-01,2026-01-15,100,,", "1,b,2026-01-02,2026-01-16,200,,")
    assert "is not what line 2 says" in refusal(INVOICES, HEAD, *lines)
    written = INVOICES.replace("invoice: number", "invoice: [customer, number]")
    found = read(written, HEAD, *lines)
    assert found.past.invoices.amount.tolist() == [100, 200]
    assert len(np.unique(found.invoices)) == 2
    assert "customer + number is empty" in refusal(written, HEAD, ",a,2026-01-01,2026-01-15,100,,")


def test_rows_of_another_kind_do_not_count() -> None:
    written = INVOICES + "only: {kind: [RV, DR]}\n"
    lines = ("1,K1,2026-01-01,2026-01-15,100,,,RV", "2,K1,2026-01-02,,70,,,DZ", "3,K1,2026-01-02,2026-01-16,50,,,")
    found = read(written, f"{HEAD},kind", *lines)
    assert found.summary["invoices"] == 1
    assert left_out(found) == {"rows whose kind is not DR or RV": (2, [3, 4])}
    assert "no row's kind is DR or RV" in refusal(written, f"{HEAD},kind", lines[1])


def test_a_word_without_a_day_says_at_the_end_that_it_is_closed() -> None:
    past = read(
        INVOICES + "closed: {column: paid, words: [void]}\n".replace("paid", "state"),
        f"{HEAD},state",
        *[
            "1,K1,2026-01-01,2026-01-15,100,,,void",
            "2,K1,2026-01-02,2026-01-16,70,2026-02-01,70,done",
        ],
    ).past
    closed = past.events.kind == Happened.CLOSED
    assert past.events.known_at[closed].tolist() == [past.through.tolist()]


@pytest.mark.parametrize(
    "never", ["9999-12-31", "0000-00-00", "1900-01-01 00:00:00", "1753-01-01", "0001-01-01T00:00:00"]
)
def test_what_systems_write_where_there_is_no_day_is_none(never: str) -> None:
    found = read(INVOICES, HEAD, f"1,K1,2026-01-01,2026-01-15,100,{never},0", "2,K1,2026-01-02,2026-01-16,9,,")
    assert found.summary["events"] == {}


def test_what_is_kept_besides_is_a_fact_from_its_own_day_on() -> None:
    head, lines = (
        LOG + ",points",
        [f"{line},{points}" for line, points in zip(A_FINE, ["0", "", "2", "", "", ""], strict=True)],
    )
    told = read(FINES + "told: {points: points}\n", head, *lines).past.told
    assert (said(told.what), told.number.tolist()) == (["points", "points"], [0, 2])
    assert [str(day) for day in told.since] == ["2007-07-16", "2007-12-21"]
    assert [str(at) for at in told.known_at] == ["2007-07-15T22:00:00", "2007-12-21T23:00:00"]


def test_no_customer_and_no_invoice_number_stands_in_what_is_kept() -> None:
    found = read(INVOICES, HEAD, "INV-77,Kari Nordmann,2026-01-01,2026-01-15,100,2026-01-10,100")
    assert "Kari" not in repr(found)
    assert "INV-77" not in repr(found)
    again = read(INVOICES, HEAD, "INV-78,Kari Nordmann,2026-01-01,2026-01-15,100,2026-01-10,100")
    assert found.customers.tolist() == again.customers.tolist() == keys_of(["Kari Nordmann"], KEY).tolist()
    other = read(INVOICES, HEAD, "INV-78,Kari Nordmann,2026-01-01,2026-01-15,100,2026-01-10,100", key=b"o" * 32)
    assert found.customers.tolist() != other.customers.tolist()


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["1,K1,2026-01-01,2026-01-15,100,,"], "nobody paid"),
        (["1,K1,2026-01-01,2026-01-15,100,2026-01-10,100"] * 1, "everybody paid in time"),
        (["1,K1,2026-11-20,2026-12-15,100,,"], "no invoice was due"),
    ],
)
def test_a_past_of_one_kind_of_end_is_kept_and_nothing_can_be_learned_from_it(lines: list[str], why: str) -> None:
    found = read(INVOICES + "through: 2026-11-29\n", HEAD, *lines)
    assert (found.summary["learnable"], why in found.summary["why_not"]) == (False, True)


def test_of_a_past_in_which_everybody_paid_at_last_only_when_can_be_learned() -> None:
    found = read(INVOICES, HEAD, "1,K1,2026-01-01,2026-01-15,100,2026-01-20,100")
    assert found.summary["learnable"]
    assert any("everybody paid in the end" in each for each in found.summary["said"])


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("91,K1,2026-01-01,2026-01-15,-100,,", "invoices of nothing or less, such as credit notes"),
        ("91,K1,2026-01-20,2026-01-15,100,,", "invoices due before they were issued"),
        ("91,K1,2026-01-05,2026-01-15,100,2026-01-02,100", "invoices paid before they were issued"),
        ("91,K1,2026-01-05,,100,,", "invoices without a due date"),
        ("1,K1,2026-01-01,2026-01-15,100,2026-01-10,100", "payments told twice (same invoice, moment and sum)"),
        ("11,K11,2026-01-01,2026-01-15,100,,", "rows told twice"),
        ("91,K1,2026-01-05,2026-01-15,100,2026-01-10,0", "payments of nothing"),
    ],
)
def test_what_cannot_be_is_left_out_and_told_with_its_line(line: str, what: str) -> None:
    good = [f"{number},K{number},2026-01-01,2026-01-15,100,2026-01-10,100" for number in range(1, 11)]
    good += [f"{number},K{number},2026-01-01,2026-01-15,100,," for number in range(11, 14)]
    assert left_out(read(INVOICES, HEAD, *good, line)) == {what: (1, [15])}


def test_what_happened_after_the_last_day_is_left_out_and_its_invoice_is_open() -> None:
    lines = ["1,K1,2026-01-01,2026-01-15,100,2026-03-10,100", "2,K1,2026-03-01,2026-03-15,100,,"]
    found = read(INVOICES + "through: 2026-01-31\n", HEAD, *lines)
    assert (len(found.past.invoices), len(found.past.events), found.summary["through"]) == (1, 0, "2026-01-31")
    assert set(left_out(found)) == {
        "events after the last day that the file is known through",
        "invoices after the last day that the file is known through",
    }


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["1,K1,2026-01-01,2026-01-15,x,,"], "line 2: amount: 'x' is no sum"),
        (["1,K1,01.02.2026,2026-01-15,1,,"], "line 2: issued: '01.02.2026' is no day written YYYY-MM-DD"),
        (["1,K1,2026-01-01,2026-01-15,1,"], "line 2: has 6 fields where the header line has 7"),
        (["1,K1,2026-01-01,2026-01-15,1,2027-01-10,1"], "line 2: something happens on 2027-01-10, which is ahead"),
        (["1,K1,2026-12-01,2026-12-15,1,,"], "line 2: an invoice begins on 2026-12-01, which is ahead"),
        (
            ["1,K1,2026-01-01,2026-01-15,1,,", "1,K2,2026-01-01,2026-01-15,1,,"],
            "line 3: customer is not what line 2 says",
        ),
        (["1,K1,2026-01-01,2026-01-15,1,,5"], "line 2: paid_on is empty"),
        ([",K1,2026-01-01,2026-01-15,1,,"], "line 2: number is empty"),
        (
            ["1,K1,2026-01-20,2026-01-15,1,,"],
            "1 of 1 invoices cannot be: 1 invoices due before they were issued (lines 2)",
        ),
        (["1," + "K" * 201 + ",2026-01-01,2026-01-15,1,,"], "is longer than 200 characters"),
        ([], "the file has no rows"),
        ([f"{each},K1,bad,2026-01-15,1,," for each in range(15)], "and 5 more"),
    ],
)
def test_a_file_that_is_wrong_somewhere_is_refused_whole(lines: list[str], said: str) -> None:
    assert said in refusal(INVOICES, HEAD, *lines)


def test_a_column_that_the_file_does_not_have_is_refused_with_what_was_meant() -> None:
    told = refusal(INVOICES, HEAD.replace("paid_on", "paid_onn"), "1,K1,2026-01-01,2026-01-15,1,,")
    assert told == "map.yaml:5: the file has no column `paid_on` — did you mean `paid_onn`?"


def test_two_payment_days_need_a_column_of_sums() -> None:
    lines = ["1,K1,2026-01-01,2026-01-15,100,2026-01-10,50", "1,K1,2026-01-01,2026-01-15,100,2026-01-12,50"]
    assert "name it `paid` (lines 2, 3)" in refusal(INVOICES.replace(", paid: paid", ""), HEAD, *lines)


def test_activities_that_the_map_does_not_know_are_all_told() -> None:
    lines = [*A_FINE, "A1,Paymnt,2008-05-01,,,,", "A1,Tea,2008-05-02,,,,", "A1,Tea,2008-05-03,,,,"]
    told = refusal(FINES, LOG, *lines)
    assert "Tea (2), Paymnt (1, did you mean `Payment`?)" in told
    assert "`ignore: [ … ]`" in told
    assert len(read(FINES + "ignore: [Tea, Paymnt]\n", LOG, *lines).past.events) == 7


def test_a_log_leaves_out_what_came_twice_and_cases_that_do_not_begin() -> None:
    found = read(FINES, LOG, *A_FINE, A_FINE[4], "B1,Payment,2008-03-01,,,5.0,", "A1,Create Fine,2007-08-01,36.0,,,")
    assert left_out(found) == {
        "events told twice (same case, activity, moment and sums)": (1, [8]),
        "cases whose begin is not in the file": (1, [9]),
        "begins of an invoice that began before": (1, [10]),
    }


def test_a_channel_from_a_column_must_be_one() -> None:
    log = """
shape: events
country: NO
currency: NOK
columns: {case: case, activity: what, time: at, channel: by}
activities: {Invoice: {is: issued, amount: sum}, Reminder: message}
due: {days: 14}
"""
    lines = ["1,Invoice,2026-01-01,,100", "1,Reminder,2026-01-20 09:00,E-mail,", "1,Reminder,2026-02-20 09:00,SMS,"]
    assert "no channel is called E-mail" in refusal(log, "case,what,at,by,sum", *lines)
    lines[1] = lines[1].replace("E-mail", "Email")
    assert said(read(log, "case,what,at,by,sum", *lines).past.events.channel) == ["email", "sms"]


def test_what_the_map_does_not_name_is_told_once_and_what_is_the_same_everywhere_too() -> None:
    segments = INVOICES.replace("paid: paid}", "paid: paid, segment: customer}")
    found = read(
        segments.replace("customer: customer, ", ""),
        HEAD + ",name",
        "1,K1,2026-01-01,2026-01-15,100,,,Kari",
        "2,K1,2026-01-01,2026-01-15,100,2026-01-10,,Ola",
    )
    told = " ".join(found.summary["said"])
    assert "says nothing in any row: paid" in told
    assert "not kept, for the map does not name them: name" in told
    assert "the same everywhere, so nothing can be learned from it: segment, amount" in told


@given(st.permutations([0, 1, 2, 3]), st.lists(st.integers(0, 3), max_size=6))
def test_rows_in_another_order_and_told_again_come_to_the_same(order: list[int], again: list[int]) -> None:
    rows = [
        "1,K1,2026-01-01,2026-01-15,100,2026-01-10,100",
        "2,K2,2026-01-02,2026-01-16,200,2026-01-20,50",
        "2,K2,2026-01-02,2026-01-16,200,2026-02-20,150",
        "3,K1,2026-01-03,2026-01-17,300,,",
    ]
    found, plain = read(INVOICES, HEAD, *(rows[each] for each in [*order, *again])), read(INVOICES, HEAD, *rows)
    assert happened(found) == happened(plain)
    assert sorted(found.invoices.tolist()) == sorted(plain.invoices.tolist())


CHOSEN = """
shape: events
country: NO
currency: NOK
columns: {case: case, activity: what, time: at, channel: by, detail: step, tone: tone%s, propensity: chance}
due: {days: 14}
activities: {begun: {is: issued, amount: sum}, sent: message, held: choice}
"""
CHOSEN_HEAD = "case,what,at,sum,by,step,tone,arm,chance"
CHOSEN_ROWS = (
    "1,begun,2026-01-05 08:00,100,,,,,",
    "1,sent,2026-01-05 09:00,,email,invoice,,,",
    "1,sent,2026-01-19 18:20,,sms,reminder,kind,late text,0.25",
    "2,begun,2026-01-05 08:00,100,,,,,",
    "2,held,2026-01-19 09:00,,,reminder,,,0.1",
    "3,begun,2026-01-05 08:00,100,,,,,",
    "3,sent,2026-01-19 09:00,,letter,reminder,,letter,1.2",
)


def choices(found: FilePast) -> list[tuple[int, str | None, float]]:
    made = found.past.events.of(found.past.events.kind == Happened.CHOICE)
    return list(zip(made.invoice.tolist(), said(made.detail), made.amount.tolist(), strict=True))


def test_contacts_tell_their_arm_and_how_probable_it_was() -> None:
    found = read(CHOSEN % ", arm: arm", CHOSEN_HEAD, *CHOSEN_ROWS)
    assert sorted(choices(found)) == [
        (0, "reminder: late text", 0.25),
        (1, "reminder: none", 0.1),
        (2, "reminder: letter", 1.2),
    ]
    assert [Happened(kind).name for kind in found.past.events.kind.tolist()].count("MESSAGE") == 3
    assert any(
        "no chance above 0 and at most 1, so what they did cannot be weighed (lines 8)" in each
        for each in found.summary["said"]
    )


def test_a_file_without_arms_has_them_by_channel_hour_and_tone() -> None:
    found = choices(read(CHOSEN % "", CHOSEN_HEAD, *CHOSEN_ROWS))
    assert {choice for _, choice, _ in found} == {
        "invoice: email 09:00",
        "reminder: sms 18:00 kind",
        "reminder: letter 09:00",
        "reminder: none",
    }


LEFT = (
    INVOICES.replace("paid: paid}", "paid: paid, left on: left}")
    + "told: {monthly margin: margin}\nthrough: 2026-06-30\n"
)


def lost_of(found: FilePast) -> list[tuple[int, str, float]]:
    told = found.past.told
    rows = told.what.among(LOST)
    return list(zip(told.debtor[rows].tolist(), map(str, told.since[rows]), told.number[rows].tolist(), strict=True))


def test_a_column_says_who_left_which_may_be_known_ahead() -> None:
    found = read(
        LEFT,
        f"{HEAD},left,margin",
        "1,K1,2026-01-05,2026-01-20,100,2026-01-25,60,2026-03-01,20",
        "1,K1,2026-01-05,2026-01-20,100,2026-01-26,40,2026-03-01,20",  # a row a payment: left once
        "2,K1,2026-02-05,2026-02-20,100,2026-02-25,100,2026-03-01,20",
        "3,K2,2026-01-05,2026-01-20,100,,,2027-05-01,20",
        "4,K3,2026-01-05,2026-01-20,100,,,,20",
    )
    assert lost_of(found) == [(0, "2026-03-01", 240.0)]
    assert left_out(found) == {"events after the last day that the file is known through": (1, [5])}


def test_an_activity_says_who_left_with_what_is_lost_and_another_what_interest_came() -> None:
    written = """
shape: events
country: NO
currency: NOK
columns: {case: case, activity: activity, time: time, customer: customer}
activities:
  Invoice: {is: issued, amount: amount}
  Interest: {is: interest, amount: amount}
  Ended: {is: customer left, amount: amount}
due: {days: 14}
"""
    found = read(
        written,
        "case,customer,activity,time,amount",
        "A,K1,Invoice,2026-01-05 08:00:00,100",
        "A,K1,Interest,2026-02-05 08:00:00,1.50",
        "A,K1,Interest,2026-02-06 08:00:00,-0.50",
        "A,K1,Ended,2026-03-01 23:30:00,900",
        "B,K2,Invoice,2026-01-05 08:00:00,100",
    )
    assert lost_of(found) == [(0, "2026-03-01", 900.0)]
    events = found.past.events
    assert events.amount[events.kind == Happened.INTEREST].tolist() == [1.5, -0.5]
