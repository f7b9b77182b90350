"""A table of law is asked in one way: the newest row of a day that is of the kind of debtor and of the thing."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.countries.rows import LawMissing, Row, Rows
from domain.vocabulary import DebtorKind

NEW_YEAR, MAY = date(2026, 1, 1), date(2026, 5, 1)
KINDS: list[DebtorKind] = ["consumer", "business", "any"]
WRITTEN = st.lists(
    st.builds(
        Row,
        since=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
        kind=st.sampled_from(KINDS),
        of=st.just(()),
        value=st.integers(),
    ),
    max_size=6,
)


def table(*rows: Row[int]) -> Rows[int]:
    return Rows("xx.yaml", "days", "days: …", rows)


def test_a_row_holds_from_its_day_until_a_later_one() -> None:
    days = table(Row(NEW_YEAR, "any", (), 14), Row(MAY, "any", (), 10))
    assert [days.find(day) for day in (NEW_YEAR - timedelta(days=1), NEW_YEAR, date(2026, 4, 30), MAY)] == [
        None,
        14,
        14,
        10,
    ]


def test_who_may_be_a_consumer_is_one() -> None:
    days = table(Row(NEW_YEAR, "consumer", (), 15), Row(NEW_YEAR, "business", (), 10))
    assert [days.on(MAY, kind) for kind in KINDS] == [15, 10, 15]


def test_a_later_row_of_all_debtors_takes_the_place_of_those_of_some() -> None:
    days = table(Row(NEW_YEAR, "consumer", (), 15), Row(NEW_YEAR, "business", (), 10), Row(MAY, "any", (), 20))
    assert [days.on(MAY, kind) for kind in KINDS] == [20, 20, 20]
    assert days.on(date(2026, 4, 30), "business") == 10


def test_a_row_may_be_of_several_things_and_is_of_no_other() -> None:
    days = table(Row(NEW_YEAR, "any", ("reminder", "notice"), 35), Row(NEW_YEAR, "any", ("plan",), 170))
    assert [days.find(MAY, of=of) for of in ("reminder", "notice", "plan", "extension")] == [35, 35, 170, None]


def test_a_missing_row_names_the_file_the_table_and_the_words_to_add() -> None:
    with pytest.raises(LawMissing) as missing:
        table(Row(MAY, "business", (), 10)).on(NEW_YEAR, "business", of="grid")
    assert str(missing.value) == (
        "xx.yaml has no row in days for grid on 2026-01-01 (a business): add "
        "`- {from: 2026-01-01, days: …, verified: …}` with what the law says"
    )


@given(rows=WRITTEN, on=st.dates(date(2019, 1, 1), date(2031, 1, 1)), kind=st.sampled_from(KINDS))
def test_what_is_found_is_in_force_of_the_kind_and_the_newest(rows: list[Row[int]], on: date, kind: DebtorKind) -> None:
    asked = "consumer" if kind == "any" else kind
    fitting = [row for row in rows if row.since <= on and row.kind in ("any", asked)]
    found = table(*rows).find(on, kind)
    assert found == (None if not fitting else max(reversed(fitting), key=lambda row: row.since).value)
