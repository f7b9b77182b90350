"""A policy as the calendar of an invoice that nobody pays, with what each step sent yesterday; and the days ahead."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from config.files import HOME
from domain.countries.law import Law
from domain.desk.roles import Act
from domain.planner.action import ActionKind, in_few_words
from domain.planner.case_facts import CaseFacts
from domain.planner.for_whom import in_words
from domain.planner.preview import PreviewedAct, preview
from domain.planner.sample import sample_case
from domain.planner.tried import learned, tried
from domain.policy.policy import Policy, law_of
from domain.vocabulary import CHANNELS
from facts.desk.within import creditors_within
from facts.prediction import experiment_looks
from views.coming import coming
from views.steps_of_a_day import steps_of_a_day
from web.desk.door import AtDesk, NotHere, needs

router = APIRouter(include_in_schema=False)

AtPolicies = Annotated[AtDesk, Depends(needs(Act.REPORTS))]

DAYS_TO_PAY: Final = 14
OWED: Final = Decimal("5000.00")  # enough for every step that has a floor


@router.get("/desk/policies")
async def see_policies(at: AtPolicies) -> Response:
    """The policies, what all open cases do in the days ahead, and what experiments have shown."""
    zone = str(at.services.intake.laws[HOME].calendar.zone)
    async with at.opened(snapshot=True) as (connection, now):
        ahead = await coming(connection, at.user.creditors, zone, now)
        creditors = await creditors_within(connection, at.reach)
        looks = await experiment_looks.last(connection, list(creditors))
    told = [(each, in_few_words(ActionKind(each.kind), each.step, each.channel)) for each in ahead]
    policies = [policy for policy, _ in at.services.intake.policies.values()]
    return at.page("policies.html.j2", policies=policies, ahead=told, looks=looks, creditors=creditors)


@router.get("/desk/policies/{name}")
async def see_policy(at: AtPolicies, name: str) -> Response:
    """A policy's calendar from today on: with the steps that are for some, and without them."""
    if name not in at.services.intake.policies:
        raise NotHere
    policy, _ = at.services.intake.policies[name]
    law = law_of(policy, at.services.intake.laws)
    async with at.opened(snapshot=True) as (connection, now):
        begins, ends = _yesterday(law, now)
        sent = await steps_of_a_day(connection, name, at.user.creditors, begins, ends)
    rows = _calendar(policy.whoever_it_is(), law, now, sent)
    some = frozenset(step.id for step in policy.optional.values() if step.when)
    otherwise = _calendar(policy, law, now, sent, skipped=some) if some else []
    for_whom = [(each.id, in_words(each.when, policy.currency)) for each in policy.optional.values() if each.when]
    tries = list(tried(policy, law, *_case(policy, law, now)))
    may_learn = [(step.id, learned(step)) for step in policy.steps if step.learn]
    return at.page(
        "policy.html.j2",
        policy=policy,
        rows=rows,
        otherwise=otherwise,
        for_whom=for_whom,
        tries=tries,
        may_learn=may_learn,
    )


def _calendar(
    policy: Policy,
    law: Law,
    now: datetime,
    sent: Mapping[tuple[str, str], int],
    skipped: frozenset[str] = frozenset(),
) -> list[dict[str, Any]]:
    facts, begins = _case(policy, law, now)
    acts = preview(policy, law, facts.but(skipped=skipped), begins)
    return [_row(each, sent.get((each.action.step or "", each.action.channel or ""), 0)) for each in acts]


def _case(policy: Policy, law: Law, now: datetime) -> tuple[CaseFacts, datetime]:
    """An invoice that is sent today, and the moment from which it is run ahead."""
    issued = law.calendar.local_date(now)
    debtor = "consumer" if policy.debtor == "any" else policy.debtor
    due = issued + timedelta(days=DAYS_TO_PAY)
    facts = sample_case(policy, issued, due, OWED, debtor, list(CHANNELS.values()))
    return facts, law.calendar.at(issued, time(0))


def _row(act: PreviewedAct, sent: int) -> dict[str, Any]:
    action = act.action
    what = in_few_words(action.kind, action.step, action.channel)
    return {"at": act.at, "what": what, "fee": act.fee, "deadline": act.deadline, "why": action.why, "sent": sent}


def _yesterday(law: Law, now: datetime) -> tuple[datetime, datetime]:
    """When yesterday began and ended, in UTC."""
    today = law.calendar.local_date(now)
    return law.calendar.at(today - timedelta(days=1), time(0)), law.calendar.at(today, time(0))
