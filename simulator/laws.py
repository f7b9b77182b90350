"""The laws of years to come: what no gazette has told yet is assumed, in simulated worlds alone."""

from dataclasses import replace
from datetime import date

from config.files import read_laws
from domain.countries.law import Law


def laws_until(day: date) -> dict[str, Law]:
    """The laws as shipped; a half-year that has no row yet is assumed to be like the last one."""
    return {country: _assumed(law, day) for country, law in read_laws().items()}


def _assumed(law: Law, day: date) -> Law:
    rows = dict(law.half_years)
    if not rows:
        return law
    while (following := _half_year_after(max(rows))) <= day:
        rows[following] = rows[max(rows)]
    return replace(law, half_years=rows)


def _half_year_after(start: date) -> date:
    return date(start.year, 7, 1) if start.month == 1 else date(start.year + 1, 1, 1)
