"""Every table of facts. Money is NUMERIC, history is append-only, each fact says when it happened and was recorded."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Interval,
    LargeBinary,
    Numeric,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

from facts.going_on import STEP_NAMED

MONEY = Numeric(14, 2)
CHANCE = Numeric(5, 4)  # from 0 to 1


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


RANDOM_KEY = "(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))"  # 32 bytes, 244 bits of them at random

# Begins an index for lists alone: with the creditor itself it would be taken for look-ups of one row that are planned while
# the table is small, and read all of the creditor's rows ever after.
OF_LISTS = "(creditor_id || '')"


class _Table(SQLModel):
    """A table is named as its class, in small letters with underscores."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805  as SQLAlchemy calls it
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


class _Fact(_Table):
    """What every fact has: when it happened, and when it was recorded."""

    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class _NumberedFact(_Fact):
    """A fact with a number of its own."""

    id: int | None = Field(default=None, primary_key=True)


class _ToBeDone(_NumberedFact):
    """What waits until a person has done it."""

    done_at: datetime | None = moment(default=None)
    done_by: str | None = None
    result: str | None = None


# --- who -------------------------------------------------------------------------------------------------------


class Creditor(_Fact, table=True):
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
    collection_partner_contact: dict[str, str] = document()  # phone, email, website: where debtors reach it
    collection_partner_url: str | None = None  # of its API; without one hand-offs leave in files
    partner_cursor: str | None = None  # how far its answers are read
    message_costs: dict[str, str] = document()  # channel -> cost of one message or SMS segment
    open_tracking: bool = True
    overpayment: str = Field(default="keep", sa_column_kwargs={"server_default": "keep"})  # keep | refund
    allocation: list[str] | None = Field(default=None, sa_column=Column(JSONB))  # its own order of parts
    payment_methods: dict[str, Any] = document()  # provider -> what it needs to know, nothing secret
    handling_costs: dict[str, str] = document()  # kind of work by hand -> cost of one
    answer_within: int = Field(
        default=8, sa_column_kwargs={"server_default": "8"}
    )  # hours at work: whoever writes is answered
    goals: dict[str, str] = document()  # what is to be reached each month
    vat_number: str | None = None  # where its organisation number does not make it
    account_holder: str | None = None  # as the bank knows it, where that is not its name
    reference_checks: dict[str, str] = document()  # country -> what its bank there checks references for
    sms_senders: dict[str, Any] = document()  # country -> what SMS leave as: a name with its status, a number
    letters_by: list[str] = Field(
        default_factory=list, sa_column=Column(JSONB, nullable=False, server_default=text("'[]'"))
    )  # the ways in which a distribution house brings its letters, in order; none: the printer has them
    direct_debit: dict[str, str] = document()  # the agreement with the centre: its numbers and the account
    e_invoice: dict[str, str] = document()  # where its e-invoices come from, for who orders them in the bank
    account_plan: dict[str, Any] = document()  # what is booked on which account of its own
    losses: list[dict[str, Any]] = Field(
        default_factory=list, sa_column=Column(JSONB, nullable=False, server_default=text("'[]'"))
    )  # when what is left of a closed case is a loss
    card_in: list[str] = Field(
        default_factory=list, sa_column=Column(JSONB, nullable=False, server_default=text("'[]'"))
    )  # its own systems, each as https://HOST, that may show a case's card in a frame
    pay_out: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))  # how its bank pays back
    id_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False, server_default=text(RANDOM_KEY)))


class PlainNumber(_Table, table=True):
    """Up to which number creditors were told a kind's ids as they are, before they were sealed."""

    kind: str = Field(primary_key=True)
    up_to: int


class CreditorClock(_Table, table=True):
    """The clock of a creditor in test mode, which moves at its wish: who has no row here is live, for good."""

    creditor_id: str = Field(primary_key=True, foreign_key="creditor.id")
    ahead: timedelta = Field(sa_type=Interval)  # of the doors' clock and of every case's own time; only ever more
    target: datetime | None = moment(default=None)  # where it is on its way to; null: it has come there


class BankAccount(_Fact, table=True):
    """An account money comes in on, and the day through which its bank data is imported."""

    creditor_id: str = Field(primary_key=True, foreign_key="creditor.id")
    account: str = Field(primary_key=True)
    imported_through: date | None = None
    source: str | None = None  # the kind of bank file that imports it: one for each account


class ApiKey(_Fact, table=True):
    """A creditor's key to the API; only its SHA-256 is kept."""

    key_hash: str = Field(primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    label: str
    agency: str | None = None  # who calls for the creditor, and sees the calls given to it alone
    revoked_at: datetime | None = moment(default=None)


class Debtor(_NumberedFact, table=True):
    """A creditor's customer. `key` is what it was new by: customer number and name, or what stands for them.

    Name, language, birth date, address, representative, stop and protected address are as the life events leave them.
    """

    __table_args__ = (
        UniqueConstraint("creditor_id", "key"),
        Index("debtor_customer_number", "creditor_id", "customer_number"),
        Index("debtor_of_creditor", text(OF_LISTS), "id"),
        Index("debtor_name_key", "creditor_id", "name_key"),
        Index("debtor_written_to", "creditor_id", "written_to", postgresql_where=text("written_to is not null")),
        Index("debtor_name_tokens", text("name_tokens(known_as)"), postgresql_using="gin"),
    )
    creditor_id: str = Field(foreign_key="creditor.id")
    key: str
    customer_number: str | None = None
    kind: str
    name: str
    name_key: str = Field(default="", sa_column_kwargs={"server_default": ""})  # the name as payments are matched by it
    known_as: list[str] = Field(  # the names this debtor is told apart by, as they are compared
        default_factory=list, sa_column=Column(JSONB, nullable=False, server_default=text("'[]'::jsonb"))
    )
    organisation_number: str | None = None
    birth_date: date | None = None
    language: str = "nb"
    country: str = "NO"
    address: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    representative: str | None = None  # a guardian, adviser or estate's contact who gets every message instead
    written_to: str | None = None  # the customer number of the parent whose contact points get every message instead
    stop_reason: str | None = None
    stopped_on: date | None = None  # the local day on which the reason became known
    protected_address: bool = False


class LifeEvent(_NumberedFact, table=True):
    """What became known of a debtor's life. Never changed; the latest of a kind says from when until when it holds."""

    __table_args__ = (
        Index("life_event_ends", "until", postgresql_where=text("until is not null")),
        Index("life_event_child_of", text("(value ->> 'parent')"), postgresql_where=text("kind = 'child of'")),
    )
    debtor_id: int = Field(foreign_key="debtor.id", index=True)
    kind: str  # as domain/parties/life_events.py names them
    since: date | None = None  # null: nobody knows since when
    until: date | None = None  # the first day on which it does not hold any more
    value: Any = Field(default=None, sa_column=Column(JSONB))  # what, where the kind does not say it all
    by: str
    reason_code: str | None = None
    note: str | None = None


class ContactPoint(_NumberedFact, table=True):
    """An address in one channel and how well it works."""

    __table_args__ = (
        UniqueConstraint("debtor_id", "channel", "address_key", "of_representative"),
        Index("contact_point_address", "address_key", "channel", "state"),
        Index("contact_point_given", "debtor_id", postgresql_where=text("state = 'given'")),
    )
    debtor_id: int = Field(foreign_key="debtor.id", index=True)
    channel: str
    address: str  # as it was given last
    address_key: str  # by which it is compared: domain/parties/addresses.py
    state: str = "valid"  # valid | bounced | opted out | wrong | replaced | left | given
    further: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})  # none takes its place
    known_elsewhere: str | None = None  # bounced | opted out: by another creditor's debtor, when the address was given
    of_representative: bool = False
    role: str | None = None  # at a business: invoice | reminder | approver
    last_confirmed_at: datetime | None = moment(default=None)  # when somebody last gave it, right or wrong
    wrote_from_at: datetime | None = moment(default=None)
    asked_at: datetime | None = moment(
        default=None
    )  # whether it is still right, or of one that was given whether it is
    confirmed_at: datetime | None = moment(default=None)  # of one that was given: when its owner said that it is


