"""What a billing system does with its cases through Temporal: start, tell, order, ask and list.

It needs the `temporalio` package and nothing else of Purr:

    purr = await PurrClient.connect("acme", address="purr.example:7233")
    await purr.start_case("2026-1001")

An invoice is stored first, over the API or from a file; that starts its case too. Starting a case twice is the same case.
What cannot be right raises `InvalidInputError` before anything is sent. Ids, amounts, dates and codes alone go out: no names, no
addresses and no free text, for what goes through Temporal stays in its histories.

Amounts are `Decimal` in the invoice's currency, never `float`. Days are `date`, by the debtor's calendar; moments are
`datetime` with a zone.
"""

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from temporalio.client import (
    Client,
    TLSConfig,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes, WorkflowIDConflictPolicy
from temporalio.converter import DataConverter
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

WORKFLOW = "dunning"
TASK_QUEUE = "purr"
ANSWER_WITHIN = timedelta(seconds=5)
BEGUN_AFTER = timedelta(seconds=0.2)

CREDITOR = SearchAttributeKey.for_keyword("Creditor")
STEP = SearchAttributeKey.for_keyword("Step")
AMOUNT_DUE = SearchAttributeKey.for_float("AmountDue")
DUE_DATE = SearchAttributeKey.for_datetime("DueDate")
NEXT_ACTION_AT = SearchAttributeKey.for_datetime("NextActionAt")
ON_HOLD = SearchAttributeKey.for_bool("OnHold")

OWN_DOORS = frozenset({"api", "webhook", "bank file", "terminal", "vipps", "stripe", "collection partner"})
"""Names under which Purr's own doors book payments: none of them is a provider's."""
MOST = Decimal(10**10)
_CREDITOR = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:@+-]{0,63}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_AWAY = (RPCStatusCode.CANCELLED, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.UNAVAILABLE)


class PurrError(Exception):
    """What was asked was not done; the message says why, in words."""


class InvalidInputError(PurrError, ValueError):
    """This cannot be right: nothing was sent."""


class UnknownInvoiceError(PurrError):
    """Purr has no such invoice: store it first."""


class NoCaseError(PurrError):
    """No case of the invoice runs: none was started, or it has ended."""


class RefusedError(PurrError):
    """The case refuses an order; the message has the case's own words."""


class NoAnswerError(PurrError):
    """The Temporal server or Purr's worker has not answered in time; the message says what holds all the same."""


@dataclass(frozen=True)
class Payment:
    """Money that came for an invoice, booked once for its provider and id, however often it is told."""

    provider: str
    """Your payment provider's name, a code; none of `OWN_DOORS`."""
    payment_id: str
    """The provider's own id of the payment, a code."""
    amount: Decimal
    """With two decimals at most, below 10,000,000,000; negative where a payment is taken back."""
    currency: str
    """ISO 4217, such as NOK."""
    booked_on: date | None = None
    """The day it was booked, not ahead; today where the debtor lives when left out."""


@dataclass(frozen=True)
class CaseStatus:
    """Where a case stands."""

    case_id: str
    """The workflow id, `dunning/<creditor>/<invoice>`."""
    step: str
    """The step of the policy it is at; empty before the first."""
    next: str
    """What it does next, in words."""
    why: str
    """And why."""
    amount_due: Decimal
    """What is owed now, in the invoice's currency."""
    due_date: date | None
    on_hold: bool
    done: tuple[str, ...]
    """What it has done in its present run, in words, and what it has refused: a payment by signal among it."""


@dataclass(frozen=True)
class NextAction:
    """What a case does next because of an order."""

    act: str
    """The activity's name (`send_email`), `wait` or `close`."""
    at: datetime | None
    """When (UTC); None where it waits for news."""
    label: str
    """In words."""
    why: str
    step: str
    channel: str
    on_hold: bool


@dataclass(frozen=True)
class ListedCase:
    """A case in a list, by what Temporal's visibility store knows: a second behind at most, and exact nowhere."""

    case_id: str
    invoice: str
    step: str
    amount_due: Decimal
    """In the invoice's currency, to the cent."""
    due_date: date | None
    next_action_at: datetime | None
    """UTC; None where it waits for news."""
    on_hold: bool


