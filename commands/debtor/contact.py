"""A contact that a person took: somebody called, or a letter came. It stands in the thread, and does what its topic says."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.change import address_of
from commands.debtor.replies import OF_CASE, heard, lock_cases_of
from commands.debtor.said import Said
from domain.invoices.incoming import LongText, Pdf, Text
from domain.parties.mailed_files import judged
from domain.parties.speakers import Asker
from domain.parties.topics import TOPICS, meaning_in
from facts.parties import debtors
from facts.refusals import Unknown
from planning.service import Planning
from workflows.contracts import Code

CASE = text("""
select c.id from dunning_case c join invoice i on i.id = c.invoice_id where i.creditor_id = :creditor and i.number = :number
""")
OF_DEBTOR = text("select id, creditor_id, customer_number, name_key from debtor where id = :debtor")


class Contact(BaseModel):
    """What was said, by whom it was taken, and whom it is of: an invoice's debtor, or one by customer number."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    channel: Annotated[
        Literal["phone", "letter"], Field(description="How the debtor got in touch.", examples=["phone"])
    ]
    topic: Annotated[
        str,
        Field(
            description=f"What it is about: {', '.join(TOPICS)}.",
            examples=["needs time"],
            json_schema_extra={"enum": list(TOPICS)},
        ),
    ]
    by: Annotated[Code, Field(description="Who took it.", examples=["anne"])]
    text: Annotated[
        LongText | None, Field(description="What was said.", examples=["lost her job, pays from January"])
    ] = None
    address: Annotated[
        Text | None,
        Field(
            description="Which of the debtor's addresses it is about, where somebody says that it is not theirs.",
            examples=["+4791234567"],
        ),
    ] = None
    pdf: Annotated[Pdf | None, Field(description="The letter itself, as it was scanned.", examples=[None])] = None
    asked_by: Annotated[
        Asker | None,
        Field(description="Who said it, where somebody who stands in for the debtor did.", examples=["adviser"]),
    ] = None
    invoice: Annotated[
        Text | None,
        Field(description="The invoice that it is about; else give `customer_number`.", examples=["2026-1001"]),
    ] = None
    customer_number: Annotated[
        Text | None,
        Field(description="Whose contact it is, where it is about no invoice of its own.", examples=["K-1042"]),
    ] = None

    @field_validator("topic")
    @classmethod
    def _known(cls, topic: str) -> str:
        if topic not in TOPICS:
            raise ValueError(f"is no topic: write one of {', '.join(TOPICS)}")
        return topic


async def contact_taken(
    connection: AsyncConnection, planning: Planning, creditor: str, given: Contact, now: datetime
) -> int:
    """Put a contact into its debtor's thread: gives the reply's number. What says something of the claim holds it, or
    disputes it, as the same words in writing do; all else is read by whoever took it.

    Raises Unknown or Conflict where it names no debtor, or several, Refused where the debtor has no such address.
    """
    case = None
    if given.invoice is not None:
        found = await connection.execute(CASE, {"creditor": creditor, "number": given.invoice})
        case = found.scalar_one_or_none()
        if case is None:
            raise Unknown(f"no invoice {given.invoice}")
        owner = (await connection.execute(OF_CASE, {"case": case})).one()
    else:
        debtor = await debtors.find(connection, creditor, given.customer_number or "")
        if debtor is None:
            raise Unknown(f"no debtor {given.customer_number}")
        owner = (await connection.execute(OF_DEBTOR, {"debtor": debtor.id})).one()
    files = judged([(f"{given.channel}.pdf", given.pdf)]) if given.pdf else ()
    said = Said(given.channel, given.text or "", meaning_in(given.topic), case=case)
    if given.address is not None:
        said = replace(said, reached=await address_of(connection, owner.id, given.address))
    await lock_cases_of(connection, [owner])
    return await heard(
        connection,
        planning,
        owner,
        replace(said, topic=given.topic, taken_by=given.by, said_by=given.asked_by, files=files),
        now,
    )