class AdviserCode(_Fact, table=True):
    """A code that was sent to where somebody who stands in is registered; kept for a day."""

    __table_args__ = (Index("adviser_code_age", "happened_at"),)
    id: UUID = Field(primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    contact_point_id: int = Field(foreign_key="contact_point.id", index=True)
    code_hash: str  # with a key that is not in the database
    tries: int
    good_until: datetime = moment()
    proven_at: datetime | None = moment(default=None)


class PageCode(_Fact, table=True):
    """A one-time code that was sent to a debtor about an invoice's page; kept for a day."""

    __table_args__ = (Index("page_code_age", "happened_at"),)
    id: UUID = Field(primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    debtor_id: int = Field(foreign_key="debtor.id", index=True)
    invoice_id: int = Field(foreign_key="invoice.id", index=True)
    contact_point_id: int = Field(foreign_key="contact_point.id", index=True)
    code_hash: str  # with a key that is not in the database
    tries: int
    good_until: datetime = moment()
    used_at: datetime | None = moment(default=None)


class LinkRevocation(_NumberedFact, table=True):
    """Links to the invoice page that somebody took back: a delivery's, all so far of an invoice, or all of a debtor's."""

    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    debtor_id: int = Field(foreign_key="debtor.id", index=True)
    invoice_id: int | None = Field(default=None, foreign_key="invoice.id", index=True)
    delivery_id: UUID | None = Field(default=None, foreign_key="delivery.id", index=True)
    through: int = Field(sa_type=BigInteger)  # the serial number of the last delivery whose links it covers
    by: str
    reason_code: str


class CustomerRelation(_NumberedFact, table=True):
    """What a creditor told of a customer's relation, each event once by the creditor's own id. Never changed."""

    __table_args__ = (
        UniqueConstraint("creditor_id", "told_id"),
        Index("customer_relation_of_customer", "creditor_id", "customer_number"),
    )
    creditor_id: str = Field(foreign_key="creditor.id")
    told_id: str  # the creditor's own id of the event
    customer_number: str  # known as a debtor or not yet
    kind: str  # started | renewed | ended
    day: date
    product: str  # empty: of the only one, or of all
    monthly_margin: Decimal | None = money(default=None)
    currency: str | None = None
    contract_end: date | None = None
    payment_method: str | None = None
    reason: str | None = None


class OutsideFact(_NumberedFact, table=True):
    """What somebody outside says of a customer, or of who lives in a postcode, for one purpose. Never changed: what holds no
    more, or was wrong, is said by a later one of the same day."""

    __table_args__ = (
        UniqueConstraint("creditor_id", "told_id"),
        CheckConstraint("(customer_number is null) = (postcode is not null)", name="of_somebody"),
        Index(
            "outside_fact_of_customer",
            "creditor_id",
            "customer_number",
            postgresql_where=text("customer_number is not null"),
        ),
        Index("outside_fact_of_place", "creditor_id", "id", postgresql_where=text("postcode is not null")),
    )
    creditor_id: str = Field(foreign_key="creditor.id")
    told_id: str  # the creditor's own id of it
    what: str  # as domain/parties/outside_facts.py names it
    number: Decimal | None = money(default=None)
    word: str | None = None
    customer_number: str | None = None  # known as a debtor or not yet
    country: str | None = None
    postcode: str | None = None  # its digits
    since: date
    until: date | None = None  # the first day on which it does not hold any more
    source: str
    purpose: str  # prediction | fairness report
    by: str


# --- what is owed ----------------------------------------------------------------------------------------------


class Invoice(_NumberedFact, table=True):
    """An invoice as the billing system gave it; `due_date` is the one in force."""

    __table_args__ = (
        UniqueConstraint("creditor_id", "number"),
        Index("invoice_reference", "reference", "creditor_id"),
        Index("invoice_number_key", "creditor_id", "number_key"),
        Index("invoice_due", "due_date"),
        Index("invoice_of_debtor", "debtor_id", "due_date", "id"),
        Index("invoice_amount", "creditor_id", "amount", text("id desc")),
        Index("invoice_segment", "creditor_id", "segment", "id", postgresql_where=text("segment is not null")),
    )
    creditor_id: str = Field(foreign_key="creditor.id")
    debtor_id: int = Field(foreign_key="debtor.id")
    number: str
    number_key: str = Field(default="", sa_column_kwargs={"server_default": ""})  # the number as people copy it
    issue_date: date
    due_date: date
    original_due_date: date
    currency: str
    amount: Decimal = money()
    reference: str | None = None
    account: str | None = None
    segment: str | None = None
    claim_due: date | None = None
    api_key: str | None = None  # the hash of the key that sent it
    pdf_sha256: str | None = None  # of its own PDF
    order_reference: str | None = None  # what the buyer finds it by: these four
    buyer_reference: str | None = None
    cost_centre: str | None = None
    buyer_contact: str | None = None
    buyer_vat_number: str | None = None  # what a supply to another country tells: these three
    delivery_date: date | None = None
    delivery_country: str | None = None


class ImportFile(_Fact, table=True):
    """A file of invoices that was imported, known by its content however often it comes and whatever it is called."""

    __table_args__ = (Index("import_file_name", "name"),)
    id: str = Field(primary_key=True)  # the beginning of its content's SHA-256
    name: str


class ImportedCase(_Table, table=True):
    """The file that a case's invoice came in."""

    case_id: int = Field(primary_key=True, foreign_key="dunning_case.id")
    file_id: str = Field(foreign_key="import_file.id", index=True)


class InvoicePdf(_Fact, table=True):
    """An invoice's own PDF as its creditor wrote it; the same content is kept once for a creditor."""

    creditor_id: str = Field(primary_key=True, foreign_key="creditor.id")
    sha256: str = Field(primary_key=True)
    content: bytes  # empty once it is erased


class InvoiceLine(_Fact, table=True):
    """One line of an invoice."""

    invoice_id: int = Field(primary_key=True, foreign_key="invoice.id")
    position: int = Field(primary_key=True)
    text: str
    quantity: Decimal | None = Field(default=None, sa_type=Numeric(18, 4))
    amount: Decimal | None = money(default=None)
    vat_category: str | None = None  # UNCL 5305; null: its VAT was not told
    vat_rate: Decimal | None = Field(default=None, sa_type=Numeric(5, 2))  # percent
    net: Decimal | None = money(default=None)  # without VAT
    vat_exemption: str | None = None  # why it bears none: a code of VATEX, or words


class CreditNote(_NumberedFact, table=True):
    """A credit note as it came; what it took off the invoice stands in the ledger."""

    __table_args__ = (UniqueConstraint("creditor_id", "number"),)
    creditor_id: str = Field(foreign_key="creditor.id")
    invoice_id: int = Field(foreign_key="invoice.id", index=True)
    number: str
    issue_date: date
    amount: Decimal = money()
    reason: str | None = None
    # What it takes back, line by line: text, quantity, net, category and rate of VAT, why it bears none.
    lines: list[list[str | None]] = Field(
        default_factory=list, sa_column=Column(JSONB, nullable=False, server_default=text("'[]'"))
    )


class AlreadySent(_NumberedFact, table=True):
    """A message about an invoice that its creditor sent before the invoice came here. Never changed."""

    invoice_id: int = Field(foreign_key="invoice.id", index=True)
    message: str  # invoice | due-date-reminder | reminder | collection-notice
    channel: str
    sent_on: date
    fee: Decimal = money(default=Decimal(0))
    deadline: date | None = None


class LedgerEntry(_NumberedFact, table=True):
    """One booking on an invoice; the balance is the sum. Never changed, never deleted (a trigger sees to it)."""

    __table_args__ = (
        UniqueConstraint("creditor_id", "source", "source_id"),
        Index("ledger_entry_reverses", "reverses", postgresql_where=text("reverses is not null")),
    )
    creditor_id: str = Field(foreign_key="creditor.id")
    invoice_id: int = Field(foreign_key="invoice.id", index=True)
    kind: str  # principal | fee | compensation | interest | credit | payment | reversal | refund | write-off
    part: str = "principal"  # what the amount changes: principal | fee (compensation too) | interest
    amount: Decimal = money()  # positive adds to the debt, negative takes away
    currency: str
    booked_on: date
    source: str  # who says so: invoice, credit note, delivery, a bank file, a payment provider …
    source_id: str  # that source's own id: the same fact books once
    reverses: int | None = Field(default=None, foreign_key="ledger_entry.id")
    payment_id: int | None = Field(default=None, foreign_key="incoming_payment.id", index=True)


class DueDateMove(_NumberedFact, table=True):
    """An invoice got another due date. Never changed. Numbered by ledger_entry_id_seq too, so that both have one order."""

    __table_args__ = (Index("due_date_move_of_invoice", "invoice_id", "id"),)
    invoice_id: int = Field(foreign_key="invoice.id")
    due_before: date
    due_after: date


class ReceivablesSummary(_NumberedFact, table=True):
    """The ledger was summed up: what it has after one number, through another. Never changed."""

    after: int = Field(unique=True)  # so that nothing is summed up twice
    through: int


class ReceivablesOfDay(_Table, table=True):
    """By how much what is owed to a creditor changed on a day of its own, by due date. Never changed; several add up."""

    __table_args__ = (Index("receivables_of_day_of_creditor", "creditor_id", "day"),)
    id: int | None = Field(default=None, primary_key=True)
    summary_id: int = Field(foreign_key="receivables_summary.id", index=True)
    creditor_id: str = Field(foreign_key="creditor.id")
    day: date
    currency: str
    due_date: date  # the one in force
    what: str  # invoiced | credited | charged | paid | taken back | written off | due date
    part: str  # principal | fee (compensation too) | interest; a due date that moved takes all with it as principal
    amount: Decimal = money()
    credit: Decimal = money()  # of the amount, what changed debtors' credit; it is never above zero in sum
    invoices: int  # how many more there are on which something is owed


class IncomingPayment(_NumberedFact, table=True):
    """Money that arrived, each transaction once: booked on invoices, waiting for a person, or sent back."""

    __table_args__ = (
        UniqueConstraint("creditor_id", "source", "source_id"),
        Index("incoming_payment_of_creditor", text(OF_LISTS), "id"),
        Index("incoming_payment_reference", "reference", "creditor_id"),
        Index("incoming_payment_in_review", "creditor_id", "id", postgresql_where=text("state = 'review'")),
        Index("incoming_payment_waiting_amount", "creditor_id", "amount", postgresql_where=text("state = 'review'")),
        Index(
            "incoming_payment_waiting_reference", "creditor_id", "reference", postgresql_where=text("state = 'review'")
        ),
        Index("incoming_payment_waiting_number", "creditor_id", "number", postgresql_where=text("state = 'review'")),
    )
    creditor_id: str = Field(foreign_key="creditor.id")
    source: str
    source_id: str
    invoice_id: int | None = Field(default=None, foreign_key="invoice.id", index=True)  # where it is for one alone
    amount: Decimal = money()
    currency: str
    booked_on: date
    reference: str | None = None
    number: str | None = None  # the invoice's number, where the source knows it
    account: str | None = None
    debit_account: str | None = None
    payer_name: str | None = None
    text: str | None = None
    state: str = Field(default="booked", sa_column_kwargs={"server_default": "booked"})  # booked | review | returned
    matched_by: str | None = None  # how its invoice was found, where the reference alone did not say it
    debtor_said: bool = Field(
        default=False, sa_column_kwargs={"server_default": "false"}
    )  # whose it is, and that decided
    unmatched: str | None = None  # why it was not booked
    decided_by: str | None = None  # who booked or returned it from the review
    drawn: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})  # by the bank, under a mandate


