"""The day's file for a collection partner: what it says, word for word, and how it gets into the folder whole."""

import re
from base64 import b64decode, b64encode
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, JsonValue, PlainSerializer

from connectors.published_files import PublishedFiles

_Base64 = Annotated[
    bytes,
    BeforeValidator(lambda given: b64decode(given, validate=True) if isinstance(given, str) else given),
    PlainSerializer(lambda raw: b64encode(raw).decode(), return_type=str, when_used="json"),
]
_NAME = re.compile(r"\d{4}-\d\d-\d\d-[a-z0-9][a-z0-9-]*\.json")


class _Part(BaseModel):
    """A part of the file. Amounts are decimal strings, dates ISO 8601, moments UTC."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Creditor(_Part):
    """Who is owed."""

    id: str
    name: str
    organisation_number: str | None


class ContactPoint(_Part):
    """An address in one channel; `state` is valid, bounced, opted out or wrong."""

    channel: str
    address: str
    state: str
    of_representative: bool
    last_confirmed_at: datetime | None


class Debtor(_Part):
    """Who owes. With a protected address neither it nor a letter that shows it is told."""

    kind: Literal["consumer", "business"]
    name: str
    customer_number: str | None
    organisation_number: str | None
    birth_date: date | None
    language: str
    country: str
    representative: str | None
    protected_address: bool
    address: tuple[str, ...] | None
    contact_points: tuple[ContactPoint, ...]


class InvoiceLine(_Part):
    """One line of the invoice."""

    text: str
    quantity: Decimal | None
    amount: Decimal | None


class Invoice(_Part):
    """The invoice as the debtor got it; `due_date` is the one in force, `reference` the payment reference."""

    number: str
    issue_date: date
    due_date: date
    original_due_date: date
    currency: str
    amount: Decimal
    reference: str | None
    account: str | None
    lines: tuple[InvoiceLine, ...]


class Owed(_Part):
    """What is owed at the export, principal, fee and interest apart."""

    principal: Decimal
    fee: Decimal
    interest: Decimal
    currency: str


class LedgerEntry(_Part):
    """One booking: `amount` is positive when it adds to the debt. `id` counts the invoice's bookings from 1, and
    `reverses` names the one it takes back.
    """

    id: int
    kind: str
    part: str
    amount: Decimal
    currency: str
    booked_on: date
    source: str
    source_id: str
    reverses: int | None


class Notice(_Part):
    """The collection notice that the hand-off rests on, and the last day it gave."""

    delivery: UUID
    sent_on: date
    deadline: date | None


class ProviderEvent(_Part):
    """What a provider told of a delivery: the evidence."""

    provider: str
    kind: str
    happened_at: datetime


class Delivery(_Part):
    """One message exactly as sent: `document` holds its text, `pdf` a letter in base64."""

    id: UUID
    round: int
    step: str
    channel: str
    message: str
    tone: str
    language: str
    alert: bool
    state: str
    fee: Decimal
    currency: str
    deadline: date | None
    claimed_at: datetime
    accepted_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    read_by: str | None
    failed_at: datetime | None
    failure: str | None
    posted_on: date | None
    document: dict[str, JsonValue]
    pdf: _Base64 | None
    events: tuple[ProviderEvent, ...]


class CaseEvent(_Part):
    """Who did what when."""

    kind: str
    by: str
    detail: dict[str, JsonValue]
    happened_at: datetime


class HandedOff(_Part):
    """One case with its full history. The partner answers with the id `hand_off`."""

    hand_off: str
    queued_at: datetime
    debtor: Debtor
    invoice: Invoice
    owed: Owed
    ledger: tuple[LedgerEntry, ...]
    notice: Notice | None
    deliveries: tuple[Delivery, ...]
    events: tuple[CaseEvent, ...]


class Message(_Part):
    """News of an earlier hand-off, acknowledged by its `id`.

    direct_payment: the creditor was paid `amount`, ordered at the bank on `ordered_on`. change: the debt changed by
    `amount`. recall: give the case back, at no cost to the debtor. answer: what was asked as `question` is answered.
    """

    id: str
    hand_off: str
    invoice: str
    kind: Literal["direct_payment", "change", "recall", "answer"]
    amount: Decimal | None
    currency: str
    ordered_on: date | None
    reason: str | None
    question: str | None = None
    answer: str | None = None
    happened_at: datetime


class HandOffFile(_Part):
    """What leaves for one creditor's collection partner on one day."""

    schema_version: Literal["purr-hand-off/2"] = "purr-hand-off/2"
    date: date
    creditor: Creditor
    collection_partner: str
    hand_offs: tuple[HandedOff, ...]
    messages: tuple[Message, ...]


class HandOffFiles(PublishedFiles):
    """The folder that the partner collects from."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made when missing."""
        super().__init__(folder, _NAME)

    def prepare_file(self, content: HandOffFile) -> str:
        """Write a file that nobody sees yet; gives its name, "date-creditor.json". One prepared before is replaced."""
        name = self.name(content.date, content.creditor.id)
        self.prepare(name, content.model_dump_json(indent=1).encode())
        return name

    @staticmethod
    def name(day: date, creditor: str) -> str:
        """The name of a creditor's file of a day."""
        return f"{day}-{creditor}.json"
