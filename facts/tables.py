"""Every table of facts. Money is NUMERIC, history is append-only, each fact says when it happened and was recorded."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

MONEY = Numeric(14, 2)


def moment(**column: Any) -> Any:
    """A column for a moment in UTC."""
    return Field(sa_type=DateTime(timezone=True), **column)


def recorded() -> Any:
    """When the database wrote the row: for audit, no rule reads it."""
    return Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": text("clock_timestamp()"), "nullable": False},
    )


def money(**column: Any) -> Any:
    """A column for an amount, two decimals, in the row's or its invoice's currency."""
    return Field(sa_type=MONEY, **column)


def document() -> Any:
    """A column for a small JSON document."""
    return Field(default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default=text("'{}'::jsonb")))


# --- who -------------------------------------------------------------------------------------------------------


class Creditor(SQLModel, table=True):
    """The company that is owed. `id` is a short name that is part of every workflow id."""

    id: str = Field(primary_key=True, max_length=40)
    name: str
    organisation_number: str | None = Field(default=None, unique=True)
    country: str = "NO"
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    address: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    policies: dict[str, str] = document()  # debtor kind -> policy name
    collection_partner: str | None = None
    message_costs: dict[str, str] = document()  # channel -> cost of one message or SMS segment
    open_tracking: bool = True
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class BankAccount(SQLModel, table=True):
    """An account money comes in on, and the day through which its bank data is imported."""

    __tablename__ = "bank_account"
    creditor_id: str = Field(primary_key=True, foreign_key="creditor.id")
    account: str = Field(primary_key=True)
    imported_through: date | None = None
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class ApiKey(SQLModel, table=True):
    """A creditor's key to the API; only its SHA-256 is kept."""

    __tablename__ = "api_key"
    key_hash: str = Field(primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    label: str
    revoked_at: datetime | None = moment(default=None)
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class Debtor(SQLModel, table=True):
    """A creditor's customer. `key` is the customer number, or what stands for it."""

    __table_args__ = (UniqueConstraint("creditor_id", "key"),)
    id: int | None = Field(default=None, primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id")
    key: str
    customer_number: str | None = None
    kind: str
    name: str
    organisation_number: str | None = None
    birth_date: date | None = None
    language: str = "nb"
    country: str = "NO"
    address: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    representative: str | None = None  # a guardian or adviser who gets every message instead
    stop_reason: str | None = None
    protected_address: bool = False
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class ContactPoint(SQLModel, table=True):
    """An address in one channel and how well it works."""

    __tablename__ = "contact_point"
    __table_args__ = (UniqueConstraint("debtor_id", "channel", "address", "of_representative"),)
    id: int | None = Field(default=None, primary_key=True)
    debtor_id: int = Field(foreign_key="debtor.id", index=True)
    channel: str
    address: str
    state: str = "valid"  # valid | bounced | opted out | wrong | replaced
    of_representative: bool = False
    last_confirmed_at: datetime | None = moment(default=None)
    wrote_from_at: datetime | None = moment(default=None)
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


# --- what is owed ----------------------------------------------------------------------------------------------


class Invoice(SQLModel, table=True):
    """An invoice as the billing system gave it; `due_date` is the one in force."""

    __table_args__ = (
        UniqueConstraint("creditor_id", "number"),
        Index("invoice_reference", "creditor_id", "reference"),
    )
    id: int | None = Field(default=None, primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id")
    debtor_id: int = Field(foreign_key="debtor.id", index=True)
    number: str
    issue_date: date
    due_date: date
    original_due_date: date
    currency: str
    amount: Decimal = money()
    reference: str | None = None
    account: str | None = None
    segment: str | None = None
    claim_due: date | None = None
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class InvoiceLine(SQLModel, table=True):
    """One line of an invoice."""

    __tablename__ = "invoice_line"
    invoice_id: int = Field(primary_key=True, foreign_key="invoice.id")
    position: int = Field(primary_key=True)
    text: str
    quantity: Decimal | None = Field(default=None, sa_type=Numeric(18, 4))
    amount: Decimal | None = money(default=None)
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class LedgerEntry(SQLModel, table=True):
    """One booking on an invoice; the balance is the sum. Never changed, never deleted (a trigger sees to it)."""

    __tablename__ = "ledger_entry"
    __table_args__ = (UniqueConstraint("creditor_id", "source", "source_id"),)
    id: int | None = Field(default=None, primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id")
    invoice_id: int = Field(foreign_key="invoice.id", index=True)
    kind: str  # principal | fee | interest | credit | payment | reversal
    part: str = "principal"  # what the amount changes: principal | fee | interest
    amount: Decimal = money()  # positive adds to the debt, negative takes away
    currency: str
    booked_on: date
    source: str  # who says so: invoice, credit note, delivery, a bank file, a payment provider …
    source_id: str  # that source's own id: the same fact books once
    reverses: int | None = Field(default=None, foreign_key="ledger_entry.id")
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class IncomingPayment(SQLModel, table=True):
    """Money that arrived, each transaction once, booked on an invoice or waiting to be matched."""

    __tablename__ = "incoming_payment"
    __table_args__ = (UniqueConstraint("creditor_id", "source", "source_id"),)
    id: int | None = Field(default=None, primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id")
    source: str
    source_id: str
    invoice_id: int | None = Field(default=None, foreign_key="invoice.id", index=True)
    amount: Decimal = money()
    currency: str
    booked_on: date
    reference: str | None = None
    account: str | None = None
    debit_account: str | None = None
    text: str | None = None
    unmatched: str | None = None  # why it was not booked
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


# --- the case --------------------------------------------------------------------------------------------------


class PolicyText(SQLModel, table=True):
    """A policy's text by its hash: a case keeps the text it started with."""

    __tablename__ = "policy_text"
    hash: str = Field(primary_key=True)
    name: str
    text: str
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class DunningCase(SQLModel, table=True):
    """One invoice's dunning process. `next_*` repeat the latest decision so that lists need no workflow."""

    __tablename__ = "dunning_case"
    __table_args__ = (Index("dunning_case_debtor", "debtor_id", "state"),)
    id: int | None = Field(default=None, primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    invoice_id: int = Field(foreign_key="invoice.id", unique=True)
    debtor_id: int = Field(foreign_key="debtor.id")
    policy_hash: str = Field(foreign_key="policy_text.hash")
    round: int = 1
    state: str = "open"  # open | closed
    outcome: str | None = None
    news_seq: int = 0
    withdrawn_at: datetime | None = moment(default=None)
    next_kind: str | None = None
    next_step: str | None = None
    next_message: str | None = None
    next_channel: str | None = None
    next_at: datetime | None = moment(default=None)
    next_why: str | None = None
    flag: str | None = None
    looked_at: datetime | None = moment(default=None)
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class _OfCase(SQLModel):
    """What every fact of a case has."""

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="dunning_case.id", index=True)
    by: str
    reason_code: str
    note: str | None = None  # free text stays here, never in a workflow's history
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class Hold(_OfCase, table=True):
    """A pause a person asked for."""

    until: datetime | None = moment(default=None)
    released_at: datetime | None = moment(default=None)
    released_by: str | None = None


class Dispute(_OfCase, table=True):
    """The debtor disagrees: everything stops until it is resolved."""

    resolved_at: datetime | None = moment(default=None)
    resolved_by: str | None = None
    upheld: bool | None = None
    quiet_until: date | None = None  # a rejected dispute gives new days


class Approval(_OfCase, table=True):
    """A person's verdict on a hand-off."""

    round: int
    approved: bool


class Skip(_OfCase, table=True):
    """A step that a person left out of this round."""

    round: int
    step: str


class SendRequest(_OfCase, table=True):
    """A step that a person wants sent at once."""

    __tablename__ = "send_request"
    round: int
    step: str


class Task(SQLModel, table=True):
    """Work for a person: a call, an address to find, an approval, an estate to file with."""

    __table_args__ = (UniqueConstraint("case_id", "round", "step", "kind"),)
    id: int | None = Field(default=None, primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    case_id: int = Field(foreign_key="dunning_case.id", index=True)
    round: int
    step: str
    kind: str  # call | address | approval
    why: str
    done_at: datetime | None = moment(default=None)
    done_by: str | None = None
    result: str | None = None
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class Delivery(SQLModel, table=True):
    """One message through one channel, claimed before it is sent; it may serve several cases of a debtor."""

    id: UUID = Field(primary_key=True)
    serial: int = Field(unique=True)  # a short name for links, from the sequence delivery_serial
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    debtor_id: int = Field(foreign_key="debtor.id", index=True)
    channel: str
    message: str
    tone: str
    language: str
    alert: bool = False
    state: str  # claimed | accepted | unavailable | failed | shadow | withdrawn (a letter pulled before printing)
    attempt: int = 1
    contact_point_id: int | None = Field(default=None, foreign_key="contact_point.id")
    document: dict[str, Any] = document()  # exactly as sent
    pdf: bytes | None = None  # a letter exactly as sent
    fee: Decimal = money(default=Decimal(0))
    cost: Decimal = money(default=Decimal(0))
    currency: str
    deadline: date | None = None
    claimed_at: datetime = moment()
    accepted_at: datetime | None = moment(default=None)
    provider_id: str | None = Field(default=None, index=True)
    first_unavailable_at: datetime | None = moment(default=None)
    unavailable_at: datetime | None = moment(default=None)
    delivered_at: datetime | None = moment(default=None)
    read_at: datetime | None = moment(default=None)
    read_by: str | None = None  # open | click | page visit | read receipt
    failed_at: datetime | None = moment(default=None)
    failure: str | None = None
    batch: str | None = Field(default=None, index=True)  # a letter's print batch
    posted_on: date | None = None
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class DeliveryCase(SQLModel, table=True):
    """Which case, round and step a delivery serves: a step goes out once through a channel."""

    __tablename__ = "delivery_case"
    __table_args__ = (UniqueConstraint("case_id", "round", "step", "channel"),)
    delivery_id: UUID = Field(primary_key=True, foreign_key="delivery.id")
    case_id: int = Field(primary_key=True, foreign_key="dunning_case.id")
    round: int
    step: str
    channel: str
    carries_fee: bool = False


class ProviderEvent(SQLModel, table=True):
    """What a provider told of a delivery, each event once."""

    __tablename__ = "provider_event"
    __table_args__ = (UniqueConstraint("provider", "event_id"),)
    id: int | None = Field(default=None, primary_key=True)
    provider: str
    event_id: str
    delivery_id: UUID | None = Field(default=None, index=True)
    kind: str
    detail: dict[str, Any] = document()
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class CaseEvent(SQLModel, table=True):
    """Who did what when: a case's diary."""

    __tablename__ = "case_event"
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="dunning_case.id", index=True)
    kind: str
    by: str
    detail: dict[str, Any] = document()
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class Decision(SQLModel, table=True):
    """A decision of the planner: the action, its reason, the facts used and how far it looked."""

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="dunning_case.id", index=True)
    kind: str
    step: str | None = None
    channel: str | None = None
    at: datetime | None = moment(default=None)
    why: str
    flag: str | None = None
    facts: dict[str, Any] = document()
    looked_seq: int
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class Reply(SQLModel, table=True):
    """What a debtor wrote back."""

    id: int | None = Field(default=None, primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    debtor_id: int = Field(foreign_key="debtor.id", index=True)
    channel: str
    text: str
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class HandOff(SQLModel, table=True):
    """A case given to the collection partner."""

    __tablename__ = "hand_off"
    id: int | None = Field(default=None, primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    case_id: int = Field(foreign_key="dunning_case.id", index=True)
    state: str  # queued | exported | accepted | rejected | recalled | backed out
    file: str | None = None
    reason: str | None = None
    exported_at: datetime | None = moment(default=None)
    answered_at: datetime | None = moment(default=None)
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class HandOffMessage(SQLModel, table=True):
    """News for the collection partner after the hand-off."""

    __tablename__ = "hand_off_message"
    id: int | None = Field(default=None, primary_key=True)
    hand_off_id: int = Field(foreign_key="hand_off.id", index=True)
    kind: str  # direct_payment | change | recall
    amount: Decimal | None = money(default=None)
    ordered_on: date | None = None  # a payment: the day the bank received the order
    reason: str | None = None
    file: str | None = None
    exported_at: datetime | None = moment(default=None)
    acknowledged_at: datetime | None = moment(default=None)
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


# --- doors -----------------------------------------------------------------------------------------------------


class WebhookEvent(SQLModel, table=True):
    """An event that came in through a webhook, each once."""

    __tablename__ = "webhook_event"
    source: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class IdempotencyKey(SQLModel, table=True):
    """A request that was answered: the same key gets the same answer."""

    __tablename__ = "idempotency_key"
    creditor_id: str = Field(primary_key=True, foreign_key="creditor.id")
    key: str = Field(primary_key=True)
    request_hash: str
    status: int
    answer: dict[str, Any] = document()
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class Outbox(SQLModel, table=True):
    """News on its way to a workflow: stored with the fact, sent by signal-with-start, then deleted."""

    __table_args__ = (Index("outbox_ready", "ready_at", "id", postgresql_where=text("dead_at is null")),)
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="dunning_case.id", index=True)
    signal: str
    seq: int
    attempts: int = 0
    ready_at: datetime = moment()  # wall time: when it may be sent (again)
    dead_at: datetime | None = moment(default=None)
    error: str | None = None
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class StopSwitch(SQLModel, table=True):
    """Stops everything, a creditor, a policy or a channel until it is lifted."""

    __tablename__ = "stop_switch"
    id: int | None = Field(default=None, primary_key=True)
    scope: str  # everything | creditor | policy | channel
    key: str = ""
    creditor_id: str | None = Field(default=None, foreign_key="creditor.id")
    by: str
    reason_code: str
    lifted_at: datetime | None = moment(default=None)
    lifted_by: str | None = None
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class ClockOffset(SQLModel, table=True):
    """How far the doors' clock is ahead of the wall. Only the simulator writes here; production has no row."""

    __tablename__ = "clock_offset"
    id: int = Field(default=1, primary_key=True)
    seconds: float
