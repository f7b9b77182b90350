"""Hand-offs to the collection partner: which there are, today's file, the partner's answers, and what it is told later."""

from typing import Annotated, Literal

import typer

from activities.jobs.hand_offs import HandOffs
from activities.jobs.partners import Partners
from commands.collection.answers import take_answer
from connectors.ids import Kind
from domain.money.allocation import Owed
from domain.planner.partner_answers import Accepted, Paid, PaymentReversed, Said, closed_because, rejected_because
from facts.collection import hand_offs as facts_of_hand_offs
from terminal import output, parse
from terminal.connection import command, parts, transaction
from terminal.named import named

app = typer.Typer()
hand_offs = typer.Typer(help="Hand-offs to collection: list, export, answer, messages, acknowledge.")
app.add_typer(hand_offs, name="hand-offs")

Creditor = Annotated[str | None, typer.Option(help="Only this creditor's.")]


@command(hand_offs, "list")
async def list_(
    creditor: Creditor = None,
    state: Annotated[
        Literal["queued", "exported", "accepted", "rejected", "recalled", "closed", "backed out"] | None,
        typer.Option(help="Only those in this state."),
    ] = None,
) -> None:
    """The hand-offs, oldest first."""
    async with transaction() as (connection, _):
        found = await facts_of_hand_offs.list_hand_offs(connection, creditor, state)
    output.answer_table({"hand_offs": found}, found, empty="no hand-offs")


@command(hand_offs, "export")
async def export() -> None:
    """Write today's files now instead of waiting for the daily job, and meet the partners that have an API.

    One file a day for each creditor.
    """
    async with parts() as here:
        left = await HandOffs(here.database, here.planning, here.hand_off_files).export_hand_offs()
        secrets = here.settings.collection_partner_secrets
        taken = await Partners(here.database, here.planning, here.webhook_post, secrets).meet_partners()
        await here.webhook_post.aclose()
    folder = str(here.settings.hand_off_folder)
    output.answer(
        {"exported": left, "folder": folder, "taken": taken},
        f"{left} hand-offs left in the files of {folder}, {taken} were taken over an API",
    )


@command(hand_offs, "answer")
async def answer(
    id: Annotated[str, typer.Argument(metavar="ID", help="The hand-off's id, as in the file.")],
    verdict: Annotated[Literal["accepted", "rejected", "closed"], typer.Argument(help="What the partner says.")],
    reason: Annotated[
        str | None, typer.Option(help="Why it was rejected or closed, in a word of docs/partner.md.")
    ] = None,
    creditor: Creditor = None,
) -> None:
    """The partner's answer: an accepted hand-off closes its case, a rejected one asks a person again, a closed one is over."""
    said: Said = Accepted()
    if verdict != "accepted":
        said = rejected_because(reason) if verdict == "rejected" else closed_because(reason)
    async with transaction() as (connection, _):
        hand_off, now = await named(connection, Kind.HAND_OFF, id)
        taken = await take_answer(connection, creditor, hand_off, said, now)
    if not taken.changed:
        raise output.Refusal(f"hand-off {hand_off} waits for no such answer: {taken.why}")
    output.answer(
        {"hand_off": hand_off, "answer": verdict}, f"hand-off {hand_off}: {verdict} by the collection partner"
    )


@command(hand_offs, "paid")
async def paid(
    id: Annotated[str, typer.Argument(metavar="ID", help="The hand-off's id, as in the file.")],
    principal: Annotated[
        str, typer.Argument(help="What of it pays the claim, such as 802.00; nothing of the partner's costs.")
    ],
    payment: Annotated[str, typer.Option(help="The partner's id of the payment: the same id books once.")],
    on: Annotated[str, typer.Option(metavar="DATE", help="The day it was paid to the partner.")],
    interest: Annotated[str, typer.Option(help="What of it is interest.")] = "0",
    fee: Annotated[str, typer.Option(help="What of it is our fee.")] = "0",
    creditor: Creditor = None,
) -> None:
    """The debtor has paid the partner: booked once, part by part."""
    of_claim = Owed(parse.budget(principal), parse.budget(interest), parse.budget(fee))
    if of_claim.total <= 0:
        raise output.Misuse("nothing of it pays the claim: there is nothing to book")
    async with transaction() as (connection, _):
        hand_off, now = await named(connection, Kind.HAND_OFF, id)
        currency = await facts_of_hand_offs.currency_of(connection, hand_off)
        said = Paid(payment, of_claim, currency, parse.day(on))
        taken = await take_answer(connection, creditor, hand_off, said, now)
    if not taken.changed:
        raise output.Refusal(f"nothing was booked: {taken.why}")
    output.answer(
        {"hand_off": hand_off, "payment": payment, "amount": of_claim.total},
        f"hand-off {hand_off}: {of_claim.total} {currency} booked, paid to the collection partner",
    )


@command(hand_offs, "reversed")
async def reversed_(
    id: Annotated[str, typer.Argument(metavar="ID", help="The hand-off's id, as in the file.")],
    payment: Annotated[str, typer.Option(help="The partner's id of the payment that is gone again, all of it.")],
    on: Annotated[str, typer.Option(metavar="DATE", help="The day it went.")],
    creditor: Creditor = None,
) -> None:
    """A payment to the partner was taken back: what it paid is owed again, and the partner asks for it."""
    async with transaction() as (connection, _):
        hand_off, now = await named(connection, Kind.HAND_OFF, id)
        taken = await take_answer(connection, creditor, hand_off, PaymentReversed(payment, parse.day(on)), now)
    if not taken.changed:
        raise output.Refusal(f"nothing was taken back: {taken.why}")
    output.answer(
        {"hand_off": hand_off, "payment": payment, "why": taken.why},
        f"hand-off {hand_off}: {taken.why or f'payment {payment} is taken back'}",
    )


@command(hand_offs, "messages")
async def messages(creditor: Creditor = None) -> None:
    """What the partner is told after a hand-off: money, credits and recalls, oldest first."""
    async with transaction() as (connection, _):
        found = await facts_of_hand_offs.list_messages(connection, creditor)
    shown = [
        {
            "id": message.id,
            "hand-off": message.hand_off,
            "invoice": f"{message.creditor}/{message.invoice}",
            "kind": message.kind,
            "amount": message.amount and f"{message.amount} {message.currency}",
            "reason": message.reason,
            "file": message.file,
            "acknowledged": message.acknowledged_at,
        }
        for message in found
    ]
    output.answer_table({"messages": found}, shown, empty="no messages")


@command(hand_offs, "acknowledge")
async def acknowledge(
    id: Annotated[str, typer.Argument(metavar="MESSAGE_ID", help="The message's id, as in the file.")],
    creditor: Creditor = None,
) -> None:
    """The partner has read a message from a file."""
    async with transaction() as (connection, _):
        message, now = await named(connection, Kind.PARTNER_MESSAGE, id)
        changed = await facts_of_hand_offs.acknowledge(connection, creditor, message, now)
    if not changed:
        raise output.Refusal(
            f"message {message} waits for no acknowledgement: `starter.py hand-offs messages` shows what was exported"
        )
    output.answer({"message": message, "acknowledged": True}, f"message {message}: acknowledged by the partner")
