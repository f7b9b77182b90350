"""A dry run beside a database: each batch is judged with what the facts know of it. Nothing is locked, nothing is changed."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.invoice_files.read_invoice import ReadInvoice
from domain.invoices.incoming import IncomingInvoice
from facts import clock
from facts.invoices.before import credited_before, debtors_known, in_force, invoices_before
from facts.invoices.intake import Intake, odd_for
from facts.refusals import Refused
from terminal.connection import parts, run
from terminal.dry_run import DryRun, Known
from terminal.storing import moments_of


def judge(
    batches: Iterable[list[ReadInvoice]],
    creditor: str | None,
    judging: DryRun,
    take: Callable[[list[ReadInvoice], Mapping[str | None, datetime]], None],
) -> None:
    """Judge the batches one after the other, and hand on what becomes of each. Raises Refusal where nothing answers."""
    run(_judge(batches, creditor, judging, take))


async def _judge(
    batches: Iterable[list[ReadInvoice]],
    creditor: str | None,
    judging: DryRun,
    take: Callable[[list[ReadInvoice], Mapping[str | None, datetime]], None],
) -> None:
    async with parts() as here:
        async with here.database.snapshot() as connection:
            intake = here.intake(here.calendar.local_date(await clock.now(connection)))
        for batch in batches:
            async with here.database.snapshot() as connection:
                moments = await moments_of(connection, batch, creditor)
                known = await _known(connection, intake, creditor, batch, moments)
            take(judging.take(batch, known), moments)


async def _known(
    connection: AsyncConnection,
    intake: Intake,
    creditor: str | None,
    batch: list[ReadInvoice],
    moments: Mapping[str | None, datetime],
) -> Known:
    """Whose each of a batch is, or why it is refused; and what came before under their numbers."""
    owners, refused, odd = list[str | None](), list[str | None](), list[tuple[str, ...]]()
    for read in batch:
        owner, why, told = None, None, tuple[str, ...]()
        try:
            match read.model:
                case IncomingInvoice() as invoice:
                    now = moments[creditor or invoice.creditor]
                    found, policy = await intake.checked(connection, invoice, now, creditor=creditor)
                    owner, told = found.id, (*odd_for(found, invoice), *policy.told)
                case None:
                    pass
                case note:
                    owner = (await intake.owner(connection, note.creditor, creditor)).id
        except Refused as refusal:
            why = str(refusal)
        owners.append(owner)
        refused.append(why)
        odd.append(told)
    before: dict[str, dict[tuple[str, str], Any]] = {"invoices": {}, "in_force": {}, "notes": {}, "debtors": {}}
    for owner in {owner for owner in owners if owner}:
        models = [read.model for read, of in zip(batch, owners, strict=True) if of == owner and read.model]
        invoices = [model for model in models if isinstance(model, IncomingInvoice)]
        notes = [model for model in models if not isinstance(model, IncomingInvoice)]
        named = [*(invoice.number for invoice in invoices), *(note.invoice_number for note in notes)]
        customers = [number for invoice in invoices if (number := invoice.debtor.customer_number)]
        came = {
            "invoices": await invoices_before(connection, owner, [invoice.number for invoice in invoices]),
            "in_force": await in_force(connection, owner, named),
            "notes": await credited_before(connection, owner, [note.number for note in notes]),
            "debtors": await debtors_known(connection, owner, customers),
        }
        for what, of_owner in came.items():
            before[what] |= {(owner, number): value for number, value in of_owner.items()}
    return Known(owners, refused, odd, **before)
