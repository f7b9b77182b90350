"""The same to many: a command to each case, or something said of each debtor; each is recorded, or refused, for itself."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import uuid4

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.case.hold import Hold, Release
from commands.case.waive_fees import WaiveFees
from commands.case.withdraw import Withdraw
from commands.command import Command
from commands.debtor.change import DebtorChange, change_known
from commands.record import record
from domain.moment import moment_in
from domain.parties.life_events import LifeKind
from domain.parties.standing import standing_of
from facts import clock, received
from facts.cases.locks import lock_debtors
from facts.parties import debtors, life_events
from facts.parties.debtors import Operator
from facts.refusals import CommandRefused, Refused
from planning.service import Planning

log = structlog.get_logger()

OFFERED: Final[Mapping[str, type[Command[Any]]]] = {each.name: each for each in (Hold, Release, Withdraw, WaiveFees)}
"""What may be done to many cases at once by an order."""
OF_DEBTORS: Final = ("stop", "go_on", "pause")
"""What may be said of the debtors of many cases at once by an order. What stops them is nobody's death: that is one person's."""
DAYS: Final = frozenset({Hold.name, "pause"})
"""Those that may have a last day."""
STOPPED: Final = "other"

DEBTOR_OF = text("select debtor_id from dunning_case where id = :case")


def asked_of_each(name: str, by: str, reason_code: str, until: date | None) -> Command[Any] | DebtorChange:
    """What an order does to each case, or says of each debtor. Raises ValidationError."""
    asked: dict[str, Any] = {"by": by, "reason_code": reason_code}
    match name:
        case "stop":
            return DebtorChange.model_validate(asked | {"stop_reason": STOPPED})
        case "go_on":
            return DebtorChange.model_validate(asked | {"stop_reason": None})
        case "pause":
            return DebtorChange.model_validate(asked | {"paused_until": until})
    return OFFERED[name].model_validate(asked | ({"until": until} if name in DAYS else {}))


async def do_once(
    connection: AsyncConnection,
    planning: Planning,
    case: int,
    asked: Command[Any] | DebtorChange,
    door: str,
    now: datetime,
) -> None:
    """Do it to a case, or say it of its debtor, by the same door once, whichever of their cases comes first. Raises Refused."""
    if isinstance(asked, Command):
        await record(connection, planning, case, asked, f"{door}#{case}", now)
        return
    debtor: int = (await connection.execute(DEBTOR_OF, {"case": case})).scalar_one()
    id = f"{door}#debtor#{debtor}"
    if await received.claim(connection, id, "debtor_change", f"debtor {debtor}", now) is not None:
        return
    if why := await _why_not(connection, debtor, asked, now):
        raise Refused(why)
    assert asked.by
    assert asked.reason_code
    await change_known(connection, planning, debtor, asked, Operator(asked.by, asked.reason_code), now)
    await received.answer(connection, id, {"news": 0, "result": None})


async def record_each(
    connection: AsyncConnection,
    planning: Planning,
    cases: Sequence[int],
    command: Callable[[int], Command[Any]],
    door: str,
) -> dict[int, str]:
    """Record the command of each case, part of the caller's transaction; gives why those are refused that are."""
    now, refused = await clock.now(connection), dict[int, str]()
    for case in cases:
        try:
            async with connection.begin_nested():
                await record(connection, planning, case, command(case), f"{door}#{uuid4()}", now)
        except CommandRefused as why:
            refused[case] = str(why)
    return refused


async def do_each_once(
    connection: AsyncConnection,
    planning: Planning,
    cases: Sequence[int],
    asked: Callable[[int], Command[Any] | DebtorChange],
    door: str,
    beat: Callable[[], None],
) -> dict[int, str]:
    """The same to each, part of the caller's transaction; gives why those are refused that are.

    The door does it to a case, or says it of a debtor, no second time. A case that nobody could plan keeps no other waiting.
    `beat` is called before each.
    """
    now, refused = await clock.now(connection), dict[int, str]()
    if cases and isinstance(asked(cases[0]), DebtorChange):
        await lock_debtors(connection, cases)
    for case in cases:
        beat()
        try:
            async with connection.begin_nested():
                await do_once(connection, planning, case, asked(case), door, now)
        except Refused as why:
            refused[case] = str(why)
        except (DBAPIError, OSError):
            raise
        except Exception as error:
            log.error("one_of_many_failed", case_id=case, exc_info=error)
            refused[case] = f"it could not be done: {type(error).__name__}"
    return refused


async def _why_not(connection: AsyncConnection, debtor: int, change: DebtorChange, now: datetime) -> str | None:
    """Why what is said of many is not said of this debtor: it holds already, or something that weighs more does."""
    known = await debtors.by_id(connection, debtor)
    if "stop_reason" in change.model_fields_set:
        if change.stop_reason is not None:
            return f"the debtor is stopped already: {known.stop_reason}" if known.stop_reason else None
        if known.stop_reason is None:
            return "the debtor is not stopped"
        if known.stop_reason != STOPPED:
            return f"the debtor is stopped for a reason of their own ({known.stop_reason}): that is ended on the case's page"
        return None
    standing = standing_of(await life_events.told(connection, debtor), moment_in(known.country, now).day)
    pause = standing.events.get(LifeKind.PAUSE)
    if pause is None or change.paused_until is None or pause.until is None or pause.until < change.paused_until:
        return None
    return f"the debtor has a pause until {pause.until} already"
