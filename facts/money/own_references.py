"""Payment references of our own: each names one thing of its creditor's, a plan or a statement, and cannot be guessed."""

from collections.abc import Iterable
from itertools import chain, repeat
from secrets import randbelow

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.registry import paid_in
from domain.money.references import new_reference

DIGITS = 15  # of a KID of our own before its check digit: a length of its own beside the usual ones
NUMBERS = 10 ** (DIGITS - 1)
FIRST_NUMBER = 9 * NUMBERS

WHOSE = text("select country, reference_checks from creditor where id = :creditor")
TAKEN = text("""
select exists (select from invoice where creditor_id = :creditor and reference = :reference)
  or exists (select from mandate where creditor_id = :creditor and reference = :reference)
  or exists (select from instalment_plan where creditor_id = :creditor and reference = :reference)
  or exists (select from account_statement where creditor_id = :creditor and reference = :reference)
""")


async def new(connection: AsyncConnection, creditor: str, currency: str, before: Iterable[str] = ()) -> str:
    """A reference that names nothing of the creditor yet: one of those `before` where any is free, else a random one.

    It is such as banks take where one pays in the currency, by what the creditor agreed with its bank there.
    """
    whose = (await connection.execute(WHOSE, {"creditor": creditor})).one()
    country = paid_in(currency, whose.country)
    agreed = whose.reference_checks.get(country)
    # At random, so that nobody counts the plans of all creditors.
    random = (new_reference(country, str(FIRST_NUMBER + randbelow(NUMBERS)), agreed) for _ in repeat(None))
    wanted = chain(before, random)
    while True:
        reference = next(wanted)
        if not (await connection.execute(TAKEN, {"creditor": creditor, "reference": reference})).scalar_one():
            return reference
