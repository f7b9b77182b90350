"""The lists of the API besides invoices: each with its address, its rows and what a row is told as."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel, Field

from connectors.ids import Kind
from facts import clock
from views.filters import Filter, Word
from views.listed import (
    ACCOUNTS,
    CASES_LISTED,
    DEBTORS,
    DELIVERIES,
    HAND_OFFS,
    LETTERS,
    MESSAGES_LISTED,
    PAYMENTS,
    TASKS_LISTED,
)
from views.lists import Listed, read_page
from web.api.idempotency import json_response
from web.api.ids import EXAMPLES, Event, HandOffId, PaymentId, StepName, TaskId, written
from web.api.lists import Asking, ListOf
from web.problems import documented, not_found
from web.security import CreditorAsking
from web.services import Here

WHEN = ["2026-11-16T09:30:00Z"]
DAY = ["2026-11-16"]


def told(description: str, *examples: Any) -> Any:
    """A field as the API's description has it."""
    return Field(description=description, examples=list(examples) or None)


class ListedCase(BaseModel):
    """A case: what it does next, or how it ended."""

    invoice: str = told("The invoice's number.", "2026-1001")
    state: str = told("`open` or `closed`.", "open")
    outcome: str | None = told(
        "How the case ended. `open` stays its state until its last word to the debtor has left.", "paid"
    )
    policy: str = told("The policy whose steps it follows.", "no-gentle")
    round: int = told("Which run through the steps.", 1)
    flag: str | None = told("What a person should look at.", "bank data stale")
    on_hold: bool = told("Nothing goes out until the hold ends.", False)
    disputed: bool = told("The debtor disagrees, and nobody has resolved it.", False)
    next_kind: str | None = told("What it does next.", "deliver")
    next_step: StepName | None = told("The policy's step that comes next.", "reminder")
    next_channel: str | None = told("The channel it uses.", "email")
    next_at: datetime | None = told("When.", *WHEN)
    next_why: str | None = told("Why then, in words.", "reminder by email, 14 days after the due date")


class DebtorAddress(BaseModel):
    """An address of a debtor, and how well it works."""

    channel: str = told("The channel.", "email")
    address: str = told("The address.", "kari@example.no")
    state: str = told(
        "`valid`, `bounced`, `opted out`, `wrong`, `replaced`, `left` as a person said, or `given` and not made sure of.",
        "valid",
    )


class ListedDebtor(BaseModel):
    """A debtor as it is known now."""

    customer_number: str | None = told("Your own number.", "K-1042")
    name: str = told("The name.", "Kari Nordmann")
    kind: str = told("`consumer` or `business`.", "consumer")
    organisation_number: str | None = told("A business's number.", "987654325")
    language: str = told("In which the debtor is written to.", "nb")
    country: str = told("ISO 3166 code, whose law holds.", "NO")
    address: list[str] = told("The postal address, a line each.", ["Storgata 1", "0155 Oslo"])
    representative: str | None = told("Who gets every message instead.", "Verge Ola")
    protected_address: bool = told("The address is kept from everybody.", False)
    stop_reason: str | None = told("Why nothing is sent.", "deceased")
    stopped_on: date | None = told("Since when.", *DAY)
    addresses: list[DebtorAddress] = told("Where messages go.")
    open_cases: int = told("How many cases are open.", 2)


class ListedPayment(BaseModel):
    """A payment, and what it came to."""

    id: str = told("Its id where it comes from.", "bank-2026-11-16-000123")
    number: PaymentId = told("Names it where it waits for a person.", EXAMPLES[Kind.PAYMENT])
    source: str = told("Who told of it.", "api")
    amount: Decimal = told("Negative: taken back.", "802.00")
    currency: str = told("ISO 4217 code.", "NOK")
    booked_on: date = told("The bank's booking date.", *DAY)
    reference: str | None = told("The reference it came with.", "006402710013")
    account: str | None = told("The account it came in on.", "12345678903")
    payer_name: str | None = told("Who paid, as the bank tells it.", "Kari Nordmann")
    state: str = told("`booked`, `review` (it waits for a person) or `returned`.", "booked")
    why: str | None = told("Why it was not booked by itself.", "no invoice has this payment reference")
    matched_by: str | None = told(
        "How its invoice was found, where the reference alone did not say it.",
        "number of invoice 2026-1001 in the text",
    )
    invoices: list[str] | None = told("The invoices it is booked on.", ["2026-1001"])


