"""What a person decides about a case: recorded in the facts, told to the case, and answered with what it does next."""

import inspect
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import uuid4

import typer
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.case.credit import UndoCredit, UseCredit
from commands.case.dispute import Dispute, ResolveDispute
from commands.case.hand_off import ApproveHandOff, RejectHandOff
from commands.case.hold import Hold, Release
from commands.case.steps import SendNow, Skip
from commands.case.withdraw import Unwithdraw, Withdraw
from commands.command import Command, in_words
from commands.record import record
from domain.parties.relations import in_words as stake_in_words
from domain.parties.speakers import Asker, in_the_name_of
from facts import clock
from facts.parties.relations import at_stake
from facts.refusals import CommandRefused
from planning.service import Planning, next_in_words
from terminal import output, parse
from terminal.cases import Invoice, resolve
from terminal.connection import parts, run, transaction
from terminal.described import Description, Page, described
from terminal.output import Misuse
from terminal.servers import away
from terminal.where import HELP
from terminal.who import AskedBy, By, Note, Reason
from views.status import CaseStatus

SHOWN = 20  # cases of many that are shown, refused ones that are named in words
KEPT = 1000  # of those that are refused, or that a file names in vain: more are only counted

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
    options |= {"asked_by": AskedBy} if kind is Hold else {}
    options |= ({"where": Where, "of": OfFile, "dry_run": DryRun} if many else {}) | {
        "reason": Reason,
        "note": Note,
        "facts": Facts,
    }
    usual = dict.fromkeys(("where", "of", "note", "asked_by")) | {
        "dry_run": False,
        "reason": "operator",
        "facts": False,
    }
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
_offer(UseCredit)
_offer(UndoCredit)


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
    answer: Annotated[
        str | None, typer.Option(help="Why it is rejected, in words: the debtor is sent them, with new days to pay.")
    ] = None,
    reason: Reason = "operator",
    note: Note = None,
    asked_by: AskedBy = None,
    facts: Facts = False,
) -> int:
    """The debtor disagrees: everything stops, or a part of the claim waits, until the dispute is resolved."""
    if answer and resolve != "rejected":
        raise Misuse("--answer goes with --resolve rejected")
    if resolve is None:
        return run(_one(_command(Dispute, by=by, asked_by=asked_by, reason=reason, note=note, amount=part), invoice))
    if asked_by:
        raise Misuse("--asked-by goes with opening a dispute, not with --resolve")
    if part:
        raise Misuse("--part goes with opening a dispute, not with --resolve")
    decided = _command(ResolveDispute, by=by, reason=reason, note=note, upheld=resolve == "upheld", answer=answer)
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
    return run(_one(_command(kind, by=by, reason=reason, note=note), invoice, tell_stake=True))


def _command(
    kind: type[Command[Any]], *, by: str, reason: str, note: str | None, asked_by: Asker | None = None, **own: Any
) -> Command[Any]:
    """The command; wrong usage where `by` or the reason is no plain code, or a field cannot be right."""
    try:
        return kind.model_validate({"by": in_the_name_of(by, asked_by), "reason_code": reason, "note": note} | own)
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


async def _one(command: Command[Any], invoice: str, *, tell_stake: bool = False) -> int:
    following = None
    async with parts() as here, here.database.transaction() as connection:
        case = await resolve(connection, invoice)
        now = await clock.now(connection, case.creditor)
        await record(connection, here.planning, case.case_id, command, _new_id(), now)
        lost = await at_stake(connection, case.case_id, now) if tell_stake else []
        if (await resolve(connection, invoice)).state == "open":
            following = next_in_words(await here.planning.plan(connection, case.case_id, now), now)
    who = f"{case.creditor}/{case.invoice}"
    document = {"invoice": who, "command": command.name, "accepted": True}
    document["next"] = following.model_dump(mode="json") if following else None
    if tell_stake:
        document["lost_customer_cost"] = [str(each) for each in lost]
    output.answer(document, f"{who}: {following.label if following else 'the case has accepted it and stays closed'}")
    if said := stake_in_words(lost):
        output.hint(said)
    if following and (missing := await away(here.settings)):
        output.hint(f"{missing}; what is recorded holds, and the case follows then")
    return 0