class PaymentShare(_Table, table=True):
    """What one invoice gets of a payment that is for several; negative where the payment takes back."""

    payment_id: int = Field(primary_key=True, foreign_key="incoming_payment.id")
    invoice_id: int = Field(primary_key=True, foreign_key="invoice.id", index=True)
    amount: Decimal = money()


class ReviewCandidate(_Table, table=True):
    """An invoice that a payment in review may be for, with the reasons in words; rank 1 is the likeliest."""

    payment_id: int = Field(primary_key=True, foreign_key="incoming_payment.id")
    case_id: int = Field(primary_key=True, foreign_key="dunning_case.id", index=True)
    rank: int
    score: int
    reasons: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    happened_at: datetime = moment()  # since when it waits: the money or the invoice, whichever came last


class PayerAccount(_Fact, table=True):
    """An account that has paid for a debtor. One that paid for several identifies none of them."""

    creditor_id: str = Field(primary_key=True, foreign_key="creditor.id")
    account: str = Field(primary_key=True)
    debtor_id: int = Field(primary_key=True, foreign_key="debtor.id", index=True)


class AccountStatement(_NumberedFact, table=True):
    """What a debtor was told to owe a creditor in all, in one currency; its own reference pays all that it asks for."""

    __table_args__ = (UniqueConstraint("creditor_id", "reference"), Index("account_statement_reference", "reference"))
    creditor_id: str = Field(foreign_key="creditor.id")
    debtor_id: int = Field(foreign_key="debtor.id", index=True)
    currency: str
    reference: str


class AccountStatementLine(_Table, table=True):
    """An invoice that a statement asks for, and how much of it: fixed when it was issued."""

    statement_id: int = Field(primary_key=True, foreign_key="account_statement.id")
    place: int = Field(primary_key=True)
    invoice_id: int = Field(foreign_key="invoice.id", index=True)
    amount: Decimal = money()


class CreditUse(_NumberedFact, table=True):
    """Credit of one invoice that pays another of the same debtor's, of one payment; or some of it that came back again."""

    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    from_invoice_id: int = Field(foreign_key="invoice.id", index=True)
    to_invoice_id: int = Field(foreign_key="invoice.id", index=True)
    payment_id: int = Field(foreign_key="incoming_payment.id", index=True)
    amount: Decimal = money()
    undoes: int | None = Field(default=None, foreign_key="credit_use.id", index=True)
    by: str
    reason_code: str


class Refund(_NumberedFact, table=True):
    """Money that the creditor owes back: too much was paid, or it was paid to the wrong place."""

    __table_args__ = (
        Index("refund_due", "creditor_id", postgresql_where=text("state = 'due'")),
        Index("refund_under_way", "id", postgresql_where=text("state in ('due', 'ordered')")),
    )
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    payment_id: int = Field(foreign_key="incoming_payment.id", index=True)
    invoice_id: int | None = Field(default=None, foreign_key="invoice.id", index=True)
    amount: Decimal = money()
    currency: str
    to_account: str | None = None
    state: str = "due"  # due | ordered | paid | cancelled
    reversal_id: int | None = Field(default=None, foreign_key="incoming_payment.id", index=True)
    by: str
    account_by: str | None = None  # who named the account, where it is not the payer's own
    paid_at: datetime | None = moment(default=None)


class RefundVerdict(_NumberedFact, table=True):
    """What a person said of a refund that was to go to this account."""

    refund_id: int = Field(foreign_key="refund.id", index=True)
    by: str
    approved: bool
    to_account: str | None = None
    note: str | None = None


class RefundFile(_NumberedFact, table=True):
    """A file of refunds for the bank, as it was written."""

    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    name: str = Field(unique=True)
    message_id: str = Field(unique=True)
    execute_on: date
    orders: int
    total: Decimal = money()
    currency: str
    by: str
    content: str


class RefundOrder(_NumberedFact, table=True):
    """A refund in a file: one at a time that has not come back. `end_to_end` is what the bank repeats."""

    __table_args__ = (
        Index("refund_order_once", "refund_id", unique=True, postgresql_where=text("returned_on is null")),
    )
    refund_id: int = Field(foreign_key="refund.id", index=True)
    file_id: int = Field(foreign_key="refund_file.id", index=True)
    end_to_end: str = Field(unique=True)
    to_account: str
    paid_on: date | None = None
    returned_on: date | None = None
    reason: str | None = None


class HeldEntry(_NumberedFact, table=True):
    """Money that is no debt: it waits for a person, or was sent back. Never changed. Numbered by ledger_entry_id_seq too."""

    __table_args__ = (Index("held_entry_of_creditor", "creditor_id", "id"),)
    creditor_id: str = Field(foreign_key="creditor.id")
    kind: str  # waiting | sent back | refund paid
    payment_id: int = Field(foreign_key="incoming_payment.id", index=True)
    amount: Decimal = money()
    currency: str
    booked_on: date
    account: str  # of the creditor's, or the provider, that it came to or left from


class AccountingDay(_Fact, table=True):
    """An accounting day that is closed, with its vouchers. Never changed, never deleted (a trigger sees to it)."""

    creditor_id: str = Field(primary_key=True, foreign_key="creditor.id")
    day: date = Field(primary_key=True)
    ends_at: datetime = moment()
    through: int  # the ledger was committed up to this number when the day was closed
    low: int  # up to this number every entry of the creditor's has its day
    entries: int
    owed: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))  # at its end, by currency
    vouchers: list[Any] | None = Field(default=None, sa_column=Column(JSONB))  # null: the row of what was before
    file: str | None = Field(default=None, unique=True)


class BankFile(_NumberedFact, table=True):
    """A bank file by its content: what was found in it, and how far it is booked."""

    __table_args__ = (
        Index("bank_file_left", "happened_at", "id", postgresql_where=text("state in ('flagged', 'refused')")),
    )
    sha256: str = Field(unique=True)
    name: str
    format: str | None = None
    state: str  # flagged | booking | done | refused
    flags: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    transactions: int = 0
    totals: dict[str, str] = document()  # currency -> sum
    position: int = 0  # so many of its transactions are settled
    booked: int = 0
    known: int = 0
    review: int = 0
    accepted_by: str | None = None


class Deposit(_NumberedFact, table=True):
    """A sum that a centre paid out, as the file with its payments tells it: it explains one entry of an account."""

    __table_args__ = (UniqueConstraint("creditor_id", "day", "number", "serial", "amount", "payments"),)
    creditor_id: str = Field(foreign_key="creditor.id")
    number: str  # the giro number that it was paid to
    day: date
    serial: str  # of the centre, on that day
    amount: Decimal = money()
    currency: str
    payments: int  # how many
    told_as: str | None = None  # the entry that it explains


# --- direct debit ----------------------------------------------------------------------------------------------


class Mandate(_NumberedFact, table=True):
    """A debtor's permission for direct debit, known to the bank by a payment reference."""

    __table_args__ = (UniqueConstraint("creditor_id", "reference"),)
    creditor_id: str = Field(foreign_key="creditor.id")
    debtor_id: int | None = Field(
        default=None, foreign_key="debtor.id", index=True
    )  # none while it waits for its invoice
    reference: str
    state: str  # pending | waiting | active | ended
    notify: bool = False  # the bank tells the debtor of each claim
    source: str  # page | file | taken over
    told_in: str | None = Field(
        default=None, foreign_key="direct_debit_file.name", index=True
    )  # the list with the last word
    asked_at: datetime | None = moment(default=None)
    asked_by: str | None = None  # the debtor, or whoever stands in
    proof: str | None = None  # code | bankid: by what they had proved on the page who they are; None: by the link alone
    proven_at: datetime | None = moment(default=None)
    confirmed_at: datetime | None = moment(default=None)
    ended_at: datetime | None = moment(default=None)
    monthly_limit: Decimal | None = money(default=None)  # that its debtor was told to give the bank, or gave us
    payer_account: str | None = None  # which the creditor has to name to the centre; else the bank knows it
    holder: str | None = None  # its personal or organisation number, until the centre has answered
    request_file: str | None = Field(default=None, index=True)  # in which the centre was asked to register it
    end_file: str | None = Field(default=None, index=True)  # in which the centre was told that it has ended
    ended_why: str | None = None  # the centre's code, or that the debtor took it back


class Claim(_NumberedFact, table=True):
    """One direct-debit draw: planned, sent to the bank, and settled, failed or cancelled."""

    __table_args__ = (Index("claim_reference", "creditor_id", "reference"),)
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    case_id: int = Field(foreign_key="dunning_case.id", index=True)
    mandate_id: int = Field(foreign_key="mandate.id", index=True)
    plan_id: int | None = Field(default=None, foreign_key="instalment_plan.id", index=True)
    instalment: int | None = None
    reference: str
    amount: Decimal = money()
    currency: str
    due_on: date
    moved_from: date | None = None  # the day that the centre had before, where it was asked for another
    state: str  # planned | sent | cancelling | cancelled | settled | failed | returned
    file: str | None = Field(default=None, index=True)
    cancel_file: str | None = Field(default=None, index=True)
    sent_at: datetime | None = moment(default=None)
    ended_at: datetime | None = moment(default=None)
    payment_id: int | None = Field(default=None, foreign_key="incoming_payment.id", unique=True)  # the draw's own money
    bank_tells: bool = Field(default=True, sa_column_kwargs={"server_default": "true"})  # the debtor of it; else we may
    why: str | None = None  # it failed: the centre's code


class DirectDebitFile(_Fact, table=True):
    """A file to or from the direct-debit centre."""

    name: str = Field(primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    kind: str  # claims | cancellations | mandates | mandate orders
    transmission: int
    assignment: int
    count: int
    total: Decimal = money()
    state: str  # prepared | sent | read
    made_on: date | None = None  # of a list of mandates, as far as the centre tells
    lists_all: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})  # it spoke of every mandate


# --- the case --------------------------------------------------------------------------------------------------