class ListedDelivery(BaseModel):
    """A message by one channel, and what became of it."""

    id: UUID = told("The delivery's id.")
    invoices: list[str] | None = told("The invoices it is about.", ["2026-1001"])
    channel: str = told("The channel.", "email")
    message: str = told("Which message.", "reminder")
    tone: str = told("`kind`, `neutral` or `firm`.", "kind")
    language: str = told("Its language.", "nb")
    alert: bool = told("A copy that proves nothing.", False)
    state: str = told("`claimed`, `accepted`, `unavailable`, `failed`, `shadow` or `withdrawn`.", "accepted")
    fee: Decimal = told("The fee it carries.", "0.00")
    currency: str = told("ISO 4217 code.", "NOK")
    deadline: date | None = told("The deadline it gives.", "2026-12-14")
    claimed_at: datetime = told("When it was begun.", *WHEN)
    accepted_at: datetime | None = told("When the provider or printer took it.", *WHEN)
    delivered_at: datetime | None = told("When it arrived.", *WHEN)
    read_at: datetime | None = told("When it was read.", *WHEN)
    read_by: str | None = told("What shows it: `open`, `click`, `page visit`, `read receipt`.", "open")
    failed_at: datetime | None = told("When it failed.", *WHEN)
    failure: str | None = told("Why.", "mailbox full")
    batch: str | None = told("A letter's batch.", "2026-11-30-acme-1")
    posted_on: date | None = told("When a letter was posted, or lay in a digital mailbox.", *DAY)
    way: str | None = told(
        "How a distribution house says that it went: `digital mailbox`, `e-invoice` or `paper`; null: no house does.",
        None,
        "paper",
    )
    addressee: str | None = told(
        "Who stood in for the debtor and got it: `adviser`, `guardian` or `estate`; null: the debtor.", None, "guardian"
    )


class Delivery(ListedDelivery):
    """A message exactly as it was sent."""

    document: dict[str, Any] = told(
        "The words as they were sent, by the channel's form; empty once they are erased.",
        {"subject": "Påminnelse", "text": "Hei Kari …"},
    )


class ListedTask(BaseModel):
    """Work for a person."""

    id: TaskId = told("The task's id; a call's is the same.", EXAMPLES[Kind.TASK])
    kind: str = told("What is to be done.", "call")
    why: str = told("Why.", "the reminder's deadline has passed")
    invoice: str = told("The invoice it is about, or the first of several.", "2026-1001")
    due_on: date | None = told("The last day for it, where the law gives one.", *DAY)
    since: datetime = told("Since when.", *WHEN)
    done_at: datetime | None = told("When it was done; null while it waits.", *WHEN)
    done_by: str | None = told("Who did it.", "anne")
    result: str | None = told("What came of it.", "pays on Friday")


class ListedHandOff(BaseModel):
    """A case at the collection partner."""

    id: HandOffId = told("The hand-off's id.", EXAMPLES[Kind.HAND_OFF])
    invoice: str = told("The invoice's number.", "2026-1001")
    state: str = told("`queued`, `exported`, `accepted`, `rejected`, `recalled` or `backed out`.", "exported")
    file: str | None = told("The file it went in.", "2026-12-01-acme-1.json")
    reason: str | None = told("Why it came back.", "debtor unknown")
    since: datetime = told("When it was queued.", *WHEN)
    exported_at: datetime | None = told("When it went to the partner.", *WHEN)
    answered_at: datetime | None = told("When the partner answered.", *WHEN)


class ListedAccount(BaseModel):
    """An account, and how far its bank data is imported."""

    account: str = told("The account.", "12345678903")
    imported_through: date | None = told("The last day that is imported in full.", *DAY)
    source: str | None = told("The kind of bank file that imports it.", "camt.054")