class PurrClient:
    """The cases of one creditor. Safe for many tasks at once; calls take `answer_within` at most."""

    def __init__(
        self,
        temporal: Client,
        creditor: str,
        *,
        task_queue: str = TASK_QUEUE,
        answer_within: timedelta = ANSWER_WITHIN,
    ) -> None:
        """A creditor's cases over a Temporal client of your own, with its codec, certificates and interceptors.

        `answer_within` is how long a call waits for the server and the worker. Raises InvalidInputError.
        """
        if not isinstance(creditor, str) or not _CREDITOR.fullmatch(creditor):
            raise InvalidInputError(
                f"creditor {creditor!r}: give its id, small letters, digits and -, 40 signs at most, such as 'acme'"
            )
        if answer_within <= timedelta(0):
            raise InvalidInputError(f"answer_within is {answer_within}: give more than nothing")
        self._temporal = temporal
        self._creditor = creditor
        self._task_queue = task_queue
        self._within = answer_within

    @classmethod
    async def connect(
        cls,
        creditor: str,
        *,
        address: str = "127.0.0.1:7233",
        namespace: str = "default",
        api_key: str | None = None,
        tls: bool | TLSConfig | None = None,
        data_converter: DataConverter = DataConverter.default,
        answer_within: timedelta = ANSWER_WITHIN,
    ) -> "PurrClient":
        """Connect to the Temporal server that Purr uses, over TLS where there is an `api_key` or `tls` says so.

        Temporal Cloud: its `address`, the `namespace` as it is written there, and an `api_key`, or `tls` with a client
        certificate. `data_converter`: only where Purr's worker has a codec of its own, which is then yours too.
        Raises InvalidInputError and NoAnswerError.
        """
        try:
            temporal = await Client.connect(
                address,
                namespace=namespace,
                api_key=api_key,
                tls=tls if tls is not None else api_key is not None,
                data_converter=data_converter,
                lazy=True,
            )
            client = cls(temporal, creditor, answer_within=answer_within)
            await temporal.service_client.check_health(timeout=answer_within)
        except (RPCError, RuntimeError) as error:
            raise NoAnswerError(f"the Temporal server at {address} does not answer: {_first_line(error)}") from error
        return client

    # --- start and tell ------------------------------------------------------------------------------------------

    def case_id(self, invoice: str) -> str:
        """The workflow id of an invoice's case: `dunning/<creditor>/<invoice>`. Raises InvalidInputError."""
        return f"{WORKFLOW}/{self._creditor}/{_invoice_number(invoice)}"

    async def start_case(self, invoice: str) -> CaseStatus | None:
        """Start the case of a stored invoice; one that runs already looks at its facts again. Twice is the same case.

        Gives where the case stands once it has looked; None where no worker answered in time: the start is kept by the
        server, and the case begins when a worker is there. A settled invoice's case closes at once.
        Raises UnknownInvoiceError where the invoice is not stored.
        """
        return await self._tell(invoice, "invoice_changed", {})

    async def invoice_changed(self, invoice: str) -> CaseStatus | None:
        """Tell the case that its invoice, debtor or ledger was changed in Purr's facts; the same as `start_case`.

        Changes themselves (a credit note, another due date) go over the API, which tells the case by itself.
        """
        return await self.start_case(invoice)

    async def payment_received(self, invoice: str, payment: Payment) -> CaseStatus | None:
        """Tell the case of money. It is booked once for its provider and id, also where the case has closed.

        Bounded: in production only creditors that `PURR_MONEY_BY_SIGNAL` of Purr's worker names may bring money this
        way, since whoever reaches the Temporal server can; others use `POST /v1/payments`. A signal has no answer of its
        own: what is refused is a line of `CaseStatus.done` and of the case's diary that says why.
        Gives where the case stands then; None where no worker answered in time: the server keeps the signal.
        Raises UnknownInvoiceError: the money is booked nowhere.
        """
        return await self._tell(invoice, "payment_received", _payment(payment))

    # --- orders --------------------------------------------------------------------------------------------------

    async def hold(
        self, invoice: str, *, by: str, reason_code: str, until: datetime | None = None, command_id: str | None = None
    ) -> NextAction:
        """Pause the case until a moment ahead, or until it is released.

        As for every order: `by` says who decides and `reason_code` why, as codes (no personal data: a staff number rather
        than a name). The same `command_id` again is the same order. Gives what the case does next.
        Raises RefusedError, NoCaseError and NoAnswerError.
        """
        if until is not None and (not isinstance(until, datetime) or until.tzinfo is None):
            raise InvalidInputError(f"until is {until!r}: give a datetime with its zone")
        more = {"until": until.isoformat()} if until else {}
        return await self._order("hold", invoice, by, reason_code, command_id, **more)

    async def release(self, invoice: str, *, by: str, reason_code: str, command_id: str | None = None) -> NextAction:
        """Let a held case go on."""
        return await self._order("release", invoice, by, reason_code, command_id)

    async def skip(
        self, invoice: str, step: str, *, by: str, reason_code: str, command_id: str | None = None
    ) -> NextAction:
        """Leave out a step that is ahead, named as in the policy."""
        return await self._order("skip", invoice, by, reason_code, command_id, step=_code("step", step))

    async def send_now(
        self, invoice: str, step: str, *, by: str, reason_code: str, command_id: str | None = None
    ) -> NextAction:
        """Do a step that is ahead as soon as the law and the debtor's day allow it."""
        return await self._order("send_now", invoice, by, reason_code, command_id, step=_code("step", step))

    async def withdraw(self, invoice: str, *, by: str, reason_code: str, command_id: str | None = None) -> NextAction:
        """Claim nothing more: the case closes, and what was charged is taken back."""
        return await self._order("withdraw", invoice, by, reason_code, command_id)

    async def dispute(
        self,
        invoice: str,
        *,
        by: str,
        reason_code: str,
        amount: Decimal | None = None,
        command_id: str | None = None,
    ) -> NextAction:
        """The debtor disagrees with all of it, which stops the case, or with `amount`, and the rest goes on."""
        more = {} if amount is None else {"amount": _amount("amount", amount, negative=False)}
        return await self._order("dispute", invoice, by, reason_code, command_id, **more)

    async def resolve_dispute(
        self, invoice: str, *, upheld: bool, by: str, reason_code: str, command_id: str | None = None
    ) -> NextAction:
        """Decide the open dispute: upheld withdraws the case, rejected gives the debtor new days."""
        if not isinstance(upheld, bool):
            raise InvalidInputError(f"upheld is {upheld!r}: give True or False")
        return await self._order("resolve_dispute", invoice, by, reason_code, command_id, upheld=upheld)

    # --- ask -----------------------------------------------------------------------------------------------------

    async def status(self, invoice: str) -> CaseStatus:
        """Where the case stands, also after it has ended. Raises NoCaseError and NoAnswerError."""
        handle = self._handle(invoice)
        try:
            return _status(await self._says(handle))
        except RPCError as error:
            raise self._in_words(invoice, error) from error
        except WorkflowQueryFailedError as error:
            raise RefusedError(f"the case of invoice {invoice} does not say where it stands: {error}") from error

    async def cases(
        self,
        *,
        open: bool = True,
        step: str | None = None,
        on_hold: bool | None = None,
        due_before: date | None = None,
        amount_at_least: Decimal | None = None,
    ) -> AsyncIterator[ListedCase]:
        """The creditor's cases that are all of this, in no order: running ones, or with `open=False` those that have ended.

        Raises InvalidInputError and NoAnswerError.
        """
        wanted = [f"WorkflowType = '{WORKFLOW}'", f"{CREDITOR.name} = '{self._creditor}'"]
        wanted.append(f"ExecutionStatus {'=' if open else '!='} 'Running'")
        if step is not None:
            wanted.append(f"{STEP.name} = '{_code('step', step)}'")
        if on_hold is not None:
            wanted.append(f"{ON_HOLD.name} = {'true' if on_hold else 'false'}")
        if due_before is not None:
            wanted.append(f"{DUE_DATE.name} < '{_day('due_before', due_before)}T00:00:00Z'")
        if amount_at_least is not None:
            wanted.append(f"{AMOUNT_DUE.name} >= {_amount('amount_at_least', amount_at_least, negative=False)}")
        try:
            async for found in self._temporal.list_workflows(" AND ".join(wanted), rpc_timeout=self._within):
                yield _listed(found.id, found.typed_search_attributes)
        except RPCError as error:
            raise NoAnswerError(f"the Temporal server gives no list: {error.message}") from error

    # --- over the wire -------------------------------------------------------------------------------------------

    def _handle(self, invoice: str) -> WorkflowHandle[Any, Any]:
        return self._temporal.get_workflow_handle(self.case_id(invoice))

    async def _tell(self, invoice: str, signal: str, content: dict[str, Any]) -> CaseStatus | None:
        """Signal the case, starting a run where none is there to hear it; gives what it says once it has looked."""
        number = _invoice_number(invoice)
        try:
            await self._temporal.start_workflow(
                WORKFLOW,
                {"creditor": self._creditor, "invoice": number},
                id=self.case_id(number),
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                search_attributes=TypedSearchAttributes([SearchAttributePair(CREDITOR, self._creditor)]),
                static_summary=f"Invoice {number} of {self._creditor}",
                start_signal=signal,
                start_signal_args=[content],
                rpc_timeout=self._within,
            )
        except RPCError as error:
            raise NoAnswerError(f"invoice {number}: the Temporal server has not taken it: {error.message}") from error
        return await self._what_it_says(number)

    async def _what_it_says(self, invoice: str) -> CaseStatus | None:
        """Where a case stands once it has looked at its facts; None where it has not in time."""
        handle = self._handle(invoice)
        until = asyncio.get_running_loop().time() + self._within.total_seconds()
        try:
            while True:
                status = _status(await self._says(handle))
                if (await handle.describe(rpc_timeout=self._within)).status == WorkflowExecutionStatus.FAILED:
                    await handle.result(rpc_timeout=self._within)
                if status.due_date is not None:
                    return status
                if asyncio.get_running_loop().time() > until:
                    return None
                await asyncio.sleep(BEGUN_AFTER.total_seconds())
        except WorkflowFailureError as failed:
            raise _failed(failed) from failed
        except (RPCError, WorkflowQueryFailedError):
            return None

    async def _says(self, handle: WorkflowHandle[Any, Any]) -> dict[str, Any]:
        """What a case says of itself; a fresh run that has not begun yet, a second at most, is asked again."""
        until = asyncio.get_running_loop().time() + self._within.total_seconds()
        while True:
            try:
                said: dict[str, Any] = await handle.query("status", rpc_timeout=self._within)
                return said
            except RPCError as error:
                if error.status != RPCStatusCode.FAILED_PRECONDITION or asyncio.get_running_loop().time() > until:
                    raise
                await asyncio.sleep(BEGUN_AFTER.total_seconds())

    async def _order(
        self, name: str, invoice: str, by: str, reason_code: str, command_id: str | None, **more: Any
    ) -> NextAction:
        order = {"by": _code("by", by), "reason_code": _code("reason_code", reason_code)} | more
        identity = str(uuid4()) if command_id is None else _code("command_id", command_id)
        handle = self._handle(invoice)
        try:
            following = await handle.execute_update(name, order, id=identity, rpc_timeout=self._within)
        except WorkflowUpdateFailedError as refused:
            raise RefusedError(_cause(refused)) from refused
        except WorkflowUpdateRPCTimeoutOrCancelledError as late:
            raise NoAnswerError(
                f"the case of invoice {invoice} has not answered within {self._within}: "
                "the order may still be done. Give it again with the same command_id"
            ) from late
        except RPCError as error:
            raise self._in_words(invoice, error) from error
        return _next(following)

    def _in_words(self, invoice: str, error: RPCError) -> PurrError:
        if error.status == RPCStatusCode.NOT_FOUND:
            return NoCaseError(
                f"no case of invoice {invoice} runs: it was never started, or it has ended. `start_case` starts one"
            )
        if error.status in _AWAY:
            return NoAnswerError(f"nobody answers for the case of invoice {invoice}: {error.message}")
        return RefusedError(f"the Temporal server refuses it for invoice {invoice}: {error.message}")


