"""Money owed back to payers: listed, approved by a second person, ordered at the bank in a file, and told to be paid."""

from typing import Annotated

import typer

from connectors.ids import Kind
from facts import clock
from facts.money import refund_orders
from facts.money import refunds as facts_of_refunds
from facts.parties.creditors import local_day
from terminal import output
from terminal.connection import command, parts, run, transaction
from terminal.named import named
from terminal.values import fields_of
from terminal.who import By

app = typer.Typer()
refunds = typer.Typer(
    invoke_without_command=True,
    help="Money owed back to payers: list, waiting, approve, reject, account, write, files, paid.",
)
app.add_typer(refunds, name="refunds")

Creditor = Annotated[str, typer.Argument(help="The creditor's id.")]
OfCreditor = Annotated[str | None, typer.Option("--creditor", help="Only this creditor's.")]
Number = Annotated[str, typer.Argument(help="The refund's number, as `refunds` shows it.")]
Note = Annotated[str | None, typer.Option(help="Why, in words.")]


@refunds.callback()
def refunds_or_more(context: typer.Context, creditor: OfCreditor = None) -> None:
    """What creditors owe back to payers, then what was sent back."""
    if context.invoked_subcommand is None:
        run(_list(creditor))


@command(refunds, "list")
async def list_(creditor: OfCreditor = None) -> None:
    """What creditors owe back to payers, what stands in a file for the bank, and what was sent back."""
    await _list(creditor)


async def _list(creditor: str | None) -> None:
    async with transaction() as (connection, _):
        found = await facts_of_refunds.list_all(connection, creditor)
    output.answer_table({"refunds": found}, found, empty="nothing is owed back")


@command(refunds, "waiting")
async def waiting(creditor: Creditor) -> None:
    """What a creditor owes back: what the next file for the bank has, and what each other refund waits for."""
    async with transaction() as (connection, _):
        today = await local_day(connection, creditor, await clock.now(connection, creditor))
        found = await refund_orders.due(connection, creditor, today)
    rows = [
        {
            "number": each.number,
            "invoice": each.invoice,
            "amount": f"{each.amount} {each.currency}",
            "to": each.to_account,
            "by": each.by,
            "waits_for": each.waits_for or "the next file",
        }
        for each in found
    ]
    told = [
        {name: value for name, value in fields_of(each).items() if name not in ("name", "language")} for each in found
    ]
    output.answer_table({"refunds": told}, rows, empty=f"{creditor} owes nothing back")


@command(refunds, "approve")
async def approve(number: Number, by: By, note: Note = None, creditor: OfCreditor = None) -> None:
    """Approve a refund to the account that it has; whoever asked for it, or named the account, may not."""
    await _decide(number, by, True, note, creditor)


@command(refunds, "reject")
async def reject(
    number: Number,
    by: By,
    note: Annotated[str, typer.Option(help="Why, in words.")],
    creditor: OfCreditor = None,
) -> None:
    """Hold a refund back: it is still owed, and is in no file until somebody approves it."""
    await _decide(number, by, False, note, creditor)


async def _decide(number: str, by: str, approved: bool, note: str | None, creditor: str | None) -> None:
    async with transaction() as (connection, _):
        refund, now = await named(connection, Kind.REFUND, number)
        await refund_orders.decide(connection, refund, by, approved, now, note=note, creditor=creditor)
    verdict = "approved" if approved else "rejected"
    output.answer({"refund": refund, "verdict": verdict, "by": by}, f"refund {refund} is {verdict} by {by}")


@command(refunds, "account")
async def account(
    number: Number,
    to_account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Where it goes.")],
    by: By,
    creditor: OfCreditor = None,
) -> None:
    """Say where a refund goes; what was approved to another account is approved no more."""
    async with transaction() as (connection, _):
        refund, _now = await named(connection, Kind.REFUND, number)
        await refund_orders.name_account(connection, refund, to_account, by, creditor=creditor)
    output.answer({"refund": refund, "to_account": to_account, "by": by}, f"refund {refund} goes to {to_account}")


@command(refunds, "write")
async def write(creditor: Creditor, by: By) -> None:
    """Order all refunds that may go at the creditor's bank: a file (pain.001) for each currency, each refund in one of them."""
    from commands.money.refund_file import RefundFolder

    async with parts() as here:
        written = await RefundFolder(here.database, here.laws, here.refund_files).write(creditor, by)
    folder = str(here.settings.refund_folder)
    if not written:
        output.answer({"file": None}, f"no refund may go now: `refunds waiting {creditor}` says what each waits for")
        return
    words = [
        f"{each.name} is in {folder}: hand it to the bank, which carries it out on {each.execute_on}"
        for each in written
    ]
    first, *more = ({"file": each.name, "folder": folder, "execute_on": each.execute_on} for each in written)
    output.answer(first | ({"more": more} if more else {}), "\n".join(words))


@command(refunds, "files")
async def files(
    creditor: Creditor, name: Annotated[str | None, typer.Argument(help="One of them: prints what it says.")] = None
) -> None:
    """The files that were written for a creditor's bank, the latest first, and how many refunds of each were paid."""
    async with transaction() as (connection, _):
        if name is not None:
            said = await refund_orders.content(connection, creditor, name)
            output.answer({"file": name, "content": said}, said)
            return
        found = await refund_orders.files(connection, creditor)
    output.answer_table({"files": found}, found, empty=f"no refund of {creditor} was ordered in a file")


@command(refunds, "paid")
async def paid(number: Number, creditor: OfCreditor = None) -> None:
    """A refund has left the creditor's account; the bank's own file tells this of those that were ordered in a file."""
    async with transaction() as (connection, _):
        refund, now = await named(connection, Kind.REFUND, number)
        await facts_of_refunds.paid(connection, refund, now, creditor=creditor)
    output.answer({"refund": refund, "state": "paid"}, f"refund {refund} is paid")
