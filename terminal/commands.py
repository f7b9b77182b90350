"""What a person decides about a case: recorded in the facts, told to the case, and answered with what it does next."""

import inspect
from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import uuid4

import typer
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.case.dispute import Dispute, ResolveDispute
from commands.case.hand_off import ApproveHandOff, RejectHandOff
from commands.case.hold import Hold, Release
from commands.case.steps import SendNow, Skip
from commands.case.withdraw import Unwithdraw, Withdraw
from commands.command import Command, in_words
from commands.record import record
from config.files import HOME, read_laws
from facts import clock
from facts.refusals import CommandRefused
from planning.service import Planning, next_in_words
from terminal import output, parse
from terminal.cases import Invoice, resolve
from terminal.connection import parts, run, transaction
from terminal.output import Misuse
from terminal.servers import away
from terminal.where import HELP, Filter, filter_of, matching
from terminal.who import By, Note, Reason
from views.status import CaseStatus

AT_ONCE = 200  # cases in one transaction of a bulk command
SHOWN = 20  # refused cases that are named one by one

app = typer.Typer()


Facts = Annotated[
    bool, typer.Option("--facts", help="Changes nothing: every command is recorded in the facts.", hidden=True)
]
Where = Annotated[str | None, typer.Option("--where", help=HELP)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show which cases.")]
OneOrMany = Annotated[str | None, typer.Argument(help="NUMBER or CREDITOR/NUMBER; or use --where.")]


def _moment(written: str) -> datetime:
    """The start of a day, in the home country."""
    return read_laws()[HOME].calendar.at(parse.day(written), time())


FIELDS: Mapping[str, Any] = {
    "step": Annotated[str, typer.Argument(help="The step's id in the case's policy.")],
    "until": Annotated[
        datetime | None,
        typer.Option(parser=_moment, metavar="TEXT", help="A day ahead (YYYY-MM-DD); else until it is released."),
    ],
}
"""How the fields of commands are typed."""


def _offer(kind: type[Command[Any]], *, many: bool = False) -> None:
    """Let a command be typed: its fields are arguments and options, its first line is the help."""
    own = [name for name in kind.model_fields if name not in Command.model_fields]
    options = {"invoice": OneOrMany if many else Invoice} | {name: FIELDS[name] for name in own} | {"by": By}
    options |= ({"where": Where, "dry_run": DryRun} if many else {}) | {"reason": Reason, "note": Note, "facts": Facts}
    usual = {"where": None, "dry_run": False, "reason": "operator", "note": None, "facts": False}
    usual |= {name: None for name in own if not kind.model_fields[name].is_required()}
    usual |= {"invoice": None} if many else {}

    def typed(
        invoice: str | None, where: str | None = None, dry_run: bool = False, facts: bool = False, **given: Any
    ) -> int:
        return _one_or_many(_command(kind, **given), invoice, where, dry_run=dry_run)

    parameters = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=usual.get(name, inspect._empty), annotation=kind
        )
        for name, kind in options.items()
    ]
    typed.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    words = inspect.cleandoc(kind.__doc__ or "")
    typed.__doc__ = f"{words.removesuffix('.')}, or all that --where describes." if many else words
    app.command(kind.name.replace("_", "-"))(typed)


_offer(Hold, many=True)
_offer(Release, many=True)
_offer(Skip)
_offer(SendNow)
_offer(Withdraw)
_offer(Unwithdraw)


@app.command("dispute")
def dispute(
    invoice: Invoice,
    by: By,
    resolve: Annotated[
        Literal["upheld", "rejected"] | None, typer.Option(help="Decide the open dispute instead of opening one.")
    ] = None,
    part: Annotated[
        Decimal | None,
        typer.Option(parser=parse.amount, metavar="AMOUNT", help="Only this part is disputed: the rest goes on."),
    ] = None,
    reason: Reason = "operator",
    note: Note = None,
    facts: Facts = False,
) -> int:
    """The debtor disagrees: everything stops, or a part of the claim waits, until the dispute is resolved."""
    if resolve is None:
        return run(_one(_command(Dispute, by=by, reason=reason, note=note, amount=part), invoice))
    if part:
        raise Misuse("--part goes with opening a dispute, not with --resolve")
    decided = _command(ResolveDispute, by=by, reason=reason, note=note, upheld=resolve == "upheld")
    return run(_one(decided, invoice))


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
    kind = RejectHandOff if reject else ApproveHandOff
    return run(_one(_command(kind, by=by, reason=reason, note=note), invoice))