class PolicyText(_Fact, table=True):
    """A policy's text by its hash: a case keeps the text it started with."""

    hash: str = Field(primary_key=True)
    name: str
    text: str
    ignore_balance_below: Decimal = money(default=Decimal(0), sa_column_kwargs={"server_default": "0"})  # as it says
    shadow: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})


class DunningCase(_NumberedFact, table=True):
    """One invoice's dunning process. `next_*` repeat the latest decision so that lists need no workflow."""

    __table_args__ = (
        Index("dunning_case_debtor", "debtor_id", "state"),
        Index("dunning_case_owed", "creditor_id", "balance", postgresql_where=text("state = 'open'")),
        Index("dunning_case_balance", "balance", "creditor_id", postgresql_where=text("balance <> 0")),
        Index("dunning_case_left", "creditor_id", "id", postgresql_where=text("state = 'closed' and balance > 0")),
        Index("dunning_case_of_policy", "policy_hash", "creditor_id"),
        Index("dunning_case_step", text(STEP_NAMED), "creditor_id", postgresql_where=text("next_step is not null")),
        Index("dunning_case_open", "id", postgresql_where=text("state = 'open'")),
        Index("dunning_case_next", "next_at", "id", postgresql_where=text("state = 'open'")),
        Index("dunning_case_of_creditor", "creditor_id", "id"),
        Index("dunning_case_flagged", "flag", "id", postgresql_where=text("state = 'open' and flag is not null")),
    )
    creditor_id: str = Field(foreign_key="creditor.id")
    invoice_id: int = Field(foreign_key="invoice.id", unique=True)
    debtor_id: int = Field(foreign_key="debtor.id")
    policy_hash: str = Field(foreign_key="policy_text.hash")
    # In which order money pays the parts, by the law as it was looked up last: `order`, `creditor_may_change`.
    allocation_rules: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    # What is left, part by part: a trigger adds up the ledger's entries, nobody else writes here.
    principal: Decimal = money(default=Decimal(0), sa_column_kwargs={"server_default": "0"})
    interest: Decimal = money(default=Decimal(0), sa_column_kwargs={"server_default": "0"})
    fee: Decimal = money(default=Decimal(0), sa_column_kwargs={"server_default": "0"})
    balance: Decimal = Field(sa_column=Column(MONEY, Computed("principal + interest + fee", persisted=True)))
    round: int = 1
    state: str = "open"  # open | closed
    outcome: str | None = None
    news_seq: int = 0
    withdrawn_at: datetime | None = moment(default=None)
    next_kind: str | None = None
    next_step: str | None = None
    next_message: str | None = None
    next_channel: str | None = None
    next_message_channel: str | None = None  # where the message comes after an optional step, which is what comes next
    next_at: datetime | None = moment(default=None)
    next_own_at: datetime | None = moment(default=None)  # a message's own moment, before it joined another
    next_why: str | None = None
    flag: str | None = None
    doubt: str | None = None  # what of its policy a person has to settle, in words
    settled_for: str | None = (
        None  # the debtor's country that its policy is settled for; null: the one it was sent with
    )
    settled_kind: str | None = None  # and the debtor's kind
    looked_at: datetime | None = moment(default=None)
    looked_seq: int = Field(
        default=0, sa_column_kwargs={"server_default": "0"}
    )  # the news the latest decision has seen


class _OfCase(_NumberedFact):
    """What every fact of a case has."""

    case_id: int = Field(foreign_key="dunning_case.id", index=True)
    by: str
    reason_code: str
    note: str | None = None  # free text stays here, never in a workflow's history


class Hold(_OfCase, table=True):
    """A pause a person asked for."""

    __table_args__ = (Index("hold_in_force", "case_id", postgresql_where=text("released_at is null")),)

    until: datetime | None = moment(default=None)
    reply_id: int | None = Field(default=None, foreign_key="reply.id", index=True)  # until somebody has read it
    released_at: datetime | None = moment(default=None)
    released_by: str | None = None
    release_id: int | None = Field(default=None, foreign_key="release_of_many.id", index=True)  # of many at once


class ReleaseOfMany(_NumberedFact, table=True):
    """Many cases were let go at once, so many messages an hour. Never changed."""

    by: str
    reason_code: str
    per_hour: int


class ReleaseTurn(_Table, table=True):
    """When the turn of a case in a release of many comes: until then nothing of it leaves. Never changed."""

    case_id: int = Field(primary_key=True, foreign_key="dunning_case.id")
    release_id: int = Field(primary_key=True, foreign_key="release_of_many.id", index=True)
    at: datetime = moment()


class ManyOrder(_NumberedFact, table=True):
    """Something is to be done to each case of a filter, page by page: how far it is, and what became of it."""

    __table_args__ = (Index("many_order_going_on", "id", postgresql_where=text("ended_at is null")),)

    by: str
    creditor_id: str | None = Field(default=None, foreign_key="creditor.id", index=True)  # None: every creditor's
    command: str
    reason_code: str
    until: date | None = None
    filter: str
    through: int  # the last case there was when it was asked for
    matching: int  # cases that the filter had then
    place: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # the last case that was come to
    done: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    release_id: int | None = Field(default=None, foreign_key="release_of_many.id", index=True)
    prepared_at: datetime | None = moment(default=None)
    ended_at: datetime | None = moment(default=None)


class ManyRefusal(_Table, table=True):
    """Why a case of many was left as it was. Never changed."""

    order_id: int = Field(primary_key=True, foreign_key="many_order.id")
    case_id: int = Field(primary_key=True, foreign_key="dunning_case.id", index=True)
    why: str


class ManyStop(_Fact, table=True):
    """Somebody stops what is being done to many: what is done stays, the rest is left. Never changed."""

    order_id: int = Field(primary_key=True, foreign_key="many_order.id")
    by: str


class Dispute(_OfCase, table=True):
    """The debtor disagrees: with everything, which stops the case, or with a part, and the rest goes on."""

    __table_args__ = (
        Index("dispute_open", "case_id", postgresql_where=text("resolved_at is null")),
        Index("dispute_made", "happened_at"),
        Index("dispute_resolved", "resolved_at", postgresql_where=text("resolved_at is not null")),
    )

    amount: Decimal | None = money(default=None)  # the disputed part; None: all of it
    resolved_at: datetime | None = moment(default=None)
    resolved_by: str | None = None
    upheld: bool | None = None
    quiet_until: date | None = None  # a rejected dispute gives new days


class DisputeLine(_Table, table=True):
    """A line of the invoice that a dispute is about."""

    __table_args__ = (
        ForeignKeyConstraint(["invoice_id", "position"], ["invoice_line.invoice_id", "invoice_line.position"]),
        Index("dispute_line_of_invoice", "invoice_id", "position"),
    )
    dispute_id: int = Field(primary_key=True, foreign_key="dispute.id")
    invoice_id: int = Field(primary_key=True)
    position: int = Field(primary_key=True)


class Promise(_OfCase, table=True):
    """The debtor will pay an amount by a day; until then the case waits."""

    __table_args__ = (Index("promise_made", "happened_at"),)

    pay_by: date
    amount: Decimal = money()
    withdrawn_at: datetime | None = moment(default=None)


class InstalmentPlan(_OfCase, table=True):
    """An agreement to pay in parts. Both its own reference and the invoice's find it."""

    __table_args__ = (UniqueConstraint("creditor_id", "reference"),)
    creditor_id: str = Field(foreign_key="creditor.id")
    reference: str
    state: str  # active | kept | broken | ended
    total: Decimal = money()  # the whole cost
    interest: Decimal = money(default=Decimal(0))  # of it
    interest_rate: Decimal | None = Field(default=None, sa_column=Column(Numeric))  # in percent a year
    interest_from: date | None = None  # it runs from the day after
    currency: str
    chance_on: date | None = None  # the day the one chance was given
    chance_until: date | None = None
    ended_at: datetime | None = moment(default=None)


class Instalment(_Table, table=True):
    """One part of a plan."""

    plan_id: int = Field(primary_key=True, foreign_key="instalment_plan.id")
    number: int = Field(primary_key=True)
    due_on: date
    amount: Decimal = money()
    moved_from: date | None = None  # the day that was agreed first, where the debtor moved it


class ServiceBlock(_NumberedFact, table=True):
    """A service that is blocked because its invoice is not paid."""

    case_id: int = Field(foreign_key="dunning_case.id", index=True)
    blocked_at: datetime = moment()
    unblocked_at: datetime | None = moment(default=None)


class ServiceTermination(_NumberedFact, table=True):
    """A service that was ended because its invoice was not paid, once a person had agreed."""

    case_id: int = Field(foreign_key="dunning_case.id", unique=True)


