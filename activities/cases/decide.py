"""Looking at the facts: store what signals brought, and decide."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity
from temporalio.exceptions import ApplicationError

from facts import outbox
from facts.cases.commands import Command, CommandRefused, note_refusal, record_command
from facts.cases.load import case_of, local_day
from facts.cases.locks import lock_news, lock_with_debtor, lock_with_riders
from facts.database import Database
from facts.money.payments import Payment, book
from facts.refusals import Refused
from planning.service import Planning
from workflows.contracts import (
    Brought,
    Case,
    Dispute,
    Hold,
    Look,
    Next,
    RecordOrder,
    ResolveDispute,
    StepOrder,
    not_an_own_name,
)

log = structlog.get_logger()

PASSING = (OperationalError, InterfaceError)  # the database is away, locked or asked too much: the same works later
LONGEST_AGO = timedelta(days=3653)


class Decisions:
    """The activities that decide and that record commands."""

    def __init__(self, database: Database, planning: Planning) -> None:
        self._database = database
        self._planning = planning

    @activity.defn
    async def decide(self, look: Look) -> Next:
        """The next action of a case at its own moment.

        The moment is the workflow's, since a local activity's clock is the wall's.
        """
        async with self._database.transaction() as connection:
            case = await find_case(connection, look.case)
            refused = await self._store_all(connection, case, look) if look.brought else []
            plan = await self._planning.plan(connection, case, look.now)
            return await self._planning.answer(connection, plan, look.now, "; ".join(refused))

    @activity.defn(name="record_command")
    async def record_command(self, order: RecordOrder) -> int:
        """Store a command; gives the number of its news. A refusal is final and says why."""
        try:
            async with self._database.transaction() as connection:
                case = await find_case(connection, order.case)
                return await self._command(connection, case, order.brought, order.now)
        except PASSING:
            raise
        except Exception as error:
            raise ApplicationError(_why(error), type="Refused", non_retryable=True) from error

    async def _store_all(self, connection: AsyncConnection, case: int, look: Look) -> list[str]:
        """Store what signals brought; gives what was refused. The case is looking already: it is not told again.

        Anybody may send a case anything, so nothing that is sent may keep it from going on: what cannot be stored is a
        line in the diary, and only a database that is away is waited for.
        """
        seen, refused = await lock_news(connection, case), []
        for brought in look.brought:
            try:
                async with connection.begin_nested():
                    await self._store(connection, case, look.case, brought, look.now)
            except PASSING:
                raise
            except Exception as error:
                by = brought.order.by if brought.order is not None else None
                await note_refusal(connection, case, brought.name, by, _why(error), look.now)
                log.warning("command_refused", case_id=case, command=brought.name, reason=_why(error))
                refused.append(f"{brought.name} refused: {_why(error)}")
        await outbox.forget(connection, case, seen)
        return refused

    async def _store(self, connection: AsyncConnection, case: int, ref: Case, brought: Brought, now: datetime) -> None:
        if brought.unreadable:
            raise CommandRefused("what came with it cannot be read: docs/operators.md shows the input")
        if brought.payment is not None:
            paid = brought.payment
            if paid.amount is None or paid.currency is None or paid.payment_id is None:
                raise CommandRefused("a payment needs payment_id, amount and currency")
            today = await local_day(connection, case, now)
            if paid.booked_on is not None and abs(paid.booked_on - today) > LONGEST_AGO:
                raise CommandRefused(f"booked_on is {paid.booked_on.isoformat()}: more than ten years from today")
            payment = Payment(
                creditor=ref.creditor,
                source=paid.provider or "signal",
                source_id=paid.payment_id,
                amount=paid.amount,
                currency=paid.currency,
                booked_on=paid.booked_on or today,
                number=ref.invoice,
            )
            await book(connection, payment, now)
            return
        await self._command(connection, case, brought, now)

    async def _command(self, connection: AsyncConnection, case: int, brought: Brought, now: datetime) -> int:
        command = command_of(brought)
        if command.name == "send_now" and command.step:
            why_not = await self._planning.why_not_now(connection, case, command.step, now)
            if why_not is not None:
                raise CommandRefused(why_not)
        return await record_command(connection, case, command, now)


def _why(error: Exception) -> str:
    """A refusal in its own words; any other error might repeat what was sent."""
    own = isinstance(error, CommandRefused | Refused | ApplicationError)
    return str(error) if own else "it holds something that cannot be stored"


async def find_case(connection: AsyncConnection, case: Case) -> int:
    """The case's number in the facts; raises a final error that says what to do when there is none."""
    return _known(await case_of(connection, case.creditor, case.invoice), case)


async def lock_case(connection: AsyncConnection, case: Case) -> int:
    """The same, with the case and its debtor locked until the transaction ends."""
    return _known(await lock_with_debtor(connection, case.creditor, case.invoice), case)


async def lock_case_with_riders(connection: AsyncConnection, case: Case, soon: datetime) -> tuple[int, list[int]]:
    """The same, with the debtor's other cases that may have a message to send by `soon` (UTC)."""
    found, riders = await lock_with_riders(connection, case.creditor, case.invoice, soon)
    return _known(found, case), riders


def _known(found: int | None, case: Case) -> int:
    if found is None:
        raise ApplicationError(
            f"creditor {case.creditor} has no invoice {case.invoice}: import it first, that starts its case",
            type="UnknownInvoice",
            non_retryable=True,
        )
    return found


def command_of(brought: Brought) -> Command:
    """The command that an order on the wire stands for; CommandRefused when it is given in a name of our own."""
    order = brought.order
    if order is None:
        raise ApplicationError(f"{brought.name} came without an order", non_retryable=True)
    if not brought.own:
        try:
            not_an_own_name(order.by)
        except ValueError as own:
            raise CommandRefused(str(own)) from own
    return Command(
        id=brought.id,
        name=brought.name,  # type: ignore[arg-type]  # the workflow's own methods name it
        by=order.by,
        reason_code=order.reason_code,
        step=order.step if isinstance(order, StepOrder) else None,
        until=order.until if isinstance(order, Hold) else None,
        upheld=order.upheld if isinstance(order, ResolveDispute) else None,
        amount=order.amount if isinstance(order, Dispute) else None,
    )
