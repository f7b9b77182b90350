"""How the invoice stands, in one word, one amount and one day: the page's first lines."""

from datetime import date
from enum import StrEnum

from domain.planner import told
from messages import figures
from web.invoice_page.section import Facts
from web.invoice_page.shown import Shown

NO_STEP = (0, "")  # of no round: the deadlines of all messages count


class State(StrEnum):
    """How the page looks; the first that holds."""

    PAID = "paid"
    TAKEN_BACK = "taken_back"
    HANDED_OFF = "handed_off"
    STOPPED = "stopped"  # a person looks at it: nothing is asked for
    DRAWN = "drawn"
    CREDIT = "credit"
    IN_PLAN = "in_plan"
    DISPUTED = "disputed"
    PROMISED = "promised"
    HELD = "held"
    OVERDUE = "overdue"
    ON_TIME = "on_time"


async def facts(shown: Shown) -> Facts:
    """How it stands, the day to pay by, and what the invoice is for where one line says it."""
    lines = shown.invoice.lines
    case, partner = shown.found.facts, shown.invoice.collection_partner_contact.get("phone")
    return {
        "partner_phone": figures.phone(partner, shown.found.language) if partner else None,
        "state": state_of(shown),
        "by": pay_by(shown),
        "what": lines[0].text if len(lines) == 1 else None,
        "held_until": shown.opened.calendar.local_date(case.held_until) if case.held_until else None,
    }


def state_of(shown: Shown) -> State:
    """How the invoice stands now."""
    invoice, found, agreed = shown.invoice, shown.found, shown.more_time
    case = found.facts
    held = {
        State.PAID: invoice.balance <= 0,
        State.TAKEN_BACK: case.withdrawn,
        State.HANDED_OFF: case.with_partner,
        State.STOPPED: shown.stopped,
        State.DRAWN: found.drawn is not None and found.to_pay.amount <= 0,
        State.CREDIT: shown.nothing_by_hand,
        State.IN_PLAN: agreed is not None and bool(agreed.plan),
        State.DISPUTED: case.disputed or case.disputed_amount > 0,
        State.PROMISED: agreed is not None and agreed.promised is not None,
        State.HELD: case.on_hold(shown.now),
        State.OVERDUE: pay_by(shown) < shown.today,
        State.ON_TIME: True,
    }
    return next(state for state in State if held[state])


def pay_by(shown: Shown) -> date:
    """The day to pay by: of the plan or the promise, else the latest that any message has told, never the old due date."""
    if shown.planned is None or shown.more_time is None:
        return shown.invoice.due_date
    if agreed := shown.more_time.due_on or shown.more_time.promised:
        return agreed
    policy, law, case = shown.planned.policy, shown.planned.law, shown.planned.case.facts
    given = told.latest_deadline(policy, law, told.messages(policy, law, case), but=NO_STEP)
    return max(filter(None, (shown.invoice.due_date, given)))
