"""The page of a case, which answers a call: who it is, what is owed, what happened last, what comes next and what can be offered.

All of it is read at one moment, from the views that tell it elsewhere; what can be offered is what the debtor's own page offers.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Annotated, Final, cast
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.foreseen import ahead_of
from domain.agreements.instalments import left
from domain.agreements.pauses import USUAL_DAYS, goes_on
from domain.desk.parts import Part, parts_of
from domain.desk.roles import Act
from domain.languages import Language
from domain.moment import Moment
from domain.money.amount import ZERO
from domain.parties.life_events import LifeEvent, LifeKind
from domain.parties.relations import RelationEvent, lost_customer_cost, relations_on
from domain.parties.replies import Meaning
from domain.parties.standing import Standing, Thing, standing_of
from domain.planner.consequence import InParts, Promises, Rests
from domain.planner.obstacles import GOES_ON_AT
from domain.policy.policy import Policy
from facts.desk.pins import is_pinned
from facts.parties import life_events, relations
from facts.prediction import uses
from planning.service import PlannedCase
from views import timeline
from views.case_card import Card, card
from views.debtor_standing import KnownFact, forbidden, known
from views.dossier import OF_A_PLAN, OF_THE_CASE, WITH_A_REASON
from views.prediction.guessed import guessed
from views.timeline import Kind
from web.desk.acts import Deed, offered
from web.desk.at_case import AtCase, at_case
from web.desk.coming import approved_by, coming
from web.desk.door import AtDesk, ToLook
from web.desk.shown import also_here, place_of_case
from web.desk.told import Telling
from web.invoice_page.about import running_interest
from web.invoice_page.more_time import MoreTime, more_time
from web.invoice_page.sentences import Sentences
from web.pages import words

router = APIRouter(include_in_schema=False)

OF_THE_CLAIM: Final = (*WITH_A_REASON, *OF_THE_CASE, *OF_A_PLAN, "dispute", "resolve_dispute")
"""The lines of a diary that whoever works for somebody else sees too: they follow the claim, and no life."""
OF_OTHERS: Final = ("delivery", "provider", "money", "diary", "hand-off", "service")

SPOKEN: Final = ("sms", "phone")  # the channels whose addresses can be called
SHOWN_ELSEWHERE: Final = frozenset({LifeKind.NAMED, LifeKind.MOVED, LifeKind.LANGUAGE, LifeKind.BORN})

Kinds = Annotated[list[Kind] | None, Query(description="The kinds of thing that the timeline shows; all without any.")]
Before = Annotated[str, Query(max_length=60, description="The place in the timeline that this page of it comes after.")]


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be agreed on, and what follows from it."""

    title: str
    then: str


@dataclass(frozen=True, slots=True)
class PlanPart:
    """An instalment, and what is left of it."""

    number: int
    due_on: date
    amount: Decimal
    left: Decimal