# --- what is sent ------------------------------------------------------------------------------------------------


def _payment(payment: Payment) -> dict[str, Any]:
    if not isinstance(payment, Payment):
        raise InvalidInputError(f"payment is {payment!r}: give a Payment")
    provider = _code("provider", payment.provider)
    if " ".join(provider.casefold().split()) in OWN_DOORS:
        raise InvalidInputError(f"provider is {provider!r}, a door of Purr's own: give your provider another name")
    if not isinstance(payment.currency, str) or not _CURRENCY.fullmatch(payment.currency):
        raise InvalidInputError(f"currency is {payment.currency!r}: give its ISO 4217 code, such as 'NOK'")
    told = {
        "provider": provider,
        "payment_id": _code("payment_id", payment.payment_id),
        "amount": _amount("amount", payment.amount, negative=True),
        "currency": payment.currency,
    }
    return told if payment.booked_on is None else told | {"booked_on": _day("booked_on", payment.booked_on)}


def _invoice_number(number: str) -> str:
    """The number as Purr keeps it; it is part of the case's id."""
    if not isinstance(number, str) or not 1 <= len(number) <= 64:
        raise InvalidInputError(f"invoice number {number!r}: give 1 to 64 signs")
    if wrong := sorted({sign for sign in number if sign in "\\?#%" or not sign.isprintable()}):
        raise InvalidInputError(f"invoice number {number!r} holds {' '.join(map(ascii, wrong))}, which no id may hold")
    if any(part in {"", ".", ".."} for part in number.split("/")):
        raise InvalidInputError(f"invoice number {number!r} has an empty or dotted part between its slashes")
    return unicodedata.normalize("NFC", number)


