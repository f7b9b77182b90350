"""Money that waits for a person: listed with its likeliest invoices, booked or sent back."""

from decimal import Decimal
from typing import Annotated

import typer

from connectors.ids import Kind
from facts.money import review
from facts.money.review import ReviewItem
from terminal import output, parse
from terminal.connection import command, transaction
from terminal.named import named
from terminal.output import Misuse
from terminal.who import By

app = typer.Typer()

Creditor = Annotated[str | None, typer.Option(help="Only this creditor's.")]


@command(app, "unmatched")
async def unmatched(creditor: Creditor = None) -> None:
    """The payments that no invoice explains by itself, oldest first, each with the reason and the likeliest invoices."""
    async with transaction() as (connection, _):
        found = await review.list_review(connection, creditor)
    shown = [
        {
            "number": item.number,
            "creditor": item.creditor,
            "booked": item.booked_on,
            "amount": f"{item.amount} {item.currency}",
            "reference": item.reference,
            "from": " ".join(filter(None, (item.payer_name, item.debit_account))),
            "text": item.text,
            "why": item.why,
            "may_be_for": _candidates(item),
        }
        for item in found
    ]
    output.answer_table({"unmatched": found}, shown, empty="every payment is matched")


def _candidates(item: ReviewItem) -> str:
    return "\n".join(
        f"{each['invoice']} ({each['balance']} {each['currency']} left): {', '.join(each['reasons'])}"
        for each in item.candidates
    )


@command(app, "match")
async def match(
    number: Annotated[str, typer.Argument(help="The payment's number, as `unmatched` shows it.")],
    by: By,
    invoices: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INVOICE[=AMOUNT]…", help="What it pays; one may be without an amount: it gets the rest."
        ),
    ] = None,
    send_back: Annotated[bool, typer.Option("--send-back", help="It is for no invoice: owe it back.")] = False,
    to_account: Annotated[
        str | None, typer.Option(metavar="ACCOUNT", help="Where it goes back to; else where it came from.")
    ] = None,
    creditor: Creditor = None,
) -> None:
    """Book a payment that waits on the invoices it is for, or send it back."""
    if send_back == bool(invoices):
        raise Misuse("name the invoices it pays, or --send-back: one of the two")
    if to_account and not send_back:
        raise Misuse("--to-account goes with --send-back")
    if send_back:
        await _send_back(number, by, to_account, creditor)
    else:
        await _match(number, dict(map(_share, invoices or [])), by, creditor)


def _share(written: str) -> tuple[str, Decimal | None]:
    """An invoice with what it gets of the payment."""
    invoice, equals, amount = written.rpartition("=")
    if not equals:
        return written, None
    if not invoice:
        raise Misuse(f"{written!r} is no invoice with an amount: write it as 2026-1001=802.00")
    return invoice, parse.balance(amount)


async def _match(written: str, invoices: dict[str, Decimal | None], by: str, creditor: str | None) -> None:
    async with transaction() as (connection, _):
        number, now = await named(connection, Kind.PAYMENT, written)
        left = await review.book_review(connection, number, invoices, by, now, creditor=creditor)
    words = [f"payment {number} is booked", *(f"  {invoice}: {balance} left" for invoice, balance in left.items())]
    output.answer({"payment": number, "left": left}, "\n".join(words))


async def _send_back(written: str, by: str, to_account: str | None, creditor: str | None) -> None:
    async with transaction() as (connection, _):
        number, now = await named(connection, Kind.PAYMENT, written)
        refund = await review.send_back(connection, number, by, now, to_account=to_account, creditor=creditor)
    words = f"payment {number} is owed back: once it is sent, `starter.py refunds paid {refund}`"
    output.answer({"payment": number, "refund": refund}, words)
