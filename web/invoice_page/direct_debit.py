"""Direct debit on the invoice page: offered, asked for, agreed or refused, and whether it still reaches this invoice."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from domain.agreements import direct_debit
from domain.agreements.mandate_answers import ENDS, Remedy, remedy
from domain.planner.coming_draw import coming_draw
from domain.planner.consequence import WantsDirectDebit
from facts.direct_debit import mandates, outcomes
from facts.direct_debit.mandates import WayToMandate
from messages import figures
from web.invoice_page import sentences
from web.invoice_page.rights import Level
from web.invoice_page.shown import Shown
from web.invoice_page.wants_direct_debit import Limit, suggested

TOLD_FOR: Final = timedelta(days=60)  # how a mandate ended, while none stands


@dataclass(frozen=True, slots=True)
class DirectDebit:
    """Direct debit as the page offers it: the mandate's state, and whether this invoice would still be drawn."""

    state: str | None  # pending | active | None: not asked for
    reference: str  # that the mandate is made with
    way: WayToMandate
    account: str
    in_time: bool
    undone: bool  # a draw of this invoice was taken back: nothing is drawn without the debtor's word
    covers: bool  # it will be drawn, if nothing more happens
    limit: Limit  # for a month: that was agreed on, else that is suggested
    then: str  # what follows from asking for it
    brought: bool = False  # the creditor has brought the mandate to the centre, and ends it there
    ended: Remedy | Literal["ended"] | None = None  # the last one is over: what to do of a refused one
    above: bool = False  # what is owed is more than the limit lets through
    paid: bool = False  # the invoice is: it is offered for those to come


async def facts(shown: Shown) -> dict[str, Any] | None:
    """Direct debit for this debtor; None where the creditor has none or the invoice has no reference to ask for it with."""
    found, planned, agreed = shown.found, shown.planned, shown.more_time
    if found.reference is None or not found.draws or (shown.owed and not shown.open):
        return None
    way = await mandates.way_to_a_mandate(shown.connection, found.creditor)
    number = direct_debit.mandate_number(way.country, found.reference) if way else None
    if way is None or number is None:
        return None
    law = shown.opened.planning.law_of(found.country)
    calendar = law.calendar if law else shown.services.calendar
    mandate = await mandates.mandate_of(shown.connection, found.creditor, found.debtor)
    limit = await suggested(shown.connection, found, shown.today)
    if mandate is not None and mandate.monthly_limit is not None:
        limit = Limit(mandate.monthly_limit, limit.largest)
    if planned is None or agreed is None:
        return _after_paying(shown, way, limit) if mandate is None else None
    why = await mandates.last_word(shown.connection, found.creditor, found.debtor, shown.now - TOLD_FOR)
    return {
        "debit": DirectDebit(
            state=mandate.state if mandate else None,
            reference=mandate.reference if mandate else number,
            way=way,
            account=figures.account(way.account),
            in_time=direct_debit.is_in_time(calendar, shown.now, agreed.due_on or found.due_date),
            undone=mandate is not None and await outcomes.is_undone(shown.connection, found.case, mandate.id),
            covers=coming_draw(planned.case.facts, calendar, shown.now) is not None,
            limit=limit,
            then=sentences.of(shown).then(WantsDirectDebit(), shown.now),
            brought=mandate is not None and mandate.brought,
            ended=None if why is None else "ended" if why in ENDS else remedy(why),
            above=way.form is not None and found.to_pay.amount > limit.amount,
        )
    }


def _after_paying(shown: Shown, way: WayToMandate, limit: Limit) -> dict[str, Any] | None:
    """The offer to whoever has just paid by hand: from the next invoice on; to nobody else of whom nothing is asked."""
    found = shown.found
    if found.facts.balance > 0 or found.over or found.reference is None or shown.opened.level < Level.LINK:
        return None
    account = figures.account(way.account)
    return {
        "debit": DirectDebit(
            state=None,
            reference=direct_debit.mandate_number(way.country, found.reference) or found.reference,
            way=way,
            account=account,
            in_time=False,
            undone=False,
            covers=False,
            limit=limit,
            then="",
            paid=True,
        )
    }
