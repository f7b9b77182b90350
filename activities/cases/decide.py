"""Looking at the facts: store what signals brought, and decide."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.cases.answer import answer_act, answer_look
from commands.command import Command, in_words
from commands.record import record
from commands.registry import COMMANDS
from domain.invariant import FLAG, InvariantBroken
from domain.money import sources
from domain.planner.action import wait
from domain.planner.joint_message import AT_ONCE
from facts import diary, outbox
from facts.cases.load import Located, case_of, local_day
from facts.cases.locks import lock_news, lock_with_debtor, lock_with_riders
from facts.database import Database
from facts.money.payments import Payment, book
from facts.refusals import CommandRefused, Refused
from planning.service import Planning
from workflows.contracts import Case, Incoming, Look, Next, PaymentReceived, RecordOrder, not_an_own_name

log = structlog.get_logger()

PASSING = (OperationalError, InterfaceError)  # the database is away, locked or asked too much: the same works later
LONGEST_AGO = timedelta(days=3653)
MOST = Decimal(10**10)  # what an invoice or a payment may be over at every other door


class Decisions:
    """The activities that decide and that record commands."""

    def __init__(self, database: Database, planning: Planning, takes_money: Callable[[str], bool]) -> None:
        """Prepare; `takes_money` tells whose money signals may bring, as the settings of the worker name them."""
        self._database = database
        self._planning = planning
        self._takes_money = takes_money

    @activity.defn
    async def decide(self, look: Look) -> Next:
        """The next action of a case at its own moment.

        The moment is the workflow's, since a local activity's clock is the wall's.
        """
        async with self._database.transaction() as connection:
            case, now = await find_case(connection, look.case, look.now)
            refused = await self._store_all(connection, case, look, now) if look.brought else []
            plan = await self._planning.plan(connection, case, now)
            return await answer_look(self._planning, connection, plan, now, look.shown, "; ".join(refused))

    @activity.defn(name="record_command")
    async def record_command(self, order: RecordOrder) -> Next:
        """Store a command and decide what the case does next. A refusal is final and says why.

        The case hears by the answer: the news would wake it a second time, or start one that was cancelled again.
        """
        async with self._database.transaction() as connection:
            case, now = await self._record(connection, order)
            plan = await self._planning.plan(connection, case, now)
            return await answer_look(self._planning, connection, plan, now, order.shown)

    async def _record(self, connection: AsyncConnection, order: RecordOrder) -> tuple[int, datetime]:
        """Store a command without news of it; gives the case and its creditor's moment."""
        try:
            case, now = await find_case(connection, order.case, order.now)
            command = command_of(order.brought)
            seen = await lock_news(connection, case)
            await record(connection, self._planning, case, command, order.brought.id, now)
            await outbox.forget(connection, case, seen)
            return case, now
        except PASSING:
            raise
        except Exception as error:
            raise ApplicationError(_why(error), type="Refused", non_retryable=True) from error

    async def _store_all(self, connection: AsyncConnection, case: int, look: Look, now: datetime) -> list[str]:
        """Store what signals brought; gives what was refused. The case is looking already: it is not told again.

        Anybody may send a case anything, so nothing that is sent may keep it from going on: what cannot be stored is a
        line in the diary, and only a database that is away is waited for.
        """
        seen, refused = await lock_news(connection, case), []
        for brought in look.brought:
            try:
                async with connection.begin_nested():
                    await self._store(connection, case, look.case, brought, now)
            except PASSING:
                raise
            except Exception as error:
                by = brought.order["by"] if brought.order is not None else "purr"
                refusal = {"command": brought.name, "why": _why(error)}
                await diary.write(connection, "command_refused", by, [(case, refusal)], now)
                log.warning("command_refused", case_id=case, command=brought.name, reason=_why(error))
                refused.append(f"{brought.name} refused: {_why(error)}")
        await outbox.forget(connection, case, seen)
        return refused

    async def _store(self, connection: AsyncConnection, case: int, ref: Case, brought: Incoming, now: datetime) -> None:
        if brought.unreadable:
            raise CommandRefused(f"what came with it cannot be read: {brought.wrong or 'see docs/operators.md'}")
        if brought.payment is not None:
            payment = await self._payment(connection, case, ref, brought.payment, now)
            await book(connection, payment, now)
            return
        await record(connection, self._planning, case, command_of(brought), brought.id, now)

    async def _payment(
        self, connection: AsyncConnection, case: int, ref: Case, paid: PaymentReceived, now: datetime
    ) -> Payment:
        """The money that a signal brings. Anybody who reaches the server can send one, so it is believed within bounds."""
        if not self._takes_money(ref.creditor):
            raise CommandRefused(
                f"money by signal is off for creditor {ref.creditor}: name it in PURR_MONEY_BY_SIGNAL of the worker, "
                "or send the payment over the API"
            )
        if paid.amount is None or paid.currency is None or paid.payment_id is None:
            raise CommandRefused("a payment needs payment_id, amount and currency")
        if not 0 < abs(paid.amount) < MOST:
            raise CommandRefused(f"the amount is {paid.amount}: give one below {MOST}, and not zero")
        if paid.provider is not None and sources.is_own(paid.provider):
            raise CommandRefused(
                f"{paid.provider} is a door of Purr's own, which books its payments: give your provider another name"
            )
        today = await local_day(connection, case, now)
        if paid.booked_on is not None and abs(paid.booked_on - today) > LONGEST_AGO:
            raise CommandRefused(f"booked_on is {paid.booked_on.isoformat()}: more than ten years from today")
        if paid.booked_on is not None and paid.booked_on > today:
            raise CommandRefused(f"booked_on is {paid.booked_on.isoformat()}, which is ahead: tell it on its day")
        return Payment(
            creditor=ref.creditor,
            source=paid.provider or sources.SIGNAL,
            source_id=paid.payment_id,
            amount=paid.amount,
            currency=paid.currency,
            booked_on=paid.booked_on or today,
            number=ref.invoice,
        )