class PaymentAttempt(_Fact, table=True):
    """A debtor on the way to pay through a provider; the amount was fixed from the ledger when it began."""

    __table_args__ = (
        UniqueConstraint("provider", "provider_id"),
        Index("payment_attempt_under_way", "happened_at", postgresql_where=text("state in ('started', 'processing')")),
    )
    id: UUID = Field(primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    case_id: int = Field(foreign_key="dunning_case.id", index=True)
    provider: str  # stripe | vipps
    provider_id: str | None = None
    statement_id: int | None = Field(
        default=None, foreign_key="account_statement.id", index=True
    )  # all that it asks for
    merchant: str | None = None  # the account it is paid to; null: the usual one
    way: str | None = None  # of the provider's ways to pay; null: it was begun before they had names
    amount: Decimal = money()
    currency: str
    state: str  # started | processing | paid | failed | abandoned
    url: str | None = None
    failure: str | None = None
    refunded: Decimal = money(default=Decimal(0))
    ended_at: datetime | None = moment(default=None)


class FailedRefund(_Fact, table=True):
    """A refund of a provider's payment that did not reach the payer: the money came back to the creditor."""

    __table_args__ = (Index("failed_refund_payment", "payment", "provider"),)
    provider: str = Field(primary_key=True)
    refund: str = Field(primary_key=True)  # the provider's id of it
    payment: str
    amount: Decimal = money()


class ProviderCapture(SQLModel, table=True):
    """Money that a provider told it has taken for a payment, under its own id of that operation: a payment may be many."""

    __tablename__ = "provider_capture"
    provider: str = Field(primary_key=True)
    payment: str = Field(primary_key=True)
    capture: str = Field(primary_key=True)
    amount: Decimal = money()
    happened_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class ExchangeRate(_NumberedFact, table=True):
    """What one unit of a currency was worth in a creditor's own on a day, as somebody told it: never changed afterwards."""

    __tablename__ = "exchange_rate"
    __table_args__ = (Index("exchange_rate_of_day", "creditor_id", "into_currency", "of_day", "currency", "id"),)
    creditor_id: str = Field(foreign_key="creditor.id")
    currency: str
    into_currency: str
    of_day: date
    rate: Decimal = Field(sa_type=Numeric(16, 8))
    source: str
    by: str


class Approval(_OfCase, table=True):
    """A person's verdict on a hand-off or a termination."""

    round: int
    approved: bool
    step: str | None = None  # null: the hand-off's, from before there were terminations


class Skip(_OfCase, table=True):
    """A step that a person left out of this round, unless it was undone."""

    round: int
    step: str
    undone_at: datetime | None = moment(default=None)
    undone_by: str | None = None


class SendRequest(_OfCase, table=True):
    """A step that a person wants sent at once, unless it was undone before it left."""

    round: int
    step: str
    undone_at: datetime | None = moment(default=None)
    undone_by: str | None = None


class StatementRequest(_OfCase, table=True):
    """Somebody wants the debtor to get a statement of account: this case sends it, as it stands then."""


class Task(_ToBeDone, table=True):
    """Work for a person on a case: a call, an address to find, an approval, an estate to file with."""

    __table_args__ = (
        UniqueConstraint("case_id", "round", "step", "kind"),
        Index("task_of_creditor", "creditor_id", "id"),
        Index("task_calls", "creditor_id", postgresql_where=text("kind = 'call' and done_at is null")),
        Index("task_open", "happened_at", "id", postgresql_where=text("done_at is null")),
    )
    creditor_id: str = Field(foreign_key="creditor.id")
    case_id: int = Field(foreign_key="dunning_case.id", index=True)
    round: int
    step: str
    kind: str  # call | address | decision | approval | file claim | guardian | taken back | draw | mandate | cancelled
    why: str
    due_on: date | None = None  # the last day for it, where the law gives one
    taken_by: str | None = None  # of a call: who is at it
    taken_until: datetime | None = moment(default=None)
    not_before: datetime | None = moment(default=None)  # of a call: when it is tried next
    agency: str | None = None  # of a call: who outside makes it
    optional: bool = Field(
        default=False, sa_column_kwargs={"server_default": "false"}
    )  # of a step that others have not


class CallTry(_NumberedFact, table=True):
    """One call that was made, and what came of it."""

    task_id: int = Field(foreign_key="task.id", index=True)
    by: str
    outcome: str


class DebtorTask(_ToBeDone, table=True):
    """Work for a person that concerns a debtor rather than a step of a case: words to read. Numbered by task_id_seq too."""

    __table_args__ = (Index("debtor_task_of_creditor", "creditor_id", "id"),)
    creditor_id: str = Field(foreign_key="creditor.id")
    debtor_id: int = Field(foreign_key="debtor.id", index=True)
    case_id: int = Field(foreign_key="dunning_case.id", index=True)  # the first that it concerned: lists show it there
    kind: str  # reply
    reply_id: int = Field(foreign_key="reply.id", index=True)
    why: str


class PaperCode(_Table, table=True):
    """A code on a letter, which opens the invoice page when it is typed."""

    code: str = Field(primary_key=True)
    delivery_id: UUID = Field(foreign_key="delivery.id", index=True)
    invoice_id: int = Field(foreign_key="invoice.id", index=True)
    expires_on: date


class Delivery(_Fact, table=True):
    """One message through one channel, claimed before it is sent; it may serve several cases of a debtor."""

    __table_args__ = (
        Index("delivery_claimed", "claimed_at", postgresql_where=text("state = 'claimed'")),
        Index("delivery_unavailable", "channel", "unavailable_at", postgresql_where=text("state = 'unavailable'")),
        Index("delivery_of_creditor", "creditor_id", "serial"),
        Index("delivery_refused", "failed_at", postgresql_where=text("refused_template is not null")),
        Index("delivery_of_shadow", "creditor_id", "claimed_at", postgresql_where=text("state = 'shadow'")),
        Index("delivery_to_debtor", "debtor_id", "claimed_at"),
        Index(
            "delivery_unposted",
            "batch",
            postgresql_where=text("state = 'accepted' and posted_on is null and batch is not null"),
        ),
        Index("delivery_notice", "accepted_at", postgresql_where=text("message = 'collection-notice' and not alert")),
        Index(
            "delivery_reminder",
            "debtor_id",
            "accepted_at",
            postgresql_include=["id"],
            postgresql_where=text(
                "message in ('reminder', 'block-warning', 'termination-warning', 'collection-notice') and not alert "
                "and state not in ('shadow', 'withdrawn')"
            ),
        ),
    )
    id: UUID = Field(primary_key=True)
    serial: int = Field(unique=True)  # a short name for links, from the sequence delivery_serial
    creditor_id: str = Field(foreign_key="creditor.id")
    debtor_id: int = Field(foreign_key="debtor.id")
    channel: str
    message: str
    tone: str
    language: str
    alert: bool = False
    optional: bool = Field(
        default=False, sa_column_kwargs={"server_default": "false"}
    )  # of a step that others have not
    state: str  # claimed | accepted | unavailable | failed | shadow | withdrawn (a letter pulled before printing)
    attempt: int = 1
    contact_point_id: int | None = Field(default=None, foreign_key="contact_point.id", index=True)
    addressee: str | None = None  # adviser | guardian | estate, who stood in when it was claimed; null: the debtor
    document: dict[str, Any] = document()  # exactly as sent
    pdf: bytes | None = None  # a letter exactly as sent
    fee: Decimal = money(default=Decimal(0))
    fee_kind: str = Field(default="fee", sa_column_kwargs={"server_default": "fee"})  # fee | compensation
    cost: Decimal = money(default=Decimal(0))
    currency: str
    deadline: date | None = None
    claimed_at: datetime = moment()
    accepted_at: datetime | None = moment(default=None, index=True)
    provider_id: str | None = Field(default=None, index=True)
    first_unavailable_at: datetime | None = moment(default=None)
    unavailable_at: datetime | None = moment(default=None)
    try_again: bool = Field(
        default=False, sa_column_kwargs={"server_default": "false"}
    )  # at once: see facts/operations/outages
    delivered_at: datetime | None = moment(default=None)
    read_at: datetime | None = moment(default=None)
    read_by: str | None = None  # open | click | page visit | read receipt
    failed_at: datetime | None = moment(default=None)
    failure: str | None = None
    refused_template: str | None = None  # by WhatsApp: the id of the template that was not taken
    batch: str | None = Field(default=None, index=True)  # a letter's print batch
    posted_on: date | None = None  # or lay in the mailbox
    way: str | None = None  # digital mailbox | e-invoice | paper, as the distribution house tells; null: no house does


class DeliveryCase(_Table, table=True):
    """Which case, round and step a delivery serves: a step goes out once through a channel."""

    __table_args__ = (UniqueConstraint("case_id", "round", "step", "channel"),)
    delivery_id: UUID = Field(primary_key=True, foreign_key="delivery.id")
    case_id: int = Field(primary_key=True, foreign_key="dunning_case.id")
    round: int
    step: str
    channel: str
    carries_fee: bool = False
    interest: Decimal = money(default=Decimal(0), sa_column_kwargs={"server_default": "0"})  # that it adds to the debt
    asked_principal: Decimal | None = money(default=None)  # what the message asked for of this case
    asked_costs: Decimal | None = money(default=None)
    drawn: Decimal | None = money(default=None)  # of it, by direct debit, as the message says
    drawn_on: date | None = None
    drawn_instalment: int | None = None


class ProviderEvent(_NumberedFact, table=True):
    """What a provider told of a delivery, each event once."""

    __table_args__ = (UniqueConstraint("provider", "event_id"),)
    provider: str
    event_id: str
    delivery_id: UUID | None = Field(default=None, index=True)
    kind: str
    detail: dict[str, Any] = document()


class CaseEvent(_NumberedFact, table=True):
    """Who did what when: a case's diary."""

    case_id: int = Field(foreign_key="dunning_case.id", index=True)
    kind: str
    by: str
    detail: dict[str, Any] = document()


class Decision(_NumberedFact, table=True):
    """A decision of the planner: the action, its reason, the facts used and how far it looked."""

    case_id: int = Field(foreign_key="dunning_case.id", index=True)
    kind: str
    step: str | None = None
    channel: str | None = None
    at: datetime | None = moment(default=None)
    why: str
    flag: str | None = None
    facts: dict[str, Any] = document()
    looked_seq: int


class Reply(_ToBeDone, table=True):
    """What a debtor wrote to us, or somebody whom no creditor knows."""

    __table_args__ = (
        Index("reply_unread", "debtor_id", postgresql_where=text("done_at is null")),
        Index("reply_done", "creditor_id", "done_at"),
        Index("reply_of_no_case", "debtor_id", postgresql_where=text("case_id is null")),
        Index("reply_done_lately", "done_at", "id", postgresql_where=text("done_by <> 'purr'")),
        Index("reply_unsorted", text("(done_at is not null)"), "id", postgresql_where=text("sorted_at is null")),
    )
    creditor_id: str | None = Field(default=None, foreign_key="creditor.id", index=True)
    debtor_id: int | None = Field(default=None, foreign_key="debtor.id", index=True)
    case_id: int | None = Field(default=None, foreign_key="dunning_case.id", index=True)  # what it is about, if known
    channel: str
    sender: str | None = Field(default=None, index=True)  # the key of the address it came from, or the link was sent to
    text: str
    meaning: str | None = None  # what domain/parties/replies.py knows, as far as words can tell
    delivery_id: UUID | None = Field(default=None, foreign_key="delivery.id", index=True)  # the message that it answers
    tied_by: str | None = None  # by what it found its debtor or case: reply address | reference | number | sender
    automatic: str | None = None  # a mail that no person wrote: own | bounce | receipt | absence | list | machine
    subject: str | None = None  # a mail's
    quoted: str | None = None  # a mail's, of earlier ones
    html: str | None = None  # a mail's, with nothing in it that runs or loads
    topic: str | None = None  # what it is about (domain/parties/topics.py), where words or a person can tell
    taken_by: str | None = None  # who took it, where a person called or a letter came
    more: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # that came after it and are not kept
    said_by: str | None = None  # adviser | guardian | estate, where not the debtor said it
    sorted_at: datetime | None = moment(default=None)  # by what it says; None: it waits for that


class ReplySorting(_Fact, table=True):
    """What a reply was sorted as, once; append-only. Its words stay in the reply: a quote is where it begins and ends there."""

    reply_id: int = Field(primary_key=True, foreign_key="reply.id")
    classes: list[Any] = Field(sa_column=Column(JSONB, nullable=False))  # name and probability, the likeliest first
    quotes: dict[str, Any] = document()  # by class
    stop: bool
    urgent: bool
    version: str  # of what was learned, and of the rules


class ReplyVerdict(_NumberedFact, table=True):
    """What a person made of what a reply was taken to ask for; append-only. Whoever learns from replies reads it."""

    __table_args__ = (UniqueConstraint("reply_id", "kind"), Index("reply_verdict_at", "happened_at"))

    reply_id: int = Field(foreign_key="reply.id")
    kind: str  # as domain/parties/message_classes.py names them
    verdict: str  # confirmed | changed | rejected
    by: str


class ModelVersion(_NumberedFact, table=True):
    """What was learned at one time, from which data, and whether it is good enough to be used; append-only."""

    __table_args__ = (UniqueConstraint("name", "data_hash", "code"),)

    name: str  # words | payment | contacts
    data_hash: str  # of all that it learned from
    code: str  # a hash of the code that learned, which alone can read it
    metrics: dict[str, Any] = document()  # on what it had not seen
    weights: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # numpy's .npz
    passed: bool
    why: str  # it did not pass; empty where it did


class ModelChoice(_NumberedFact, table=True):
    """Which version of a model is in use from then on: the newest of a name counts; append-only."""

    __table_args__ = (
        CheckConstraint("not retired or version_id is null", name="retired_is_no_version"),
        UniqueConstraint("undoes"),
        Index("model_choice_of_name", "name", "id"),
    )

    name: str
    version_id: int | None = Field(default=None, foreign_key="model_version.id")  # null: nothing that was learned here
    retired: bool  # what is learned later is not used by itself either
    undoes: int | None = Field(default=None, foreign_key="model_choice.id")  # the choice that this one takes back
    by: str
    reason_code: str


class PaymentScore(_Table, table=True):
    """When an open case will be paid, as it was guessed last: each refresh writes it over. What may be done with it stands in
    docs/learning.md."""

    case_id: int = Field(primary_key=True, foreign_key="dunning_case.id")
    version_id: int  # of a model_version: these are never deleted, and no key watches over a million rows a night
    scored_at: datetime = moment()
    chance_7: Decimal = Field(sa_type=CHANCE)  # paid within so many days
    chance_14: Decimal = Field(sa_type=CHANCE)
    chance_30: Decimal = Field(sa_type=CHANCE)
    chance_next_step: Decimal | None = Field(default=None, sa_type=CHANCE)  # before it; None: no step has a day
    expected_money: Decimal = money()  # of the balance, within thirty days
    expected_on: date | None = None
    cold: bool  # nothing was known of this debtor but what all have
    # Feature, sooner | later, how much, and in a sentence what was seen then: the weightiest first.
    why: list[Any] = Field(sa_column=Column(JSONB, nullable=False))
    late_because: dict[str, Any] = document()  # reason -> probability, and the facts behind it


class FoundSegment(_Fact, table=True):
    """Debtors of a creditor who are alike, as they were found; the key stays over refreshes, whatever it is called."""

    creditor_id: str = Field(primary_key=True, foreign_key="creditor.id")
    key: str = Field(primary_key=True)
    name: str
    named_by: str | None = None  # a person, whose name for it a refresh leaves alone
    once_called: list[str] = Field(  # before persons renamed it: policies may name it so
        default_factory=list, sa_column=Column(JSONB, nullable=False, server_default=text("'[]'::jsonb"))
    )
    middle: dict[str, Any] = document()  # where it stands, by trait; empty for what is not found but who is left
    channel: str | None = None  # by which most of its debtors were prompted
    found_at: datetime | None = moment(default=None)  # by the last refresh that found it
    merged_into: str | None = None  # a person said so: whoever is found in it is in that one
    off: bool = Field(
        default=False, sa_column_kwargs={"server_default": text("false")}
    )  # whoever is found in it is in none


class DebtorSegment(_Table, table=True):
    """The found segment that a debtor is in, as it was found last: each refresh writes it over."""

    __table_args__ = (
        ForeignKeyConstraint(["creditor_id", "segment"], ["found_segment.creditor_id", "found_segment.key"]),
        Index("debtor_segment_of", "creditor_id", "segment"),
    )

    debtor_id: int = Field(primary_key=True, foreign_key="debtor.id")
    creditor_id: str
    segment: str
    found_in: str = Field(default="", sa_column_kwargs={"server_default": text("''")})  # before persons merged segments
    version: str  # of what found it
    found_at: datetime = moment()


class DebtorBehaviour(_Table, table=True):
    """How a debtor pays, as it was found last: each refresh writes it over."""

    __table_args__ = (Index("debtor_behaviour_of", "creditor_id", "found_at"),)

    debtor_id: int = Field(primary_key=True, foreign_key="debtor.id")
    creditor_id: str = Field(foreign_key="creditor.id")
    patterns: list[Any] = Field(sa_column=Column(JSONB, nullable=False))  # each with how often of how many
    traits: dict[str, Any] = document()  # where the debtor stands, 0 to 1
    version: str  # of what found it
    found_at: datetime = moment()


class ExperimentAssignment(_Table, table=True):
    """Which arm of an experiment a debtor is in, from the first time that a case is planned; append-only."""

    __table_args__ = (UniqueConstraint("creditor_id", "experiment", "debtor_id"),)

    id: int | None = Field(default=None, primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id")
    experiment: str  # as its policy calls it
    policy_hash: str  # of a policy_text: under which it was assigned
    debtor_id: int = Field(foreign_key="debtor.id", index=True)
    arm: str  # as its policy calls it
    share: Decimal = Field(sa_type=CHANCE)  # of debtors who get it, as it was then
    assigned_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class ExperimentStop(_NumberedFact, table=True):
    """An experiment was stopped: from then on all get one of its arms, or none; or an arm of it alone, and the others go on; the
    newest of each counts; append-only."""

    __table_args__ = (Index("experiment_stop_of", "creditor_id", "experiment", "id"),)

    creditor_id: str = Field(foreign_key="creditor.id")
    experiment: str
    stopped_arm: str | None = None  # that stopped alone; null: all of it
    arm: str | None = None  # the one that goes on; null: the step as it is written
    by: str
    reason_code: str


class ExperimentLook(_NumberedFact, table=True):
    """What an experiment had shown when it was looked at; append-only."""

    __table_args__ = (Index("experiment_look_of", "creditor_id", "experiment", "id"),)

    creditor_id: str = Field(foreign_key="creditor.id")
    experiment: str
    result: dict[str, Any] = document()  # as views/prediction/experiments.py writes it: no debtor is named


class StrategiesLook(_NumberedFact, table=True):
    """What each change of one line of a policy would come to, as it was judged; append-only."""

    __table_args__ = (Index("strategies_look_of", "creditor_id", "policy", "id"),)

    creditor_id: str = Field(foreign_key="creditor.id")
    policy: str
    found: dict[str, Any] = document()  # as prediction/effects/strategies_told.py writes it: no debtor is named


class StepProposal(_Table, table=True):
    """How a step of a case might better go, as it was learned, within what its policy lets be learned. Never changed; erased
    at once where the debtor objects to profiling."""

    __table_args__ = (
        UniqueConstraint("case_id", "round", "step"),
        CheckConstraint("propensity > 0 and propensity <= 1", name="propensity_is_a_chance"),
    )

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="dunning_case.id")
    round: int
    step: str
    channel: str | None = None  # null, here and below: as the step says
    clock: time | None = None  # local
    tone: str | None = None
    content: str | None = None
    propensity: Decimal = Field(sa_type=Numeric(7, 6))  # with what chance it was proposed
    explored: bool  # by chance, to learn from it
    version_id: int  # of a model_version: these are never deleted
    proposed_at: datetime = moment()
    recorded_at: datetime | None = recorded()


class GuessUse(_NumberedFact, table=True):
    """That a step was taken or left out because of a guess, with the guess as it was then: the log of every use. Never changed;
    erased at once where the debtor objects to profiling."""

    __table_args__ = (UniqueConstraint("case_id", "round", "step"), Index("guess_use_at", "happened_at"))

    case_id: int = Field(foreign_key="dunning_case.id")
    round: int
    step: str
    taken: bool  # else it was left out
    asked: str  # the policy's words that a guess answered: chance_below, segment, or both
    chance: Decimal | None = Field(default=None, sa_type=CHANCE)  # that it is paid within 14 days
    segment: str | None = None  # in which the debtor was found
    version: str  # of what was learned
    guessed_at: datetime = moment()


class HistoryFile(_NumberedFact, table=True):
    """A file of another system's past: how it was read and what it came to; append-only."""

    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    name: str
    content_hash: str  # of the file as it came
    map: str  # the map that it was read by, as it was written
    summary: dict[str, Any] = document()
    by: str


class HistoryColumns(_Table, table=True):
    """What such a file tells, packed: for as long as it is kept. Customers and invoices stand in it by keys alone."""

    file_id: int = Field(primary_key=True, foreign_key="history_file.id")
    columns: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # numpy's .npz
    invoices: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # the key of each invoice's id, 8 bytes each


class HistoryRemoval(_Fact, table=True):
    """Such a file was removed; append-only."""

    file_id: int = Field(primary_key=True, foreign_key="history_file.id")
    by: str


class ReplyCandidate(_Table, table=True):
    """One of the clients of an adviser whose words a person has yet to tell apart; the reply itself has no debtor then."""

    reply_id: int = Field(primary_key=True, foreign_key="reply.id")
    debtor_id: int = Field(primary_key=True, foreign_key="debtor.id", index=True)


class ReplyFile(_Fact, table=True):
    """A file that came with a reply, or with our answer to it."""

    reply_id: int = Field(primary_key=True, foreign_key="reply.id")
    position: int = Field(primary_key=True)  # in the reply, from 1
    name: str
    media_type: str | None = None  # by its content; None where it is neither a PDF nor a picture
    size: int
    content: bytes | None = None
    left_out: str | None = None  # why there is no content
    stored: str | None = Field(default=None, unique=True)  # its name in the folder of attachments, where it lies there
    answer_id: int | None = Field(default=None, foreign_key="answer.id", index=True)  # ours; None: the debtor's


class Answer(_NumberedFact, table=True):
    """What a person answered to a reply. Never changed but for when it was seen."""

    reply_id: int = Field(foreign_key="reply.id", index=True)
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    debtor_id: int = Field(foreign_key="debtor.id", index=True)
    case_id: int = Field(foreign_key="dunning_case.id", index=True)
    channel: str  # the way that the debtor's own words came by, where that is one of ours
    text: str
    by: str
    seen_at: datetime | None = moment(default=None)  # on the page, by a touch


class HandOff(_NumberedFact, table=True):
    """A case given to the collection partner."""

    __table_args__ = (
        Index("hand_off_of_creditor", "creditor_id", "id"),
        Index("hand_off_queued", "creditor_id", "id", postgresql_where=text("state = 'queued'")),
    )
    creditor_id: str = Field(foreign_key="creditor.id")
    case_id: int = Field(foreign_key="dunning_case.id", index=True)
    state: str  # queued | exported | accepted | rejected | recalled | closed | backed out
    file: str | None = Field(default=None, index=True)  # or, over an API, what left together with it
    reason: str | None = None
    reason_code: str | None = None  # the partner's, of a rejection or a closing
    exported_at: datetime | None = moment(default=None)
    answered_at: datetime | None = moment(default=None)
    closed_at: datetime | None = moment(default=None)


class HandOffMessage(_NumberedFact, table=True):
    """News for the collection partner after the hand-off."""

    __table_args__ = (
        Index("hand_off_message_waiting", "hand_off_id", "id", postgresql_where=text("exported_at is null")),
    )
    hand_off_id: int = Field(foreign_key="hand_off.id", index=True)
    kind: str  # direct_payment | change | recall | answer
    amount: Decimal | None = money(default=None)
    ordered_on: date | None = None  # a payment: the day the bank received the order
    reason: str | None = None
    question: str | None = None  # an answer: the partner's id of what it asked
    answer: str | None = None
    file: str | None = Field(default=None, index=True)
    exported_at: datetime | None = moment(default=None)
    acknowledged_at: datetime | None = moment(default=None)


class PartnerRequest(_NumberedFact, table=True):
    """What is posted to a partner's API, each hand-off's in order: the same bytes on every attempt, until it has them."""

    __table_args__ = (Index("partner_request_waiting", "hand_off_id", "id", postgresql_where=text("taken_at is null")),)
    hand_off_id: int = Field(foreign_key="hand_off.id", index=True)
    message_id: int | None = Field(default=None, foreign_key="hand_off_message.id", index=True)  # null: the case itself
    body: bytes | None = None
    attempts: int = 0
    ready_at: datetime = moment()  # wall time, as that of other systems is
    error: str | None = None  # of the last attempt; the partner's own words are in none
    taken_at: datetime | None = moment(default=None)


# --- doors -----------------------------------------------------------------------------------------------------


class WebhookEvent(_Fact, table=True):
    """An event that came in through a webhook, each once."""

    source: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)


