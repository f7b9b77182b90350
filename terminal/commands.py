"""What a person decides about a case: recorded in the facts, told to the case, and answered with what it does next."""

import inspect
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
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
from facts import clock
from facts.refusals import CommandRefused
from planning.service import Planning, next_in_words
from terminal import output, parse
from terminal.cases import Invoice, resolve
from terminal.connection import parts, run, transaction
from terminal.described import Description, described
from terminal.output import Misuse
from terminal.servers import away
from terminal.where import HELP
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
OfFile = Annotated[
    Path | None,
    typer.Option("--of", metavar="FILE", help="The cases of the invoices in this file, as it was imported."),
]
OneOrMany = Annotated[str | None, typer.Argument(help="NUMBER or CREDITOR/NUMBER; or describe many.")]


FIELDS: Mapping[str, Any] = {
    "step": Annotated[str, typer.Argument(help="The step's id in the case's policy.")],
    "until": Annotated[
        datetime | None,
        typer.Option(
            parser=parse.until,
            metavar="DAY",
            help="The last day (YYYY-MM-DD), which counts to its end; or a moment with its zone.",
        ),
    ],
    "held_for": Annotated[
        str | None, typer.Option(metavar="REASON", help="Only holds for this reason; alone, of all cases with one.")
    ],
}
"""How the fields of commands are typed."""


def _offer(kind: type[Command[Any]], *, many: bool = False) -> None:
    """Let a command be typed: its fields are arguments and options, its first line is the help."""
    own = [name for name in kind.model_fields if name not in Command.model_fields]
    options = {"invoice": OneOrMany if many else Invoice} | {name: FIELDS[name] for name in own} | {"by": By}
    options |= ({"where": Where, "of": OfFile, "dry_run": DryRun} if many else {}) | {
        "reason": Reason,
        "note": Note,
        "facts": Facts,
    }
    usual = dict.fromkeys(("where", "of", "note")) | {"dry_run": False, "reason": "operator", "facts": False}
    usual |= {name: None for name in own if not kind.model_fields[name].is_required()}
    usual |= {"invoice": None} if many else {}

    def typed(
        invoice: str | None,
        where: str | None = None,
        of: Path | None = None,
        dry_run: bool = False,
        facts: bool = False,
        **given: Any,
    ) -> int:
        many = described(where, None if invoice else given.get("held_for"), of)
        return _one_or_many(_command(kind, **given), invoice, many, dry_run=dry_run)

    parameters = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=usual.get(name, inspect._empty), annotation=kind
        )
        for name, kind in options.items()
    ]
    typed.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    words = inspect.cleandoc(kind.__doc__ or "")
    typed.__doc__ = f"{words.removesuffix('.')}, or many: of a filter, of a file." if many else words
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


def _one_or_many(command: Command[Any], invoice: str | None, many: Description | None, *, dry_run: bool) -> int:
    if many is None:
        if invoice is None:
            raise Misuse("name one INVOICE, or describe many with --where or --of")
        if dry_run:
            raise Misuse("--dry-run goes with --where or --of")
        return run(_one(command, invoice))
    if invoice is not None:
        raise Misuse("name one INVOICE, or describe many with --where or --of: not both")
    return run(_preview(many) if dry_run else _many(command, many))


async def _one(command: Command[Any], invoice: str) -> int:
    following = None
    async with parts() as here, here.database.transaction() as connection:
        case = await resolve(connection, invoice)
        now = await clock.now(connection, case.creditor)
        await record(connection, here.planning, case.case_id, command, _new_id(), now)
        if (await resolve(connection, invoice)).state == "open":
            following = next_in_words(await here.planning.plan(connection, case.case_id, now), now)
    who = f"{case.creditor}/{case.invoice}"
    document = {"invoice": who, "command": command.name, "accepted": True}
    document["next"] = following.model_dump(mode="json") if following else None
    output.answer(document, f"{who}: {following.label if following else 'the case has accepted it and stays closed'}")
    if following and (missing := await away(here.settings)):
        output.hint(f"{missing}; what is recorded holds, and the case follows then")
    return 0


async def _preview(many: Description) -> int:
    async with transaction() as (connection, _):
        cases = await many.cases(connection)
    total = len(cases)
    rows = [{"invoice": f"{c.creditor}/{c.invoice}", "due": c.due_date, "balance": c.balance} for c in cases]
    output.answer_table({"matching": total, "cases": cases}, rows, title=f"{total} cases", empty="no such case")
    return 0


async def _many(command: Command[Any], many: Description) -> int:
    refused: dict[str, str] = {}
    async with parts() as here:
        async with here.database.transaction() as connection:
            cases = await many.cases(connection)
        total = len(cases)
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
