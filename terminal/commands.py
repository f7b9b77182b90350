"""What a person decides about a case: recorded in the facts, told to the case, and answered with what it does next."""

import inspect
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import uuid4

import typer
from pydantic import ValidationError

from commands.case.credit import UndoCredit, UseCredit
from commands.case.dispute import Dispute, ResolveDispute
from commands.case.due_date import MoveDueDate
from commands.case.hand_off import ApproveHandOff, RejectHandOff
from commands.case.hold import Hold, Release
from commands.case.note import WriteNote
from commands.case.pay_back import PayBack
from commands.case.policy import ChoosePolicy
from commands.case.send_link import SendLink
from commands.case.settle_delivery import SettleDelivery
from commands.case.steps import SendNow, Skip, UndoSendNow, UndoSkip
from commands.case.waive_fees import WaiveFees
from commands.case.withdraw import Unwithdraw, Withdraw
from commands.case.write_off import AskWriteOff, WriteOff
from commands.command import Command, in_words
from commands.record import record
from domain.parties.relations import in_words as stake_in_words
from domain.parties.speakers import Asker, in_the_name_of
from domain.planner.turns import PER_HOUR
from facts import clock
from facts.parties.relations import at_stake
from planning.service import next_in_words
from terminal import output, parse
from terminal.cases import Invoice, resolve
from terminal.connection import parts, run
from terminal.described import described
from terminal.many import preview, pulled_at_once, to_many
from terminal.output import Misuse
from terminal.servers import away
from terminal.where import HELP
from terminal.who import AskedBy, By, Note, Reason

app = typer.Typer()


Facts = Annotated[
    bool, typer.Option("--facts", help="Changes nothing: every command is recorded in the facts.", hidden=True)
]
Where = Annotated[str | None, typer.Option("--where", help=HELP)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show which cases, and what it would come to.")]
OfFile = Annotated[
    Path | None,
    typer.Option("--of", metavar="FILE", help="The cases of the invoices in this file, as it was imported."),
]
PerHour = Annotated[
    int | None,
    typer.Option(
        "--per-hour",
        min=1,
        metavar="MESSAGES",
        help=f"Of many: so many messages leave in an hour at most. {PER_HOUR} where more than that would leave at once.",
    ),
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
    "due_date": Annotated[date, typer.Argument(parser=parse.day, metavar="DAY", help="The new due date (YYYY-MM-DD).")],
    "policy": Annotated[str, typer.Argument(help="The policy's name; the case's own, where that one holds.")],
    "held_for": Annotated[
        str | None, typer.Option(metavar="REASON", help="Only holds for this reason; alone, of all cases with one.")
    ],
    "channel": Annotated[str, typer.Argument(help="The channel that the message went by, such as email.")],
    "sent": Annotated[bool, typer.Option("--sent/--not-sent", help="Whether it was sent; if not, it is sent again.")],
}
"""How the fields of commands are typed."""


def _offer(kind: type[Command[Any]], *, many: bool = False) -> None:
    """Let a command be typed: its fields are arguments and options, its first line is the help."""
    own = [name for name in kind.model_fields if name not in Command.model_fields]
    options = {"invoice": OneOrMany if many else Invoice} | {name: FIELDS[name] for name in own} | {"by": By}
    options |= {"asked_by": AskedBy} if kind is Hold else {}
    options |= {"per_hour": PerHour} if kind is Release else {}
    options |= ({"where": Where, "of": OfFile, "dry_run": DryRun} if many else {}) | {
        "reason": Reason,
        "note": Note,
        "facts": Facts,
    }
    usual = dict.fromkeys(("where", "of", "note", "asked_by", "per_hour")) | {
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
        many, unreadable = described(where, None if invoice else given.get("held_for"), of)
        per_hour = given.pop("per_hour", None)
        command = _command(kind, **given)
        if many is None:
            if invoice is None:
                raise Misuse("name one INVOICE, or describe many with --where or --of")
            if dry_run or per_hour:
                raise Misuse(f"{'--dry-run' if dry_run else '--per-hour'} goes with --where or --of")
            return run(_one(command, invoice))
        if invoice is not None:
            raise Misuse("name one INVOICE, or describe many with --where or --of: not both")
        return run((preview if dry_run else to_many)(command, many, unreadable, per_hour))

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
_offer(UndoSkip)
_offer(UndoSendNow)
_offer(Withdraw)
_offer(Unwithdraw)
_offer(UseCredit)
_offer(UndoCredit)
_offer(AskWriteOff)
_offer(WriteOff)
_offer(WaiveFees)
_offer(MoveDueDate)
_offer(ChoosePolicy)
_offer(SendLink)
_offer(SettleDelivery)
_offer(PayBack)
_offer(WriteNote)


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


async def _one(command: Command[Any], invoice: str, *, tell_stake: bool = False) -> int:
    following = None
    async with parts() as here:
        async with here.database.transaction() as connection:
            case = await resolve(connection, invoice)
            now = await clock.now(connection, case.creditor)
            await record(connection, here.planning, case.case_id, command, f"terminal#{uuid4()}", now)
            lost = await at_stake(connection, case.case_id, now) if tell_stake else []
            if (await resolve(connection, invoice)).state == "open":
                following = next_in_words(await here.planning.plan(connection, case.case_id, now), now)
        at_printer = await pulled_at_once(here, [case.case_id]) if isinstance(command, Hold) else {}
    who = f"{case.creditor}/{case.invoice}"
    document = {"invoice": who, "command": command.name, "accepted": True}
    document["next"] = following.model_dump(mode="json") if following else None
    if tell_stake:
        document["lost_customer_cost"] = [str(each) for each in lost]
    output.answer(document, f"{who}: {following.label if following else 'the case has accepted it and stays closed'}")
    if said := stake_in_words(lost):
        output.hint(said)
    for letter, where in at_printer.items():
        output.hint(f"with the printer already, and on its way: {letter} {where}")
    if following and (missing := await away(here.settings)):
        output.hint(f"{missing}; what is recorded holds, and the case follows then")
    return 0