class ReceivedCommand(_Fact, table=True):
    """A command that was recorded: the same id is the same command and gets the same answer."""

    id: str = Field(primary_key=True)
    command: str | None = None  # nobody knows it of commands that are older than this table
    target: str | None = None
    answer: dict[str, Any] = document()


class IdempotencyKey(_Fact, table=True):
    """A request that was answered: the same key gets the same answer, until it is forgotten."""

    __table_args__ = (Index("idempotency_key_age", "happened_at"),)

    creditor_id: str = Field(primary_key=True, foreign_key="creditor.id")
    key: str = Field(primary_key=True)
    request_hash: str
    status: int
    answer: dict[str, Any] = document()


class Outbox(_NumberedFact, table=True):
    """News on its way to a workflow: stored with the fact, sent by signal-with-start, then deleted."""

    __table_args__ = (
        Index("outbox_ready", "ready_at", "id", postgresql_where=text("dead_at is null")),
        Index("outbox_dead", "id", postgresql_where=text("dead_at is not null")),
    )
    case_id: int = Field(foreign_key="dunning_case.id", index=True)
    signal: str
    seq: int
    attempts: int = 0
    ready_at: datetime = moment()  # wall time: when it may be sent (again)
    dead_at: datetime | None = moment(default=None)
    error: str | None = None


