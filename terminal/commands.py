"""What a person decides about a case: as an update to the running case, or straight into the facts."""

import asyncio
import getpass
import re
import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import uuid4

import typer
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    WorkflowUpdateStage,
)
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from composition import Parts
from config.files import HOME, read_laws
from config.settings import Settings
from config.temporal import connect
from facts import clock
from facts.cases.commands import Command, CommandName, CommandRefused, record_command
from facts.cases.load import workflow_id
from planning.service import say
from terminal import output
from terminal.cases import Invoice, resolve
from terminal.connection import (
    ANSWER_SECONDS,
    parts,
    run,
    server_away,
    transaction,
    worker_away,
)
from terminal.output import Misuse, Refusal
from terminal.where import HELP, Filter, filter_of, matching
from views.status import CaseStatus
from workflows.contracts import Dispute, Hold, Next, Order, ResolveDispute, StepOrder, not_an_own_name

AT_ONCE = 200  # cases in one transaction of a bulk command
SHOWN = 20  # refused cases that are named one by one

app = typer.Typer()


def _os_user() -> str:
    """The user of this computer; an operator where it has no name, or runs in a container under one of our own."""
    try:
        return not_an_own_name(getpass.getuser())
    except (KeyError, OSError, ValueError):
        return "operator"


def somebody(by: str | None) -> str | None:
    """The name that was typed; wrong usage where it is one of our own."""
    try:
        return by if by is None else not_an_own_name(by)
    except ValueError as own:
        raise Misuse(f"--by: {own}") from own


By = Annotated[
    str,
    typer.Option("--by", default_factory=_os_user, callback=somebody, help="Who decides; the user of this computer."),
]
Reason = Annotated[str, typer.Option("--reason", help="Why, as a short code; free text belongs in --note.")]
Note = Annotated[
    str | None, typer.Option("--note", help="Free text, kept in the facts and never in a history; implies --facts.")
]
Facts = Annotated[
    bool, typer.Option("--facts", help="Record it in the facts alone; the case follows when a worker runs.")
]
Where = Annotated[str | None, typer.Option("--where", help=HELP)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show which cases.")]
OneOrMany = Annotated[str | None, typer.Argument(help="NUMBER or CREDITOR/NUMBER; or use --where.")]
StepName = Annotated[str, typer.Argument(help="The step's id in the case's policy.")]


@app.command("hold")
def hold(
    by: By,
    invoice: OneOrMany = None,
    where: Where = None,
    until: Annotated[str | None, typer.Option(help="A day ahead (YYYY-MM-DD); else until it is released.")] = None,
    dry_run: DryRun = False,
    reason: Reason = "operator",
    note: Note = None,
    facts: Facts = False,
) -> int:
    """Pause one case, or all that --where describes."""
    moment = _moment(until) if until else None
    order = _order(Hold, by=by, reason_code=reason, until=moment)
    return _one_or_many("hold", order, invoice, where, note=note, facts=facts, dry_run=dry_run)


@app.command("release")
def release(
    by: By,
    invoice: OneOrMany = None,
    where: Where = None,
    dry_run: DryRun = False,
    reason: Reason = "operator",
    note: Note = None,
    facts: Facts = False,
) -> int:
    """Let one case go on, or all that --where describes."""
    order = _order(Order, by=by, reason_code=reason)
    return _one_or_many("release", order, invoice, where, note=note, facts=facts, dry_run=dry_run)


@app.command("skip")
def skip(
    invoice: Invoice, step: StepName, by: By, reason: Reason = "operator", note: Note = None, facts: Facts = False
) -> int:
    """Leave a step out of this round."""
    order = _order(StepOrder, by=by, reason_code=reason, step=step)
    return run(_command(invoice, "skip", order, note, facts))


@app.command("send-now")
def send_now(
    invoice: Invoice, step: StepName, by: By, reason: Reason = "operator", note: Note = None, facts: Facts = False
) -> int:
    """Take a step at once, as far as the law allows."""
    order = _order(StepOrder, by=by, reason_code=reason, step=step)
    return run(_command(invoice, "send_now", order, note, facts))


@app.command("withdraw")
def withdraw(invoice: Invoice, by: By, reason: Reason = "operator", note: Note = None, facts: Facts = False) -> int:
    """Give a case up; one that was handed off is recalled."""
    return run(_command(invoice, "withdraw", _order(Order, by=by, reason_code=reason), note, facts))


@app.command("dispute")
def dispute(
    invoice: Invoice,
    by: By,
    resolve: Annotated[
        Literal["upheld", "rejected"] | None, typer.Option(help="Decide the open dispute instead of opening one.")
    ] = None,
    part: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="Only this part is disputed: the rest goes on.")
    ] = None,
    reason: Reason = "operator",
    note: Note = None,
    facts: Facts = False,
) -> int:
    """The debtor disagrees: everything stops, or a part of the claim waits, until the dispute is resolved."""
    if resolve is None:
        opened = _order(Dispute, by=by, reason_code=reason, amount=_part(part) if part else None)
        return run(_command(invoice, "dispute", opened, note, facts))
    if part:
        raise Misuse("--part goes with opening a dispute, not with --resolve")
    decided = _order(ResolveDispute, by=by, reason_code=reason, upheld=resolve == "upheld")
    return run(_command(invoice, "resolve_dispute", decided, note, facts))