@router.get("/desk/case/{creditor}/{number:path}")
async def case_page(at: ToLook, creditor: str, number: str, kind: Kinds = None, before: Before = "") -> Response:
    """A case, to whoever may see it; of what they may see, all."""
    parts, language = parts_of(at.user.roles), cast(Language, at.user.language)
    async with at.services.database.snapshot() as connection:
        case = await at.case(connection, creditor, number)
        at_it = await at_case(connection, at.services.planning, case)
        planned, now = at_it.plan, at_it.now
        found = await card(connection, case, now)
        facts, here = planned.case.facts, planned.law.calendar.here(now)
        today, standing = here.day, standing_of(facts.life, here.day)
        owed = found.state == "open" and found.balance > 0 and not facts.withdrawn and not facts.with_partner
        agreed = await more_time(connection, planned, now) if owed and Part.OFFERS in parts else None
        told = await _timeline(connection, case, parts, kind or (), before)
        last = (await _timeline(connection, case, parts, (), "", 1)) if kind or before else told
        of_life = await life_events.told(connection, found.debtor) if Part.LIFE in parts else []
        worth = await _worth(connection, found) if Part.WORTH in parts else []
        guess = await guessed(connection, planned, now) if Part.WORTH in parts else None
        used = await uses.of_case(connection, case) if Part.WORTH in parts and _may_use(planned.policy) else []
        others_here = await also_here(connection, at.user, place_of_case(case))
        kept = await is_pinned(connection, at.user.name, case)
        await at.looked(connection, now, found.debtor, case)
    telling, acts = Telling(language, parts, found.country, found.currency), offered(at.user, at_it)
    running = running_interest(planned, today)
    return at.page(
        "case.html.j2",
        of_many=False,
        kept=kept,
        guess=guess,
        uses=used,
        history=_history(at, creditor, number),
        card=_seen_by(found, parts, standing),
        parts={each.name for each in parts},
        now=now,
        also_here=others_here,
        acts=acts,
        telling=telling,
        tags=list(_tags(found, planned, agreed, here, parts)),
        running=running,
        not_asked=max(ZERO, running.today - running.asked) if running else None,
        last=telling.line(last.entries[0]) if last.entries else None,
        approval=_approval(at_it, acts),
        coming=coming(ahead_of(planned, now), language) if Part.NEXT in parts else (),
        offers=_offers(planned, agreed, language, telling, here) if agreed else [],
        asks_first=facts.balance > planned.policy.plans.ask_above,
        owed=owed,
        plan=_plan(planned),
        known=known_today(of_life, today),
        forbids=forbidden(standing) if Part.LIFE in parts else [],
        relations=relations_on(worth, today),
        stake=lost_customer_cost(relations_on(worth, today), today),
        lines=[telling.line(each) for each in told.entries],
        older=told.next,
        kinds=list(Kind) if Part.REPLIES in parts else [each for each in Kind if each is not Kind.SAID],
        chosen=[each.value for each in kind or ()],
        before=before,
    )


def _may_use(policy: Policy) -> bool:
    """Whether a guess may decide about anything in a policy, or a proposal or an arm."""
    return bool(policy.optional or policy.experiments) or any(step.learn for step in policy.steps)


def _history(at: AtDesk, creditor: str, number: str) -> str | None:
    """Where whoever looks after the system finds the case in the Temporal web UI; None where there is none set up."""
    settings = at.services.settings
    if not settings.temporal_ui_url or not at.user.may(Act.SYSTEM):
        return None
    name = quote(f"dunning/{creditor}/{number}", safe="")
    return f"{settings.temporal_ui_url}/namespaces/{quote(settings.temporal_namespace, safe='')}/workflows/{name}"


async def _timeline(
    connection: AsyncConnection,
    case: int,
    parts: Collection[Part],
    kinds: Collection[Kind],
    before: str,
    most: int = timeline.PAGE,
) -> timeline.Timeline:
    """What somebody of these parts sees of what happened."""
    sources = timeline.SOURCES if Part.REPLIES in parts else OF_OTHERS
    diary = None if Part.DECISIONS in parts else OF_THE_CLAIM
    return await timeline.of_case(connection, case, kinds=kinds, sources=sources, diary=diary, before=before, most=most)


async def _worth(connection: AsyncConnection, found: Card) -> Sequence[RelationEvent]:
    """What the creditor told of its customer."""
    if found.customer_number is None:
        return ()
    told = await relations.told(connection, found.creditor, [found.customer_number])
    return told[found.customer_number]