async def _preview(many: Description) -> int:
    matching, first, vain = 0, list[CaseStatus](), _Vain(many.unreadable)
    async with transaction() as (connection, _):
        length = await many.length(connection)
        begin: int | None = 0
        while begin is not None:
            page = await many.page(connection, begin)
            first, matching = [*first, *page.cases][:SHOWN], matching + len(page.cases)
            vain.add(page)
            begin = page.next
            if many.invoices is None:  # of a file only who reads it all knows how many fit
                matching, begin = length, None
    rows = [{"invoice": f"{c.creditor}/{c.invoice}", "due": c.due_date, "balance": c.balance} for c in first]
    title = f"{matching:,} cases" + (f", the first {len(first)}:" if len(first) < matching else "")
    document = {"matching": matching, "cases": first, "more": len(first) < matching} | vain.document
    output.answer_table(document, rows, title=title, empty="no such case")
    for said in vain.words:
        output.hint(said)
    return 0


async def _many(command: Command[Any], many: Description) -> int:
    matching, refused, vain = 0, _Named(), _Vain(many.unreadable)
    async with parts() as here:
        async with here.database.transaction() as connection:
            length = await many.length(connection)
        begin: int | None = 0
        with output.progress() as progress:
            bar = progress.add_task(command.name, total=length)
            try:
                while begin is not None:
                    async with here.database.transaction() as connection:
                        page = await many.page(connection, begin)
                        why_not = await _batch(connection, here.planning, command, page.cases)
                    refused.add(why_not)
                    vain.add(page)
                    matching, begin = matching + len(page.cases), page.next
                    progress.advance(bar, page.walked)
            except BaseException:
                if matching:
                    output.hint(f"interrupted after {matching - refused.count} cases: the same again does the rest")
                raise
    done = matching - refused.count
    words = [f"{command.name}: {done} of {matching} cases", *refused.lines, *vain.words]
    document = {"command": command.name, "matching": matching, "done": done, "refused": refused.kept}
    document |= {"refused_count": refused.count} | vain.document
    output.answer(document, "\n".join(words))
    return 1 if refused.count or vain.unknown.count or vain.unreadable else 0


class _Named:
    """What is told of many by name, with why: the first of them, and how many there are."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.count = 0

    def add(self, more: Mapping[str, str]) -> None:
        """Some more of them."""
        self.kept |= islice(more.items(), KEPT - len(self.kept))
        self.count += len(more)

    @property
    def lines(self) -> list[str]:
        """The first, a line each, and how many more there are."""
        named = [f"  {name}: {why}" if why else f"  {name}" for name, why in islice(self.kept.items(), SHOWN)]
        return [*named, f"  and {self.count - SHOWN:,} more"] if self.count > SHOWN else named


class _Vain:
    """What a file names in vain: numbers of no invoice, what cannot be read, and invoices that are closed or do not fit."""

    def __init__(self, unreadable: int) -> None:
        self.unknown, self.left_out, self.unreadable = _Named(), 0, unreadable

    def add(self, page: Page) -> None:
        """What of it a page met."""
        self.unknown.add(dict.fromkeys(page.unknown, ""))
        self.left_out += page.left_out

    @property
    def document(self) -> dict[str, Any]:
        """For machines."""
        return {
            "unknown": list(self.unknown.kept),
            "unknown_count": self.unknown.count,
            "unreadable": self.unreadable,
            "left_out": self.left_out,
        }

    @property
    def words(self) -> list[str]:
        """For people."""
        words = [f"{self.unknown.count:,} of the file name no invoice:"] if self.unknown.count else []
        words += self.unknown.lines
        if self.unreadable:
            words.append(f"{self.unreadable:,} of the file cannot be read: `import --dry-run` says why")
        return words + ([f"{self.left_out:,} of the file are closed or do not fit"] if self.left_out else [])


async def _batch(
    connection: AsyncConnection, planning: Planning, command: Command[Any], cases: Sequence[CaseStatus]
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