class PageChange(_Table, table=True):
    """Something that the page of a case shows has changed: told once a transaction, by triggers, kept for a day."""

    case_id: int = Field(primary_key=True)
    written_in: int = Field(
        default=None,
        sa_column=Column(
            BigInteger, primary_key=True, server_default=text("(pg_current_xact_id()::text)::bigint"), nullable=False
        ),
    )  # the transaction: who has its snapshot knows whether it was seen
    kind: str = Field(primary_key=True)  # money | case | message | payment | draw | rights | desk
    recorded_at: datetime = recorded()


class DeskUser(_NumberedFact, table=True):
    """Somebody who works at the desk: who they are to the provider of identities, what they may do and for whom."""

    __table_args__ = (
        Index("desk_user_name", "name", unique=True),
        Index("desk_user_subject", "issuer", "subject", unique=True),
        Index("desk_user_email", "email", unique=True),
    )

    name: str  # short, in diaries: who was somebody here stays that one
    email: str  # lower case; finds them when they come for the first time
    full_name: str
    language: str = "nb"
    roles: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    creditors: list[str] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))  # null: all there are
    agency: str | None = None  # of a call agency's people: whose calls they see
    issuer: str | None = None  # with subject: as the provider knows them, since they came for the first time
    subject: str | None = None
    disabled_at: datetime | None = moment(default=None)
    by: str
    hears_calls: bool = Field(
        default=True, sa_column_kwargs={"server_default": text("true")}
    )  # as they wish themselves


class DeskSession(_Table, table=True):
    """Somebody signed in, in one browser. Wall time."""

    token_hash: str = Field(primary_key=True)
    user_id: int = Field(foreign_key="desk_user.id", index=True)
    began_at: datetime = moment()
    used_at: datetime = moment()
    shown_at: datetime = moment()  # who they are, the last time
    ended_at: datetime | None = moment(default=None)


class DeskPresence(_Table, table=True):
    """Somebody who is at a place of the desk in a tab of a browser, and when that last said so. Wall time."""

    tab: str = Field(primary_key=True)
    user_id: int = Field(foreign_key="desk_user.id", index=True)
    place: str = Field(index=True)
    seen_at: datetime = moment()


class DeskAudit(_NumberedFact, table=True):
    """A look at a person or a change, at the desk; append-only."""

    __table_args__ = (
        Index("desk_audit_of_case", "case_id", "id"),
        Index("desk_audit_of_debtor", "debtor_id", "id"),
        Index("desk_audit_of_user", "by", "id"),
        Index("desk_audit_of_creditor", "creditor_id", "id"),
        Index("desk_audit_of_act", "what", "id"),
        Index("desk_audit_of_day", "happened_at", "id"),
    )

    by: str
    what: str  # a word of the act, such as "looked" or a command's name
    creditor_id: str | None = Field(default=None, foreign_key="creditor.id")  # null: of nobody's in particular
    debtor_id: int | None = Field(default=None, foreign_key="debtor.id")
    case_id: int | None = Field(default=None, foreign_key="dunning_case.id")
    why: str | None = None  # a short code
    detail: dict[str, Any] = document()  # ids, amounts and days alone


class IncomingCall(_Fact, table=True):
    """Somebody calls somebody at the desk, as the phone system told; forgotten after a day. Nobody's voice is kept anywhere."""

    __table_args__ = (
        UniqueConstraint("creditor_id", "call_hash", "user_id"),
        Index("incoming_call_of_user", "user_id", "recorded_at"),
    )

    id: UUID = Field(primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id")
    user_id: int = Field(foreign_key="desk_user.id")
    call_hash: str  # of the phone system's own id
    number: str | None = None  # E.164, where it is nobody's that the user sees: until it is bound to somebody
    contact_points: list[int] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))  # with the number


class Announcement(_NumberedFact, table=True):
    """What a creditor tells many: written, its debtors looked for, then sent to those that were counted, or stopped."""

    __table_args__ = (
        Index("announcement_of_creditor", "creditor_id", "id"),
        Index("announcement_at_work", "id", postgresql_where=text("at_work")),
    )

    creditor_id: str = Field(foreign_key="creditor.id")
    once: str = Field(unique=True)  # the form's: what is sent twice is one
    kind: str  # price change | waiting time | outage
    words: dict[str, Any] = document()  # title, text and sms, by language
    written: str  # a filter: whom it is for
    until: date  # the last day of any use
    by: str
    at_work: bool = True  # its debtors are looked for, or told
    reached: int = 0  # up to which case they were looked for
    counted_at: datetime | None = moment(default=None)
    sent_by: str | None = None
    sent_at: datetime | None = moment(default=None)  # that a person said so
    told_at: datetime | None = moment(default=None)  # every case has heard of it
    stopped_by: str | None = None
    stopped_at: datetime | None = moment(default=None)


