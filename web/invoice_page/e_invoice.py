"""The e-invoice on the invoice page: how it is ordered in the debtor's own bank. Nothing is asked for or kept here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from web.invoice_page.shown import Shown


@dataclass(frozen=True, slots=True)
class EInvoice:
    """What a debtor needs in the bank: the creditor's address and operator, and the reference by which it is recognised."""

    address: str
    operator: str
    reference: str | None


async def facts(shown: Shown) -> Mapping[str, Any] | None:
    """Where it is ordered; None where the creditor sends none, or while nothing is asked of the debtor here."""
    if shown.owed and not shown.open:
        return None
    told = shown.invoice.e_invoice
    if not told:
        return None
    return {"e_invoice": EInvoice(told["address"], told["operator"], shown.found.reference)}
