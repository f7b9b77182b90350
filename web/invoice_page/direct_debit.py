"""AvtaleGiro on the invoice page: offered, asked for, agreed, and whether it still reaches this invoice."""

from dataclasses import dataclass
from typing import Any

from domain.agreements import direct_debit
from domain.planner.coming_draw import coming_draw
from facts.direct_debit import mandates, outcomes
from facts.direct_debit.mandates import WayToMandate
from messages import figures
from web.invoice_page.shown import Shown


@dataclass(frozen=True, slots=True)
class DirectDebit:
    """AvtaleGiro as the page offers it: the mandate's state, and whether this invoice would still be drawn."""

    state: str | None  # pending | active | None: not asked for
    reference: str  # that the mandate is made with
    way: WayToMandate
    account: str
    in_time: bool
    undone: bool  # a draw of this invoice was taken back: nothing is drawn without the debtor's word
    covers: bool  # it will be drawn, if nothing more happens


async def facts(shown: Shown) -> dict[str, Any] | None:
    """AvtaleGiro for this debtor; None where the creditor has none or the invoice has no KID to ask for it with."""
    found, planned, agreed = shown.found, shown.planned, shown.more_time
    if planned is None or agreed is None or not shown.open or found.reference is None:
        return None
    way = await mandates.way_to_a_mandate(shown.connection, found.creditor)
    if way is None:
        return None
    calendar = shown.services.calendar
    mandate = await mandates.mandate_of(shown.connection, found.creditor, found.debtor)
    return {
        "debit": DirectDebit(
            state=mandate.state if mandate else None,
            reference=mandate.reference if mandate else found.reference,
            way=way,
            account=figures.account(way.account),
            in_time=direct_debit.is_in_time(calendar, shown.now, agreed.due_on or found.due_date),
            undone=mandate is not None and await outcomes.is_undone(shown.connection, found.case, mandate.id),
            covers=coming_draw(planned.case.facts, calendar, shown.now) is not None,
        )
    }