def _code(what: str, code: str) -> str:
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise InvalidInputError(
            f"{what} is {code!r}: give a code of 1 to 64 letters, digits, spaces and . _ : @ + -, the first a letter or digit"
        )
    return code


def _amount(what: str, amount: Decimal, *, negative: bool) -> str:
    if not isinstance(amount, Decimal) or not amount.is_finite():
        raise InvalidInputError(f"{what} is {amount!r}: give a Decimal, such as Decimal('802.00')")
    if not 0 < abs(amount) < MOST or (amount < 0 and not negative):
        raise InvalidInputError(
            f"{what} is {amount}: give one below {MOST:,} and not zero{'' if negative else ', nor less'}"
        )
    if amount != amount.quantize(Decimal("0.01")):
        raise InvalidInputError(f"{what} is {amount}: give two decimals at most")
    return f"{amount:.2f}"


def _day(what: str, day: date) -> str:
    if isinstance(day, datetime) or not isinstance(day, date):
        raise InvalidInputError(f"{what} is {day!r}: give a date")
    return day.isoformat()


# --- what comes back ---------------------------------------------------------------------------------------------


def _status(said: dict[str, Any]) -> CaseStatus:
    due = said["due_date"]
    return CaseStatus(
        case_id=said["case"],
        step=said["step"],
        next=said["next"],
        why=said["why"],
        amount_due=Decimal(said["amount_due"]),
        due_date=None if due == "None" else date.fromisoformat(due),
        on_hold=said["on_hold"],
        done=tuple(said["done"]),
    )