def _seen_by(found: Card, parts: Collection[Part], standing: Standing) -> Card:
    """A case without what somebody of these parts does not see: a template cannot show what it is not given."""
    sees = {part: part in parts for part in Part}
    inside = sees[Part.CONTACTS]
    contacts = (
        found.contacts
        if inside
        else [each for each in found.contacts if sees[Part.PHONE] and each.channel in SPOKEN and each.state == "valid"]
    )
    may_live = sees[Part.LIFE] or (sees[Part.ADDRESS] and not standing.never(Thing.ADDRESS))
    return replace(
        found,
        contacts=contacts,
        address=found.address if may_live else (),
        birth_date=found.birth_date if sees[Part.LIFE] else None,
        representative=found.representative if sees[Part.LIFE] else None,
        tasks=found.tasks if sees[Part.WORK] else (),
        disputes=found.disputes if sees[Part.WORK] else [replace(each, note=None, by="") for each in found.disputes],
        holds=found.holds if sees[Part.WORK] else (),
        mandates=found.mandates if sees[Part.WORK] else (),
        attached=found.attached if sees[Part.REPLIES] else (),
        letters=found.letters if sees[Part.WORDS] else (),
        others=found.others if sees[Part.OTHERS] else (),
        has_pdf=found.has_pdf and may_live,
        segment=found.segment if sees[Part.WORTH] else None,
        flag=found.flag if sees[Part.WORK] else None,
    )


def _tags(
    found: Card, planned: PlannedCase, agreed: MoreTime | None, here: Moment, parts: Collection[Part]
) -> Iterator[str]:
    """How the case stands, by the words of the desk's texts."""
    facts = planned.case.facts
    held = {
        "withdrawn": facts.withdrawn,
        "partner": facts.with_partner,
        "stopped": Part.LIFE in parts and standing_of(facts.life, here.day).stop is not None,
        "dispute": facts.disputed or facts.disputed_amount > 0,
        "hold": facts.on_hold(here.at) and Part.WORK in parts,
        "plan": facts.plan is not None,
        "promise": agreed is not None and agreed.promised is not None,
        "paying": facts.paying_since is not None,
        "unread": facts.unread_reply is not None and Part.REPLIES in parts,
        "overdue": found.state == "open" and found.balance > 0 and found.due_date < here.day,
    }
    return (name for name, holds in held.items() if holds)


def _offers(planned: PlannedCase, agreed: MoreTime, language: Language, telling: Telling, here: Moment) -> list[Offer]:
    """What the debtor's own page offers: a day, plans and pauses, each with what follows from it."""
    t, say, now = words(language, "desk/words"), Sentences(planned, language), here.at
    found = list[Offer]()
    if agreed.last_day is not None:
        title = f"{t['case_offer_promise']} {telling.day(agreed.last_day)}"
        found.append(Offer(title, say.then(Promises(agreed.last_day), now)))
    for each in agreed.offers:
        title = t["case_offer_plan"].format(count=each.months, monthly=telling.amount(each.monthly))
        found.append(Offer(title, say.then(InParts(each.instalments, each.interest), now)))
    rules, calendar = planned.policy.pauses, planned.law.calendar
    days: dict[date, list[str]] = {}
    for reason in USUAL_DAYS:
        name = words(language)[f"pause_short_{reason.replace(' ', '_')}"]
        days.setdefault(goes_on(rules, Meaning(reason), here.day, calendar), []).append(name)
    for day, reasons in days.items():
        title = t["case_offer_pause"].format(reasons=", ".join(reasons))
        found.append(Offer(title, say.then(Rests(calendar.at(day, GOES_ON_AT)), now)))
    return found


def _approval(case: AtCase, acts: Sequence[Deed]) -> str | None:
    """The act by which whoever looks approves what the case waits for; None where it waits for none, or not for them."""
    wanted = approved_by(case.plan.action)
    return next((each.name for each in acts if each.name == wanted), None)


def _plan(planned: PlannedCase) -> list[PlanPart]:
    """The plan that is in force, part by part."""
    plan = planned.case.facts.plan
    if plan is None:
        return []
    rest = {each.number: each.amount for each in left(plan.instalments, plan.paid)}
    return [PlanPart(each.number, each.due_on, each.amount, rest.get(each.number, ZERO)) for each in plan.instalments]


def known_today(events: Sequence[LifeEvent], today: date) -> list[KnownFact]:
    """What holds of a debtor on a day, but for what stands on the page by itself."""
    return [
        each for each in known(events, standing_of(events, today)) if each.holds and each.what not in SHOWN_ELSEWHERE
    ]