class Announced(_Table, table=True):
    """Somebody whom an announcement is for: once, whatever their invoices, and by which case."""

    __table_args__ = (Index("announced_of_case", "case_id"), Index("announced_of_recipient", "recipient_id"))

    announcement_id: int = Field(primary_key=True, foreign_key="announcement.id")
    recipient_id: int = Field(primary_key=True, foreign_key="debtor.id")  # who is written to
    case_id: int = Field(foreign_key="dunning_case.id")
    channel: str | None = None  # the way that was found, where there was one
    left_out: str | None = None  # why they do not get it
    told_at: datetime | None = moment(default=None)


class DeskPin(_NumberedFact, table=True):
    """A case that somebody at the desk keeps at hand, until they take it away."""

    __table_args__ = (UniqueConstraint("by", "case_id"),)

    by: str
    case_id: int = Field(foreign_key="dunning_case.id", index=True)


class DeskList(_NumberedFact, table=True):
    """A list of cases that somebody at the desk keeps under a name of their own."""

    __table_args__ = (UniqueConstraint("by", "name"),)

    by: str
    name: str
    written: str  # its filter, in the words of views/filters.py


class DeskDraft(_Table, table=True):
    """What somebody had typed when their session was over, sealed; gone once they have it again, or after an hour. Wall time."""

    id: UUID = Field(primary_key=True)
    user_id: int = Field(foreign_key="desk_user.id", index=True)
    path: str  # of the page that the form is on
    sealed: str
    kept_at: datetime = moment()


class DeskSavedReply(_NumberedFact, table=True):
    """Words that are often answered, with fields that are filled from a case."""

    __table_args__ = (UniqueConstraint("creditor_id", "language", "title"),)
    creditor_id: str = Field(foreign_key="creditor.id")
    language: str
    title: str
    text: str
    by: str
    answers: str | None = None  # what it answers, as domain/parties/message_classes.py names it


class DeskThread(_NumberedFact, table=True):
    """What somebody at the desk keeps of a thread: a debtor's, or of a writer whom nobody knows, by their first words there."""

    debtor_id: int | None = Field(default=None, foreign_key="debtor.id", unique=True)
    reply_id: int | None = Field(default=None, foreign_key="reply.id", unique=True)
    assigned_to: int | None = Field(default=None, foreign_key="desk_user.id", index=True)
    snoozed_until: datetime | None = moment(default=None)
    snoozed_after: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # the latest words that were known
    merged_into: int | None = Field(default=None, foreign_key="debtor.id", index=True)  # the same person's other number
    by: str


class WebhookEndpoint(_Fact, table=True):
    """Where a creditor wants to be told of events. Its secret is derived, never stored."""

    id: UUID = Field(primary_key=True)
    creditor_id: str = Field(foreign_key="creditor.id", index=True)
    url: str
    events: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    secret_version: int = 1
    rotated_at: datetime | None = moment(default=None)
    secrets_before: dict[str, str] = document()  # versions before, and when each was replaced
    disabled_at: datetime | None = moment(default=None)
    disabled_why: str | None = None
    deleted_at: datetime | None = moment(default=None)


class WebhookMessage(_Fact, table=True):
    """One event on its way to one endpoint."""

    __table_args__ = (
        Index("webhook_message_due", "endpoint_id", "urgent", "ready_at", postgresql_where=text("state = 'pending'")),
        Index("webhook_message_failed", "endpoint_id", postgresql_where=text("state = 'failed'")),
        Index("webhook_message_newest", "endpoint_id", "recorded_at"),
    )
    id: str = Field(primary_key=True)
    endpoint_id: UUID = Field(foreign_key="webhook_endpoint.id")
    type: str
    payload: dict[str, Any] = document()
    urgent: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})  # sent before the rest
    state: str = "pending"  # pending | delivered | failed | dropped | overtaken
    attempts: int = 0
    ready_at: datetime = moment()  # wall time: when it may be sent (again)
    first_at: datetime | None = moment(default=None)
    last_status: int | None = None
    error: str | None = None
    delivered_at: datetime | None = moment(default=None)


class WebhookAttempt(_Table, table=True):
    """One try to deliver a webhook message, in wall time."""

    id: int | None = Field(default=None, primary_key=True)
    message_id: str = Field(foreign_key="webhook_message.id", index=True)
    at: datetime = moment()
    status: int | None = None
    error: str | None = None
    seconds: float


class StopSwitch(_NumberedFact, table=True):
    """Stops everything, a creditor, a policy or a channel until it is lifted."""

    scope: str  # everything | creditor | policy | channel
    key: str = ""
    creditor_id: str | None = Field(default=None, foreign_key="creditor.id")
    by: str
    reason_code: str
    lifted_at: datetime | None = moment(default=None)
    lifted_by: str | None = None


class CreditorLook(_NumberedFact, table=True):
    """A creditor's own colour and logo, from now on; append-only. Without a colour: it looks as everybody."""

    __table_args__ = (Index("creditor_look_of_creditor", "creditor_id", "id"),)

    creditor_id: str = Field(foreign_key="creditor.id")
    colour: str | None = None
    media_type: str | None = None
    logo: bytes | None = None
    by: str
    reason_code: str


class CreditorPolicies(_NumberedFact, table=True):
    """All policies that a creditor has from now on, by a file or as they were put (earlier ones for single countries alone)."""

    __table_args__ = (Index("creditor_policies_of_creditor", "creditor_id", "id"),)

    creditor_id: str = Field(foreign_key="creditor.id")
    policies: dict[str, Any] = document()  # country and kind of debtor, or a kind -> the policy's name
    by: str
    reason_code: str


class OwnWords(_NumberedFact, table=True):
    """A creditor's own words in the place of a template of ours; append-only. The latest version counts, empty: ours again."""

    __table_args__ = (UniqueConstraint("creditor_id", "template", "version"),)

    creditor_id: str = Field(foreign_key="creditor.id")
    template: str  # nb/reminder.kind.txt.j2
    version: int
    text: str | None = None
    by: str
    reason_code: str


class ContentPiece(_NumberedFact, table=True):
    """What a creditor says beside an invoice; append-only. The latest version counts, empty: it is ended."""

    __table_args__ = (UniqueConstraint("creditor_id", "name", "version"),)

    creditor_id: str = Field(foreign_key="creditor.id")
    name: str
    version: int
    piece: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))  # as domain/pieces.py has it
    by: str
    reason_code: str


class ContentMark(_Table, table=True):
    """That somebody was shown a piece, followed a link of it or said whether it helped: no more than what is counted.

    `mark` is the case under seal, so that each is counted once; it is taken away when the piece is old news, and then nothing
    here is about anybody.
    """

    __table_args__ = (
        Index("content_mark_once", "piece_id", "what", "mark", unique=True, postgresql_where=text("mark is not null")),
        Index("content_mark_of_piece", "piece_id"),
        Index("content_mark_marked", "day", postgresql_where=text("mark is not null")),
    )

    id: int | None = Field(default=None, primary_key=True)
    piece_id: int = Field(foreign_key="content_piece.id")
    day: date
    what: str  # shown | clicked | answered
    helped: bool | None = None  # of an answer
    mark: str | None = None


class OtherProcessDay(_NumberedFact, table=True):
    """What the creditor's process of today sent on a day, beside a shadow; append-only. The latest row of a day counts."""

    __table_args__ = (Index("other_process_day_of_creditor", "creditor_id", "day", "id"),)

    creditor_id: str = Field(foreign_key="creditor.id")
    day: date
    sent: list[list[str]] = Field(sa_column=Column(JSONB, nullable=False))  # (invoice, message, channel)
    by: str


class Rehearsal(_NumberedFact, table=True):
    """Who gets all messages of a creditor in test mode, from now on; append-only. With neither address: nobody any more."""

    __table_args__ = (Index("rehearsal_of_creditor", "creditor_id", "id"),)

    creditor_id: str = Field(foreign_key="creditor.id")
    email: str | None = None
    phone: str | None = None
    by: str
    reason_code: str


class CreditorRamp(_NumberedFact, table=True):
    """How many of a hundred of a creditor's debtors are in, from now on; append-only. A creditor without a row: all are."""

    __table_args__ = (Index("creditor_ramp_of_creditor", "creditor_id", "id"),)

    creditor_id: str = Field(foreign_key="creditor.id")
    percent: int  # 1 | 10 | 100
    by: str
    reason_code: str


class Outage(_Table, table=True):
    """A channel whose provider, or whose folder, takes nothing at this moment."""

    channel: str = Field(primary_key=True)
    since: datetime = moment()
    reason: str
    ask_at: datetime = moment()  # wall time: when one message may try again whether it is over
    answered_at: datetime | None = moment(default=None)  # something was taken: those that wait are to be told


class JobRun(_Table, table=True):
    """When a job was last done, and whether it has failed since. Wall time."""

    job: str = Field(primary_key=True)
    done_at: datetime | None = moment(default=None)
    failed_at: datetime | None = moment(default=None)  # since it was last done
    failure: str | None = None  # the kind of error


class WorkerProcess(_Table, table=True):
    """A worker that runs, as it says every few seconds. Wall time."""

    name: str = Field(primary_key=True)  # host and process
    seen_at: datetime = moment()
    folders: dict[str, Any] = document()  # what cannot be written, each with the error in words


class ClockOffset(_Table, table=True):
    """How far the doors' clock is ahead of the wall. Only the simulator writes here; production has no row."""

    id: int = Field(default=1, primary_key=True)
    seconds: float