@app.command("approve")
def approve(
    invoice: Invoice,
    by: By,
    reject: Annotated[bool, typer.Option("--reject", help="Do not agree to the hand-off.")] = False,
    reason: Reason = "operator",
    note: Note = None,
    facts: Facts = False,
) -> int:
    """Agree to the hand-off of a case to collection."""
    name: CommandName = "reject_hand_off" if reject else "approve_hand_off"
    return run(_command(invoice, name, _order(Order, by=by, reason_code=reason), note, facts))


# --- one case --------------------------------------------------------------------------------------------------


async def _command(invoice: str, name: CommandName, order: Order, note: str | None, only_facts: bool) -> int:
    async with parts() as here:
        async with here.database.transaction() as connection:
            case = await resolve(connection, invoice, await clock.now(connection))
        if only_facts or note or case.state == "closed":
            following: Next | None = await _into_facts(here, case, name, order, note)
        else:
            following = await _as_update(here.settings, case, name, order)
    who = f"{case.creditor}/{case.invoice}"
    document: dict[str, Any] = {"invoice": who, "command": name, "accepted": True}
    if following is None:
        after = "and stays closed" if case.state == "closed" else "and follows after the act it is in now"
        output.answer(document | {"next": None}, f"{who}: the case has accepted it {after}")
    else:
        output.answer(document | {"next": following.model_dump(mode="json")}, f"{who}: {following.label}")
    return 0


async def _as_update(settings: Settings, case: CaseStatus, name: str, order: Order) -> Next | None:
    """What the running case does next because of the command; None when it is still in the middle of an act."""
    client: Client | None = None
    ends = time.monotonic() + ANSWER_SECONDS
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            client = await connect(settings)
            handle = client.get_workflow_handle(workflow_id(case.creditor, case.invoice))
            update = await handle.start_update(
                name, order, wait_for_stage=WorkflowUpdateStage.ACCEPTED, result_type=Next
            )
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as late:
        if client is None:
            raise Refusal(server_away(settings)) from late
        raise Refusal(f"{worker_away()}, or record it with --facts and the case follows when one runs") from late
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            who = f"{case.creditor} {case.invoice}"
            raise Refusal(f"no case runs for this invoice: start it with `starter.py start {who}`") from error
        raise Refusal(server_away(settings)) from error
    try:
        following: Next = await update.result(rpc_timeout=timedelta(seconds=max(ends - time.monotonic(), 0.5)))
        return following
    except WorkflowUpdateRPCTimeoutOrCancelledError:
        return None
    except WorkflowUpdateFailedError as failed:
        raise Refusal(_reason(failed)) from failed


def _reason(failed: WorkflowUpdateFailedError) -> str:
    """What the case itself said, wherever in it that was."""
    cause: BaseException | None = failed.cause
    while isinstance(cause, ActivityError):
        cause = cause.cause
    return cause.message if isinstance(cause, ApplicationError) else str(cause)


async def _into_facts(here: Parts, case: CaseStatus, name: CommandName, order: Order, note: str | None) -> Next | None:
    """Record the command; what the case will do next, worked out from the facts as it will work it out itself."""
    planning = here.planning
    async with here.database.transaction() as connection:
        now = await clock.now(connection)
        if isinstance(order, StepOrder):
            ahead = say(await planning.plan(connection, case.case_id, now), now).open_steps
            if order.step not in ahead:
                there = ", ".join(ahead) or "none"
                raise Refusal(f"{order.step!r} is no step ahead in this case; ahead are: {there}")
            if name == "send_now" and (why := await planning.why_not_now(connection, case.case_id, order.step, now)):
                raise Refusal(why)
        await record_command(connection, case.case_id, _command_of(name, order, note), now)
        if case.state == "closed":
            return None
        return say(await planning.plan(connection, case.case_id, now), now)


