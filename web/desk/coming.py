"""What a case comes to, in words of the desk's language: what is sent, asked of people or ended, when, and at what cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from commands.foreseen import Standing
from domain.languages import Language
from domain.moment import moment_in
from domain.planner.action import Action, ActionKind
from domain.planner.occasions import step_named
from domain.planner.preview import PreviewedAct
from messages import figures
from messages.specs import SPECS
from web.pages import words

WORDS: Final = "desk/words"


@dataclass(frozen=True, slots=True)
class Coming:
    """One thing that a case comes to: the moment (UTC), how far ahead that is, and the planner's own reason.

    `at` None: it waits for news, or is over.
    """

    at: datetime | None
    ahead: str
    words: str
    why: str


def coming(standing: Standing, language: Language) -> Sequence[Coming]:
    """What a case comes to from where it stands."""
    return [_said(each, standing, language) for each in standing.acts]


def approved_by(action: Action) -> str | None:
    """The act of the desk that approves what an action waits for; None where it waits for no approval."""
    if action.to_approve:
        return "send-now"
    return "approve-hand-off" if action.flag in ("approval waiting", "approval overdue") else None


def _said(act: PreviewedAct, standing: Standing, language: Language) -> Coming:
    kind = act.action.kind
    at = None if kind in (ActionKind.WAIT, ActionKind.CLOSE) else act.at
    return Coming(at, _ahead(at, standing, language) if at else "", _what(act, standing, language), act.action.why)


def _what(act: PreviewedAct, standing: Standing, language: Language) -> str:
    t, action = words(language, WORDS), act.action
    if action.kind is ActionKind.DELIVER and action.channel:
        message = step_named(standing.plan.policy, action.step or "").message
        spec = SPECS.get(message)
        said = t["coming_message"].format(
            message=spec.heading(language, standing.plan.law.country) if spec else message,
            channel=t[f"channel_{action.channel}"],
        )
    elif action.kind is ActionKind.CLOSE:
        said = t.get(f"coming_close_{(action.outcome or '').replace(' ', '_')}", t["coming_close"])
    elif action.kind is ActionKind.WAIT and approved_by(action):
        said = t["coming_approval"]
    else:
        said = t.get(f"coming_{action.kind.activity}", t["coming_else"].format(what=action.kind))
    currency = standing.plan.case.facts.currency
    if act.fee:
        said += t["coming_fee"].format(fee=figures.amount(act.fee, currency, language))
    if act.interest:
        said += t["coming_interest"].format(interest=figures.amount(act.interest, currency, language))
    if act.deadline:
        said += t["coming_deadline"].format(day=figures.short_date(act.deadline, language))
    return said


def _ahead(at: datetime, standing: Standing, language: Language) -> str:
    """How far ahead, in whole days of the debtor's; today and tomorrow by their names."""
    t, country = words(language, WORDS), standing.plan.law.calendar.country
    there, here = moment_in(country, at).day, moment_in(country, standing.now).day
    days = there - here
    if days.days in (0, 1):
        return t["today" if days.days == 0 else "tomorrow"]
    return t["in_days"].format(days=days.days)
