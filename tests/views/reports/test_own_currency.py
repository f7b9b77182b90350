"""A report in the creditor's own currency: by the rate of its day and no other, and what has none says so."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from domain.money.exchange_rates import ExchangeRate, IncomingRate
from facts.money import exchange_rates
from facts.refusals import Refused
from tests.store import Store
from tests.views.reports.test_receivables import NOW, ON, by_hand
from views.reports.own_currency import in_own_currency
from views.reports.registry import REPORTS
from views.reports.report import Report, make

EUR = {"currency": "EUR", "on": ON, "rate": "11.60", "source": "Norges Bank"}


async def told(store: Store, *rates: dict[str, Any], creditor: str = "acme") -> int:
    async with store.database.transaction() as connection:
        given = [IncomingRate.model_validate(EUR | each) for each in rates]
        return await exchange_rates.tell(connection, creditor, given, "anne", NOW)


async def converted(store: Store, name: str = "ageing", on: date | None = None) -> Report:
    async with store.database.snapshot() as connection:
        return await in_own_currency(connection, await make(connection, REPORTS[name], ["acme"], on, None))


async def in_euro(store: Store) -> None:
    """The ledger of the docs' example, of which invoice B (500) and D (400, overdue for long) are in euro."""
    await by_hand(store)
    await store.do("alter table ledger_entry disable trigger append_only")
    for table in ("invoice", "ledger_entry"):
        which = (
            "number in ('B', 'D')"
            if table == "invoice"
            else ("invoice_id in (select id from invoice where number in ('B', 'D'))")
        )
        await store.do(f"update {table} set currency = 'EUR' where {which}")
    await store.do("alter table ledger_entry enable trigger append_only")


async def test_amounts_are_converted_at_the_rate_of_the_day_and_added_up(store: Store) -> None:
    await in_euro(store)
    await told(store, {})
    report = await converted(store)
    rows = {row["converted_from"]: (row["currency"], row["owed"], row["invoices"]) for row in report.rows}
    plain = {row["currency"]: row for row in (await plain_ageing(store)).rows}
    assert rows["EUR"] == ("NOK", plain["EUR"]["owed"] * Decimal("11.60"), plain["EUR"]["invoices"])
    assert rows[""] == ("NOK", plain["NOK"]["owed"], plain["NOK"]["invoices"])
    assert rows["all"] == ("NOK", rows["EUR"][1] + rows[""][1], rows["EUR"][2] + rows[""][2])
    assert report.sentences["acme"].endswith("; at 1 EUR = 11.6 NOK (Norges Bank)")
    assert [column.name for column in report.spec.columns] == list(report.rows[-1])


async def plain_ageing(store: Store) -> Report:
    async with store.database.snapshot() as connection:
        return await make(connection, REPORTS["ageing"], ["acme"], None, None)


@pytest.mark.parametrize(
    "known",
    [
        [],
        [{"on": ON - timedelta(days=1)}],
        [{"currency": "SEK"}],
    ],
)
async def test_without_a_rate_of_the_day_it_stays_as_it_is_and_says_so(
    store: Store, known: list[dict[str, Any]]
) -> None:
    await in_euro(store)
    await told(store, *known)
    report = await converted(store)
    assert {row["currency"]: row["converted_from"] for row in report.rows} == {"EUR": "", "NOK": ""}
    assert f"no rate from EUR to NOK was told of {ON}: it stays in EUR" in report.sentences["acme"]


async def test_the_same_again_changes_nothing_and_what_is_told_later_counts(store: Store) -> None:
    await in_euro(store)
    assert await told(store, {}, {}) == 1
    assert await told(store, {}) == 0
    assert await told(store, {"rate": "11.70", "source": "Norges Bank, corrected"}) == 1
    assert "at 1 EUR = 11.7 NOK (Norges Bank, corrected)" in (await converted(store)).sentences["acme"]
    assert len(await store.rows("select id from exchange_rate")) == 2
    with pytest.raises(DBAPIError, match="exchange_rate"):
        await store.do("update exchange_rate set rate = 1")


async def test_another_creditors_rates_are_its_own(store: Store) -> None:
    await in_euro(store)
    await told(store, {}, creditor="beta")
    assert "no rate from EUR" in (await converted(store)).sentences["acme"]


@pytest.mark.parametrize(
    ("rate", "why"),
    [
        ({"currency": "NOK"}, "NOK is the creditor's own currency"),
        ({"on": ON + timedelta(days=2)}, "is ahead"),
    ],
)
async def test_a_rate_that_cannot_be_is_refused_with_all_that_came_with_it(
    store: Store, rate: dict[str, Any], why: str
) -> None:
    await by_hand(store)
    with pytest.raises(Refused, match=why):
        await told(store, {}, rate)
    assert await store.rows("select id from exchange_rate") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": "0"},
        {"rate": "-1"},
        {"rate": "1e3"},
        {"rate": "NaN"},
        {"currency": "EURO"},
        {"source": ""},
        {"on": "soon"},
    ],
)
def test_what_is_no_rate_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        IncomingRate.model_validate(EUR | wrong)


def month_ends() -> list[date]:
    """The last days of the months before the day of the report, the latest first."""
    firsts = [ON.replace(day=1)]
    for _ in range(13):
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    return [first - timedelta(days=1) for first in firsts]


async def test_what_is_of_a_month_is_converted_at_that_months_last_rate_and_no_other(store: Store) -> None:
    await in_euro(store)
    last, *_ = month_ends()
    await told(store, {}, {"on": last, "rate": "10.00"})
    async with store.database.snapshot() as connection:
        plain = await make(connection, REPORTS["dso"], ["acme"], None, None)
        report = await in_own_currency(connection, plain)
    rates = {f"{ON:%Y-%m}": Decimal("11.60"), f"{last:%Y-%m}": Decimal("10.00")}
    euro = [row for row in plain.rows if row["currency"] == "EUR"]
    made = [row for row in report.rows if row["converted_from"] == "EUR" or row["currency"] == "EUR"]
    assert len(euro) > 2
    for before, after in zip(euro, made, strict=True):
        rate = rates.get(before["month"])
        expected = ("NOK", before["owed"] * rate) if rate else ("EUR", before["owed"])
        assert (after["currency"], after["owed"], after["days"]) == (*expected, before["days"])
    assert f"at 1 EUR = 10 NOK (Norges Bank) on {last}" in report.sentences["acme"]
    assert f"no rate from EUR to NOK was told of {month_ends()[1]}: it stays in EUR" in report.sentences["acme"]


async def test_every_report_can_be_asked_for_so(store: Store) -> None:
    await in_euro(store)
    await told(store, *({"on": day} for day in (ON, *month_ends())))
    for name in REPORTS:
        report = await converted(store, name)
        assert {row.get("currency") for row in report.rows} <= {"NOK", None}, name


@given(st.decimals(min_value=0, max_value=10**7, places=2), st.decimals(min_value="0.0001", max_value=1000, places=4))
def test_an_amount_is_converted_to_the_hundredth_halves_away_from_zero(amount: Decimal, rate: Decimal) -> None:
    made = ExchangeRate("EUR", "NOK", ON, rate, "a bank").converted(amount)
    assert abs(made - amount * rate) <= Decimal("0.005")
    assert made == ExchangeRate("EUR", "NOK", ON, rate, "a bank").converted(-amount) * -1