class ListedWebhookMessage(BaseModel):
    """An event on its way to one of your endpoints."""

    id: str = told("The webhook-id, the same on every attempt.", "msg_0d4b6e2a")
    endpoint: UUID = told("The endpoint's id.", "7c9e6679-7425-40de-944b-e07fc1f90ae7")
    type: str = told("The event.", "case.closed")
    state: str = told("`pending`, `delivered`, `failed`, `dropped` or `overtaken`.", "delivered")
    attempts: int = told("How often it was tried.", 1)
    last_status: int | None = told("The status of the last answer.", 200)
    happened_at: datetime = told("When it happened.", *WHEN)
    delivered_at: datetime | None = told("When you answered 2xx.", *WHEN)
    payload: Event = told("Its body.", {"type": "case.closed"})


@dataclass(frozen=True, slots=True)
class Offered:
    """A list as the API offers it."""

    path: str
    listed: Listed
    item: type[BaseModel]
    tag: str
    said: str

    @property
    def name(self) -> str:
        """The operation's name."""
        return f"list_{self.listed.name.replace(' ', '_').replace('-', '_')}"


OFFERED = (
    Offered("/v1/cases", CASES_LISTED, ListedCase, "invoices", "Your cases: what each does next, or how it ended."),
    Offered("/v1/debtors", DEBTORS, ListedDebtor, "debtors", "Your debtors as they are known now."),
    Offered("/v1/payments", PAYMENTS, ListedPayment, "payments", "What was paid, booked or waiting for a person."),
    Offered("/v1/bank-accounts", ACCOUNTS, ListedAccount, "payments", "Your accounts, and how far each is imported."),
    Offered("/v1/deliveries", DELIVERIES, ListedDelivery, "invoices", "What was sent, and what became of it."),
    Offered("/v1/tasks", TASKS_LISTED, ListedTask, "invoices", "Work for a person, done or not."),
    Offered("/v1/letters", LETTERS, ListedDelivery, "letters and hand-offs", "Your letters with their batches."),
    Offered(
        "/v1/webhook-messages",
        MESSAGES_LISTED,
        ListedWebhookMessage,
        "webhooks to your system",
        "What your endpoints are told, all of them together.",
    ),
    Offered("/v1/hand-offs", HAND_OFFS, ListedHandOff, "letters and hand-offs", "What the partner was given."),
)


def router_of_lists() -> APIRouter:
    """A door for each list, and one for a message as it was sent."""
    router = APIRouter(responses=documented(401, 422))
    for offered in OFFERED:
        _offer(router, offered)
    router.add_api_route(
        "/v1/deliveries/{id}",
        get_delivery,
        response_model=Delivery,
        responses=documented(404),
        tags=["invoices"],
    )
    return router


def _offer(router: APIRouter, offered: Offered) -> None:
    answer: Any = ListOf[offered.item]  # type: ignore[name-defined]

    async def read(asking: Asking) -> Response:
        async with asking.services.database.transaction() as connection:
            page = await asking.read(connection, offered.listed)
        shown = answer.model_validate(asking.answer(offered.listed, page, page.rows))
        return json_response(written(shown, asking.ids))

    router.add_api_route(
        offered.path, read, response_model=answer, name=offered.name, description=offered.said, tags=[offered.tag]
    )


async def get_delivery(
    id: Annotated[UUID, Path(description="The delivery's id, as the list and webhooks have it.")],
    services: Here,
    creditor: CreditorAsking,
) -> Response:
    """A message exactly as it was sent, and what became of it."""
    wanted = Filter(((Word("id", by_name=True), "=", id),))
    async with services.database.transaction() as connection:
        now = await clock.now(connection, creditor)
        page = await read_page(connection, DELIVERIES, creditor, wanted, now, limit=1)
    if not page.rows:
        raise not_found(f"delivery {id}")
    return json_response(Delivery.model_validate(page.rows[0]).model_dump(mode="json"))
