"""The debtor has paid: what was found of it, through which day payments are known, and until when the case waits for it."""

from facts.money import said_paid
from web.invoice_page.section import Facts
from web.invoice_page.shown import Shown


async def facts(shown: Shown) -> Facts | None:
    """Where the debtor has said so, what came of the look for the money."""
    if not shown.open or shown.planned is None:
        return None
    if "paid" not in shown.said:
        return {"found": [], "until": None, "through": None}
    case, debtor = shown.found.case, shown.found.debtor
    until = await said_paid.waits_until(shown.connection, case, shown.now)
    return {
        "found": await said_paid.found(shown.connection, case, debtor),
        "until": shown.opened.calendar.local_date(until) if until else None,
        "through": shown.planned.case.facts.bank_data_through,
    }