def _command(kind: type[Command[Any]], *, by: str, reason: str, note: str | None, **own: Any) -> Command[Any]:
    """The command; wrong usage where `by` or the reason is no plain code, or a field cannot be right."""
    try:
        return kind.model_validate({"by": by, "reason_code": reason, "note": note} | own)
    except ValidationError as wrong:
        if any(error["loc"][0] in ("by", "reason_code") for error in wrong.errors()):
            raise Misuse(
                "--by and --reason are short codes of letters, digits, spaces and ._:@+-; write sentences in --note"
            ) from None
        raise Misuse(in_words(wrong)) from None


def _one_or_many(command: Command[Any], invoice: str | None, where: str | None, *, dry_run: bool) -> int:
    if (invoice is None) == (where is None):
        raise Misuse("name one INVOICE, or describe many with --where")
    if invoice is not None:
        if dry_run:
            raise Misuse("--dry-run goes with --where")
        return run(_one(command, invoice))
    wanted = filter_of(where or "")
    if not wanted.conditions:
        raise Misuse("an empty --where would mean every case: write state=open if you mean that")
    return run(_preview(wanted) if dry_run else _many(command, wanted))


async def _one(command: Command[Any], invoice: str) -> int:
    following = None
    async with parts() as here, here.database.transaction() as connection:
        now = await clock.now(connection)
        case = await resolve(connection, invoice, now)
        await record(connection, here.planning, case.case_id, command, _new_id(), now)
        if (await resolve(connection, invoice, now)).state == "open":
            following = next_in_words(await here.planning.plan(connection, case.case_id, now), now)
    who = f"{case.creditor}/{case.invoice}"
    document = {"invoice": who, "command": command.name, "accepted": True}
    document["next"] = following.model_dump(mode="json") if following else None
    output.answer(document, f"{who}: {following.label if following else 'the case has accepted it and stays closed'}")
    if following and (missing := await away(here.settings)):
        output.hint(f"{missing}; what is recorded holds, and the case follows then")
    return 0


async def _preview(wanted: Filter) -> int:
    async with transaction() as (connection, _):
        cases, total = await matching(connection, wanted)
    rows = [{"invoice": f"{c.creditor}/{c.invoice}", "due": c.due_date, "balance": c.balance} for c in cases]
    output.answer_table({"matching": total, "cases": cases}, rows, title=f"{total} cases", empty="no such case")
    return 0


async def _many(command: Command[Any], wanted: Filter) -> int:
    refused: dict[str, str] = {}
    async with parts() as here:
        async with here.database.transaction() as connection:
            cases, total = await matching(connection, wanted)
        with output.progress() as progress:
            bar = progress.add_task(command.name, total=total)
            for start in range(0, total, AT_ONCE):
                batch = sorted(cases[start : start + AT_ONCE], key=lambda case: case.case_id)
                async with here.database.transaction() as connection:
                    refused |= await _batch(connection, here.planning, command, batch)
                progress.advance(bar, len(batch))
    done = total - len(refused)
    words = [f"{command.name}: {done} of {total} cases"]
    words += [f"  {invoice}: {why}" for invoice, why in list(refused.items())[:SHOWN]]
    if len(refused) > SHOWN:
        words.append(f"  and {len(refused) - SHOWN} more")
    document: Mapping[str, Any] = {"command": command.name, "matching": total, "done": done, "refused": refused}
    output.answer(document, "\n".join(words))
    return 1 if refused else 0


async def _batch(
    connection: AsyncConnection, planning: Planning, command: Command[Any], cases: list[CaseStatus]
) -> dict[str, str]:
    now = await clock.now(connection)
    refused = {}
    for case in cases:
        try:
            async with connection.begin_nested():
                await record(connection, planning, case.case_id, command, _new_id(), now)
        except CommandRefused as why:
            refused[f"{case.creditor}/{case.invoice}"] = str(why)
    return refused


def _new_id() -> str:
    return f"terminal#{uuid4()}"
