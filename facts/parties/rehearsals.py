"""Who gets all messages of a creditor in test mode: somebody who wants to see them as a debtor would."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import IncomingDebtor
from facts.parties import clocks
from facts.parties.creditors import country_of
from facts.refusals import Refused

LATEST = text("""
select email, phone, by, reason_code, happened_at from rehearsal where creditor_id = :creditor order by id desc limit 1
""")
ADD = text("""
insert into rehearsal (creditor_id, email, phone, by, reason_code, happened_at)
values (:creditor, :email, :phone, :by, :reason_code, :now)
""")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Where the messages go, emails and letters to the one address, SMS and direct messages to the other; since when (UTC)."""

    email: str | None
    phone: str | None
    by: str
    reason_code: str
    since: datetime


async def rehearsal_of(connection: AsyncConnection, creditor: str) -> Rehearsal | None:
    """Who gets a creditor's messages; None where nobody does."""
    row = (await connection.execute(LATEST, {"creditor": creditor})).one_or_none()
    return Rehearsal(*row) if row and (row.email or row.phone) else None


async def send_to(
    connection: AsyncConnection,
    creditor: str,
    email: str | None,
    phone: str | None,
    by: str,
    reason_code: str,
    now: datetime,
) -> None:
    """From now on the messages go there, and to nobody where neither is given.

    Raises LiveCreditor for one that is not in test mode, and Refused, in words, for what is no address.
    """
    await clocks.own_clock(connection, creditor)
    country = await country_of(connection, creditor)
    try:
        given = IncomingDebtor(name="rehearsal", country=country, email=email, phone=phone)
    except ValidationError as error:
        raise Refused("; ".join(f"{fault['loc'][0]}: {fault['msg']}" for fault in error.errors())) from error
    if email and not given.email_address:
        raise Refused(f"{email} is not an email address")
    if phone and not given.phone_number:
        raise Refused(f"{phone} is not a mobile phone number: write it with its country, as +47 …")
    values = {"creditor": creditor, "email": given.email_address, "phone": given.phone_number}
    await connection.execute(ADD, values | {"by": by, "reason_code": reason_code, "now": now})