def _next(said: dict[str, Any]) -> NextAction:
    return NextAction(
        act=said["act"],
        at=said["at"] and datetime.fromisoformat(said["at"]),
        label=said["label"],
        why=said["why"],
        step=said["step"],
        channel=said["channel"],
        on_hold=said["on_hold"],
    )


def _listed(case_id: str, attributes: TypedSearchAttributes) -> ListedCase:
    due, at = attributes.get(DUE_DATE), attributes.get(NEXT_ACTION_AT)
    return ListedCase(
        case_id=case_id,
        invoice=case_id.split("/", 2)[2],
        step=attributes.get(STEP) or "",
        amount_due=Decimal(f"{attributes.get(AMOUNT_DUE) or 0:.2f}"),
        due_date=due and date.fromordinal(due.astimezone(UTC).toordinal()),  # kept as that day's midnight in UTC
        next_action_at=at and at.astimezone(UTC),
        on_hold=bool(attributes.get(ON_HOLD)),
    )


def _failed(failed: WorkflowFailureError) -> PurrError:
    cause: BaseException = failed
    while not isinstance(cause, ApplicationError) and isinstance(inner := getattr(cause, "cause", None), BaseException):
        cause = inner
    if isinstance(cause, ApplicationError) and cause.type == "UnknownInvoice":
        return UnknownInvoiceError(str(cause))
    return RefusedError(f"the case has failed: {cause}")


def _cause(refused: WorkflowUpdateFailedError) -> str:
    """The case's own words; a refusal in an activity is wrapped twice."""
    cause: BaseException = refused
    while isinstance(inner := getattr(cause, "cause", None), BaseException):
        cause = inner
    return str(cause)


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0]