def _command_of(name: CommandName, order: Order, note: str | None) -> Command:
    return Command(
        id=f"terminal#{uuid4()}",
        name=name,
        by=order.by,
        reason_code=order.reason_code,
        note=note,
        step=order.step if isinstance(order, StepOrder) else None,
        until=order.until if isinstance(order, Hold) else None,
        upheld=order.upheld if isinstance(order, ResolveDispute) else None,
        amount=order.amount if isinstance(order, Dispute) else None,
    )


# --- many cases ------------------------------------------------------------------------------------------------


def _one_or_many(
    name: CommandName,
    order: Order,
    invoice: str | None,
    where: str | None,
    *,
    note: str | None,
    facts: bool,
    dry_run: bool,
) -> int:
    if (invoice is None) == (where is None):
        raise Misuse("name one INVOICE, or describe many with --where")
    if invoice is not None:
        if dry_run:
            raise Misuse("--dry-run goes with --where")
        return run(_command(invoice, name, order, note, facts))
    wanted = filter_of(where or "")
    if not wanted.conditions:
        raise Misuse("an empty --where would mean every case: write state=open if you mean that")
    return run(_preview(wanted) if dry_run else _many(name, order, wanted, note))


async def _preview(wanted: Filter) -> int:
    async with transaction() as (connection, _):
        cases, total = await matching(connection, wanted)
    rows = [{"invoice": f"{c.creditor}/{c.invoice}", "due": c.due_date, "balance": c.balance} for c in cases]
    output.answer_table({"matching": total, "cases": cases}, rows, title=f"{total} cases", empty="no such case")
    return 0


async def _many(name: CommandName, order: Order, wanted: Filter, note: str | None) -> int:
    refused: dict[str, str] = {}
    async with parts() as here:
        async with here.database.transaction() as connection:
            cases, total = await matching(connection, wanted)
        with output.progress() as progress:
            bar = progress.add_task(name, total=total)
            for start in range(0, total, AT_ONCE):
                batch = sorted(cases[start : start + AT_ONCE], key=lambda case: case.case_id)
                async with here.database.transaction() as connection:
                    refused |= await _batch(connection, name, order, batch, note)
                progress.advance(bar, len(batch))
    done = total - len(refused)
    words = [f"{name}: {done} of {total} cases"]
    words += [f"  {invoice}: {why}" for invoice, why in list(refused.items())[:SHOWN]]
    if len(refused) > SHOWN:
        words.append(f"  and {len(refused) - SHOWN} more")
    document: Mapping[str, Any] = {"command": name, "matching": total, "done": done, "refused": refused}
    output.answer(document, "\n".join(words))
    return 1 if refused else 0


async def _batch(
    connection: AsyncConnection, name: CommandName, order: Order, cases: list[CaseStatus], note: str | None
) -> dict[str, str]:
    now = await clock.now(connection)
    refused = {}
    for case in cases:
        try:
            async with connection.begin_nested():
                await record_command(connection, case.case_id, _command_of(name, order, note), now)
        except CommandRefused as why:
            refused[f"{case.creditor}/{case.invoice}"] = str(why)
    return refused


# --- words -----------------------------------------------------------------------------------------------------


def _order(kind: type[Any], **given: Any) -> Any:
    """The order, or a usage error where `by` or the reason is no plain code."""
    try:
        return kind(**given)
    except ValueError:
        raise Misuse(
            "--by and --reason are short codes of letters, digits, spaces and ._:@+-; write sentences in --note"
        ) from None


def _part(written: str) -> Decimal:
    if re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,2})?", written) is None or not Decimal(written):
        raise Misuse(f"{written!r} is no amount: write it as 802.00")
    return Decimal(written)


def _moment(written: str) -> datetime:
    """The start of a day, in the home country."""
    try:
        return read_laws()[HOME].calendar.at(date.fromisoformat(written), datetime.min.time())
    except ValueError:
        raise Misuse(f"{written!r} is no day: write it as YYYY-MM-DD") from None
