"""Every row of every country has a vector: a question and the answer, worked by hand. A new row fails until it has one."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date, time, timedelta
from decimal import Decimal

import pytest

from domain.countries.law import Law
from domain.countries.notices import TRADES
from domain.countries.rows import Rows
from tests.domain.builders import LAWS
from tests.domain.countries.test_fi import AGREED as FINNISH
from tests.domain.countries.test_se import AGREED as SWEDISH

DAY = date(2026, 6, 1)  # a Monday; no holiday of the three countries follows before the 6th
OURS = ("principal", "interest", "fee")
THEIRS = ("fee", "interest", "principal")
ELSEWHERE = {"ways_to_pay", "rounding"}  # tables whose vectors stand with what reads them

Question = Callable[[Law], object]
VECTORS: dict[str, tuple[Question, object]] = {}


def vector(row: str, asked: Question, answer: object) -> None:
    """Of a row, as `SE fees from 2013-03-16 of [plan]`."""
    assert row not in VECTORS
    VECTORS[row] = (asked, answer)


def opening(day: date, clock: time) -> Question:
    """When somebody who is to be reached then is reached, in their own time."""

    def asked(law: Law) -> str:
        at = law.calendar.next_contact_time(law.calendar.at(day, clock), law.contact_hours)
        return f"{law.calendar.here(at).local:%d %H:%M}"

    return asked


for _code in ("NO", "SE", "FI"):
    vector(
        f"{_code} contact_hours from 1980-01-01",
        lambda law: [
            opening(date(2026, 6, 8), time(7, 59))(law),
            opening(date(2026, 6, 8), time(21))(law),
            opening(date(2026, 6, 12), time(21))(law),  # a Friday night: Saturday at nine
            opening(date(2026, 6, 13), time(15))(law),  # a Saturday afternoon: Monday
        ],
        ["08 08:00", "09 08:00", "13 09:00", "15 08:00"],
    )
    # Born on 2 July 2008: of age on 2 July 2026.
    vector(
        f"{_code} majority from 1980-01-01",
        lambda law: [law.is_minor(date(2008, 7, 2), date(2026, 7, day)) for day in (1, 2)],
        [True, False],
    )
    vector(
        f"{_code} licences from 2026-11-20 for consumer",
        lambda law: [law.may_charge_time(date(2026, 11, day), "consumer") for day in (19, 20)],
        [True, False],
    )
# Too late on Monday 8 June: on Tuesday, but on Åland that is the day of its self-government, so on Wednesday.
vector(
    "FI regions from 1980-01-01 of [Åland]",
    lambda law: [
        opening(date(2026, 6, 8), time(21))(law.felt_in("FI", law, place))
        for place in ("22100 MARIEHAMN", "22999 X", "21999 X", "23000 X", "00100 HELSINKI", "")
    ],
    ["10 08:00", "10 08:00", "09 08:00", "09 08:00", "09 08:00", "09 08:00"],
)
# Posted on Monday 8 June: four banking days on is Friday, five is Monday the 15th.
vector("NO letter_transit from 1980-01-01", lambda law: law.arrives(date(2026, 6, 8)), date(2026, 6, 12))
vector("SE letter_transit from 1980-01-01", lambda law: law.arrives(date(2026, 6, 8)), date(2026, 6, 15))
vector("FI letter_transit from 1980-01-01", lambda law: law.arrives(date(2026, 6, 8)), date(2026, 6, 15))
# There on Monday the 15th: ten days on is Thursday the 25th. Midsummer Eve and the weekend lie between.
for _kind in ("consumer", "business"):
    vector(
        f"FI time_to_pay from 1999-09-01 for {_kind}",
        lambda law, kind=_kind: law.deadline(1, sent=date(2026, 6, 8), arrives=date(2026, 6, 15), kind=kind),
        date(2026, 6, 25),
    )

# --- what may be charged -----------------------------------------------------------------------------------------

vector("NO fees from 1980-01-01 of [reminder, notice]", lambda law: law.statutory_fee(DAY), 38)  # 750 / 20 is 37.50
vector("SE fees from 2013-03-16 of [reminder]", lambda law: law.statutory_fee(DAY), 60)
vector("SE fees from 2013-03-16 of [notice]", lambda law: law.statutory_fee(DAY, of="notice"), 180)
vector("SE fees from 2013-03-16 of [plan]", lambda law: law.statutory_fee(DAY, of="plan"), 170)
vector(
    "FI fees from 1999-09-01 for consumer of [reminder, notice]",
    lambda law: [law.statutory_fee(DAY, "consumer", of) for of in ("reminder", "notice")],
    [5, 5],
)
vector(
    "FI fees from 2022-05-01 for business of [reminder, notice]",
    lambda law: [law.statutory_fee(day, "business") for day in (date(2022, 5, 1), DAY)],
    [12, 12],
)
vector(
    "FI fees from 1999-09-01 for consumer of [extension]",
    lambda law: law.statutory_fee(DAY, "consumer", "extension"),
    5,
)
vector(
    "FI fees from 2013-03-16 for consumer of [plan]",
    lambda law: law.statutory_fee(DAY, "consumer", "plan", principal=Decimal(400), parts=6),
    30,
)
for _code, _sum in (("NO", 460), ("SE", 450), ("FI", 40)):
    vector(
        f"{_code} compensation from {'1980-01-01' if _code == 'NO' else '2013-03-16'} for business",
        lambda law: law.b2b_compensation(DAY),
        _sum,
    )
# Due on Monday 1 June where that was agreed, and not, of an invoice of 20 May: 30 days on is 19 June, Midsummer Eve, so Monday.
vector(
    "NO interest from 1980-01-01",
    lambda law: (law.interest_rate(DAY), law.interest_due(DAY, date(2026, 5, 20))),
    (12, DAY),
)
vector(
    "SE interest from 2002-07-01",
    lambda law: (law.interest_rate(DAY), law.interest_due(DAY, date(2026, 5, 20)), SWEDISH.interest_due(DAY, DAY)),
    (10, date(2026, 6, 22), DAY),
)
for _kind, _rate in (("consumer", "9.5"), ("business", "10.5")):
    vector(
        f"FI interest from 2013-03-16 for {_kind}",
        lambda law, kind=_kind: (
            law.interest_rate(DAY, kind),
            law.interest_due(DAY, date(2026, 5, 20), kind),
            FINNISH.interest_due(DAY, DAY, kind),
        ),
        (Decimal(_rate), date(2026, 6, 22), DAY),
    )
for _row, _order in (
    ("NO allocation from 1980-01-01", THEIRS),
    ("SE allocation from 1980-01-01", THEIRS),
    ("FI allocation from 1999-09-01 for consumer", OURS),
    ("FI allocation from 1999-09-01 for business", THEIRS),
):
    _whose = "business" if _row.endswith("business") else "consumer"
    vector(
        _row,
        lambda law, kind=_whose: (law.allocation_for(None, DAY, kind), law.allocation_for(THEIRS, DAY, kind)),
        (OURS, _order),
    )
vector("NO set_off from 1980-01-01", lambda law: law.set_offs.find(DAY), True)

# --- notices, letters and the end --------------------------------------------------------------------------------

# Sent on Monday 1 June and there on Monday the 8th: 14 days from sending; 8, and four banking days from the 8th; 10 from sending.
for _row, _until in (
    ("NO notices from 1980-01-01", date(2026, 6, 15)),
    ("SE notices from 1975-01-01", date(2026, 6, 12)),
    ("FI notices from 1999-09-01 for consumer", date(2026, 6, 11)),
    ("FI notices from 1999-09-01 for business", date(2026, 6, 11)),
):
    _whose = "business" if _row.endswith("business") else "consumer"
    vector(
        _row,
        lambda law, kind=_whose: (
            law.shortest_notice(kind, sent=DAY, arrives=date(2026, 6, 8)),
            law.notice_expires(DAY, kind),
        ),
        (_until, date(2026, 12, 1)),
    )
for _row, _formal in (
    ("NO forms from 1980-01-01", {"letter", "email"}),
    ("SE forms from 1980-01-01", {"letter"}),
    ("FI forms from 1999-09-01", {"letter", "email"}),
):
    vector(_row, lambda law: law.forms.on(DAY).all, _formal)
for _row in (
    "NO notice_senders from 2024-01-01",
    "SE notice_senders from 1975-01-01",
    "FI notice_senders from 1999-09-01",
):
    vector(_row, lambda law: law.notice_sender(DAY), "creditor")
for _row, _years in (
    ("NO limitations from 1980-01-01", 2029),
    ("SE limitations from 1982-01-01 for consumer", 2029),
    ("SE limitations from 1982-01-01 for business", 2036),
    ("FI limitations from 2004-01-01", 2029),
):
    _whose = "business" if _row.endswith("business") else "consumer"
    vector(_row, lambda law, kind=_whose: law.limitation_ends(DAY, kind, DAY), date(_years, 6, 1))
for _trade in TRADES:
    for _kind, _days in (("consumer", 28), ("business", 14)):
        vector(
            f"NO service_notices from 2024-01-01 for {_kind} of {_trade}",
            lambda law, kind=_kind, trade=_trade: law.service_notice_days(kind, DAY, trade),
            _days,
        )
vector(
    "NO filings from 1980-01-01",
    lambda law: [getattr(law.filings.on(DAY), f"{of}_days") for of in ("estate", "bankruptcy", "debt_settlement")],
    [42, 21, 21],
)
# A name, and whether somebody must have registered it.
for _row, _must, _short in (
    ("NO sender_names from 1980-01-01", "required", True),
    ("SE sender_names from 1980-01-01", "voluntary", True),
    ("FI sender_names from 1980-01-01", "voluntary", True),
    ("FI sender_names from 2026-05-04", "required", False),
):
    _on = date.fromisoformat(_row[-10:]) + timedelta(days=1)
    vector(
        _row,
        lambda law, on=_on: (law.sender_names.on(on).registration, law.sender_names.on(on).fault("AB") is None),
        (_must, _short),
    )
# A letter in a digital mailbox: a reminder that costs, and a notice; in Finland nothing lets a notice go so.
for _row, _counts in (
    ("NO digital_mailboxes from 1980-01-01", ("reminder", "notice")),
    ("SE digital_mailboxes from 1980-01-01", ("reminder", "notice")),
    ("FI digital_mailboxes from 1999-09-01", ("reminder",)),
):
    vector(_row, lambda law: law.digital_mailboxes.on(DAY, "consumer"), _counts)


# --- what is drawn -----------------------------------------------------------------------------------------------

for _code, _rules in (("NO", ("14:00", 4, 7, 12, 5)), ("SE", ("19:00", 12, 12, 12, 4))):
    vector(
        f"{_code} direct_debit from 2024-01-01",
        lambda law: [
            (
                f"{each.cut_off:%H:%M}",
                each.notice_days,
                each.bank_notice_days,
                each.months_ahead,
                each.grace_banking_days,
            )
            for each in filter(None, [law.calendar.rules_of_draws(DAY)])
        ],
        [_rules],
    )

# --- the figures of each half-year -------------------------------------------------------------------------------

FIGURES: dict[str, dict[str, tuple[str, ...]]] = {
    "NO": {  # interest, compensation between businesses, inkassosats
        "2024-01-01": ("12.50", "470", "700"),
        "2024-07-01": ("12.50", "460", "700"),
        "2025-01-01": ("12.50", "470", "700"),
        "2025-07-01": ("12.25", "460", "700"),
        "2026-01-01": ("12.00", "460", "750"),
        "2026-07-01": ("12.25", "430", "750"),
    },
    "SE": {
        "2024-01-01": ("4.00",),
        "2024-07-01": ("4.00",),
        "2025-01-01": ("3.00",),
        "2025-07-01": ("2.00",),
        "2026-01-01": ("2.00",),
    },
    "FI": {
        "2024-01-01": ("4.50",),
        "2024-07-01": ("4.50",),
        "2025-01-01": ("3.50",),
        "2025-07-01": ("2.50",),
        "2026-01-01": ("2.50",),
    },
}


def rows_of(code: str) -> list[str]:
    """Every row of a country's file but the half-years', as the vectors name them."""
    law = LAWS[code]
    tables = [each for each in (*(getattr(law, field.name) for field in fields(law)), law.calendar.draws) if each]
    return [
        f"{code} {table.table} from {row.since}"
        + (f" for {row.kind}" if row.kind != "any" else "")
        + (f" of {row.of[0]}" if table.table == "service_notices" else f" of [{', '.join(row.of)}]" if row.of else "")
        for table in tables
        if isinstance(table, Rows) and table.table not in ELSEWHERE
        for row in table
    ]


def test_every_row_has_a_vector_and_every_vector_a_row() -> None:
    assert VECTORS.keys() == {row for code in LAWS for row in rows_of(code)}


@pytest.mark.parametrize("row", VECTORS)
def test_each_row_answers_as_it_was_worked_by_hand(row: str) -> None:
    asked, answer = VECTORS[row]
    assert asked(LAWS[row[:2]]) == answer


def test_each_half_year_has_its_figures() -> None:
    told = {
        code: {str(since): tuple(map(str, figures.values())) for since, figures in law.half_years.items()}
        for code, law in LAWS.items()
    }
    assert told == FIGURES
