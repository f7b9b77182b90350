"""More time on the invoice page: a promised day, a plan, or a pause by reason, each with what follows from it."""

from typing import Any

from sqlalchemy import text

from domain.agreements.pauses import USUAL_DAYS, goes_on
from domain.parties.replies import Meaning
from domain.parties.speakers import SPEAKERS
from domain.planner.consequence import InParts, Promises, Rests
from domain.planner.obstacles import GOES_ON_AT
from planning.service import PlannedCase
from web.invoice_page import sentences
from web.invoice_page.shown import Shown
from web.pages import words

GIVEN = text("""
select count(*) from hold where case_id = :case and by = any(:side) and reason_code = any(cast(:reasons as text[]))
""")


async def facts(shown: Shown) -> dict[str, Any] | None:
    """The reasons for a pause, whether one was given, and what follows from each choice."""
    planned, agreed = shown.planned, shown.more_time
    if not shown.open or planned is None or agreed is None:
        return None
    say, now = sentences.of(shown), shown.now
    rests = not shown.said.isdisjoint(USUAL_DAYS)
    given = await _given(shown, planned)
    return {
        "reasons": list(USUAL_DAYS),
        "rests": rests,
        "no_more": given >= planned.policy.pauses.most,
        "pauses": {} if rests or given >= planned.policy.pauses.most else _pauses(shown, planned),
        "promised": say.then(Promises(agreed.last_day), now) if agreed.last_day else "",
        "plans": [say.then(InParts(each.instalments, each.interest), now) for each in agreed.offers],
        "asks_first": planned.case.facts.balance > planned.policy.plans.ask_above,
    }


async def _given(shown: Shown, planned: PlannedCase) -> int:
    """How many pauses the debtor was given: none where the case never stood still."""
    case = planned.case
    if not case.facts.held and not case.facts.stood_still:
        return 0
    asked = {"case": case.id, "side": list(SPEAKERS), "reasons": [f"says {each}" for each in USUAL_DAYS]}
    return int((await shown.connection.execute(GIVEN, asked)).scalar_one())


def _pauses(shown: Shown, planned: PlannedCase) -> dict[str, list[str]]:
    """What follows from a pause, with the reasons from which just that follows."""
    t, calendar, found = words(shown.found.language), planned.law.calendar, dict[str, list[str]]()
    say = sentences.of(shown)
    for reason in USUAL_DAYS:
        day = goes_on(planned.policy.pauses, Meaning(reason), shown.today, calendar)
        follows = say.then(Rests(calendar.at(day, GOES_ON_AT)), shown.now)
        found.setdefault(follows, []).append(t[f"pause_short_{reason.replace(' ', '_')}"])
    return found