def _why(error: Exception) -> str:
    """A refusal in its own words; any other error might repeat what was sent."""
    return str(error) if isinstance(error, Refused | ApplicationError) else "it holds something that cannot be stored"


async def find_case(connection: AsyncConnection, case: Case, at: datetime) -> tuple[int, datetime]:
    """The case's number in the facts, and what time it is for its creditor when it is `at` in its workflow.

    Raises a final error that says what to do when there is no such case.
    """
    found = _known(await case_of(connection, case.creditor, case.invoice), case)
    return found.id, found.moment(at)


async def lock_case(connection: AsyncConnection, case: Case, at: datetime) -> tuple[int, datetime]:
    """The same, with the case and its debtor locked until the transaction ends."""
    found = _known(await lock_with_debtor(connection, case.creditor, case.invoice), case)
    return found.id, found.moment(at)


async def lock_case_with_riders(
    connection: AsyncConnection, case: Case, at: datetime
) -> tuple[int, list[int], datetime]:
    """The same, with the debtor's other cases that may have a message to send at once."""
    found, riders = await lock_with_riders(connection, case.creditor, case.invoice, at + AT_ONCE)
    located = _known(found, case)
    return located.id, riders, located.moment(at)


async def wait_for_a_person(
    database: Database, planning: Planning, case: Case, broken: InvariantBroken, at: datetime
) -> Next:
    """What follows where an act finds an invariant broken: nothing of it is kept, and the case waits."""
    async with database.transaction() as connection:
        number, now = await lock_case(connection, case, at)
        plan = await planning.plan(connection, number, now)
        return await answer_act(planning, connection, replace(plan, action=wait(str(broken), flag=FLAG)), now)


def _known(found: Located | None, case: Case) -> Located:
    if found is None:
        raise ApplicationError(
            f"creditor {case.creditor} has no invoice {case.invoice}: import it first, that starts its case",
            type="UnknownInvoice",
            non_retryable=True,
        )
    return found


def command_of(brought: Incoming) -> Command[Any]:
    """The command that an order on the wire stands for. Raises CommandRefused for one that is none, or not anybody's."""
    kind = COMMANDS.get(brought.name)
    if kind is None or brought.order is None:
        raise CommandRefused(f"{brought.name} is no command, or came without an order")
    try:
        command = kind.model_validate(brought.order)
        if not brought.own:
            not_an_own_name(command.by)
    except ValidationError as wrong:
        raise CommandRefused(in_words(wrong)) from wrong
    except ValueError as own:
        raise CommandRefused(str(own)) from own
    return command
