"""Rates of exchange that were told: kept as they came, never changed; of two of one day the later told one counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.registry import country_of
from domain.moment import moment_in
from domain.money.exchange_rates import ExchangeRate, IncomingRate, fault_of
from facts.refusals import Refused

COUNTRY = text("select country from creditor where id = :creditor")
KEEP = text("""
insert into exchange_rate (creditor_id, currency, into_currency, of_day, rate, source, by, happened_at)
values (:creditor, :currency, :into, :on, :rate, :source, :by, :now)
""")
OF_DAY = text("""
select distinct on (currency) currency, into_currency, of_day, rate, source, by, happened_at from exchange_rate
where creditor_id = :creditor and into_currency = :into and of_day = :on order by currency, id desc
""")
LATEST = text("""
select currency, into_currency, of_day, rate, source, by, happened_at from exchange_rate
where creditor_id = :creditor order by id desc limit :most
""")


@dataclass(frozen=True, slots=True)
class Told:
    """A rate, and who told it when."""

    rate: ExchangeRate
    by: str
    at: datetime


async def own_currency(connection: AsyncConnection, creditor: str) -> str:
    """What a creditor keeps its books in: the currency of its country. Refused where that is not known here."""
    home = await _country(connection, creditor)
    if not (currency := country_of(home).currency):
        raise Refused(f"{creditor} is in {home}, whose currency is not known here")
    return currency


async def tell(
    connection: AsyncConnection, creditor: str, rates: Sequence[IncomingRate], by: str, now: datetime
) -> int:
    """Keep rates; gives how many say something new. Refused, with all of them, where one cannot be."""
    home = await own_currency(connection, creditor)
    today = moment_in(await _country(connection, creditor), now).day
    new = 0
    for place, told in enumerate(rates, start=1):
        if fault := fault_of(told, home, today):
            raise Refused(f"rate {place}: {fault}")
        known = (await of_day(connection, creditor, home, told.on)).get(told.currency)
        if known is not None and (known.rate, known.source) == (told.rate, told.source):
            continue
        values = {"currency": told.currency, "into": home, "on": told.on, "rate": told.rate, "source": told.source}
        await connection.execute(KEEP, values | {"creditor": creditor, "by": by, "now": now})
        new += 1
    return new


async def of_day(connection: AsyncConnection, creditor: str, into: str, on: date) -> Mapping[str, ExchangeRate]:
    """The rates of a day into a currency, by the currencies that they are of: no day stands in for another."""
    rows = (await connection.execute(OF_DAY, {"creditor": creditor, "into": into, "on": on})).all()
    return {row.currency: _rate(row) for row in rows}


async def latest(connection: AsyncConnection, creditor: str, most: int) -> Sequence[Told]:
    """The rates that were told last, the newest first."""
    rows = (await connection.execute(LATEST, {"creditor": creditor, "most": most})).all()
    return [Told(_rate(row), row.by, row.happened_at) for row in rows]


async def _country(connection: AsyncConnection, creditor: str) -> str:
    country: str = (await connection.execute(COUNTRY, {"creditor": creditor})).scalar_one()
    return country


def _rate(row: Any) -> ExchangeRate:
    return ExchangeRate(row.currency, row.into_currency, row.of_day, row.rate, row.source)
