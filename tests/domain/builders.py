"""Small builders of policies, facts and deliveries, with a plan whose days are easy to count."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from config.files import read_laws, read_policies
from domain.countries.law import Law
from domain.parties.life_events import LifeEvent, LifeKind
from domain.planner.action import Action
from domain.planner.case_facts import CaseFacts, Contact, Delivery, DeliveryState
from domain.planner.planner import next_action
from domain.policy.loader import load_policy
from domain.policy.policy import Policy
from domain.vocabulary import Channel

OSLO = ZoneInfo("Europe/Oslo")
LAWS = read_laws()
NORWAY = LAWS["NO"]
ISSUED = date(2026, 6, 1)  # a Monday; no public holiday follows before Christmas
DUE = date(2026, 6, 15)  # a Monday
TODAY = date(2026, 11, 22)
CHILD = date(2016, 3, 1)
SHIPPED = {name: policy for name, (policy, _) in read_policies(LAWS, TODAY).items()}
GENTLE, STANDARD, MINIMAL = (SHIPPED[f"no-{name}"] for name in ("gentle", "standard", "minimal-cost"))


ASSUMED = {
    "NO": {"interest": Decimal(12), "b2b_compensation": Decimal(460), "inkassosats": Decimal(750)},
    "SE": {"reference": Decimal(2)},
    "FI": {"reference": Decimal("2.5")},
}


def with_assumed_rates(law: Law, years: range) -> Law:
    """The law with clearly assumed rates for half-years that are not known yet."""
    assumed = {date(year, month, 1): ASSUMED[law.country] for year in years for month in (1, 7)}
    return replace(law, half_years=assumed | dict(law.half_years))


LAW = with_assumed_rates(NORWAY, range(2027, 2032))


def local(text: str) -> datetime:
    """A moment (UTC) from a local time in Oslo: `2026-06-15 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=OSLO).astimezone(UTC)


def in_oslo(moment: datetime | None) -> str | None:
    """A moment as the clock in Oslo shows it."""
    return moment.astimezone(OSLO).strftime("%Y-%m-%d %H:%M") if moment else None


def policy(steps: str, **head: str) -> Policy:
    """A policy of the written steps, checked as any other."""
    return load_policy(_written(steps, head), "test.yaml", {"NO": LAW}, on=TODAY)


def stored(steps: str, **head: str) -> Policy:
    """A policy that a running case keeps, which would be refused by now."""
    return load_policy(_written(steps, head), "test.yaml", {"NO": LAW}, on=None)


def _written(steps: str, head: dict[str, str]) -> str:
    words = {"name": "test", "country": "NO"} | head
    return "".join(f"{word}: {value}\n" for word, value in words.items()) + f"steps:\n{steps}"


def contact(channel: Channel, *, usable: bool = True, wrote: str | None = None) -> Contact:
    """A way to reach the debtor."""
    return Contact(channel, usable, local(wrote) if wrote else None)


def known(kind: str, value: Any = None, *, since: date | None = None, until: date | None = None) -> LifeEvent:
    """Something that is known of the debtor's life."""
    return LifeEvent(LifeKind(kind), since, until, value, "anne", "called", None, local("2026-05-01 09:00"))


A_CHILD = (known("born", CHILD.isoformat()),)
EVERYWHERE = tuple(contact(channel) for channel in (Channel.EMAIL, Channel.SMS, Channel.LETTER))


def facts(*deliveries: Delivery, **changes: Any) -> CaseFacts:
    """A case over 802 kroner, due on Monday 15 June 2026, of a debtor with every address."""
    values: dict[str, Any] = {
        "case": "dunning/acme/1001",
        "spread_seed": 0,
        "round": 1,
        "issue_date": ISSUED,
        "due_date": DUE,
        "currency": "NOK",
        "balance": Decimal(802),
        "principal": Decimal(802),
        "bank_data_through": date(2035, 1, 1),
        "contacts": EVERYWHERE,
        "deliveries": deliveries,
    }
    values |= changes
    values.setdefault("principal_changes", ((values["issue_date"], values["principal"]),))
    return CaseFacts(**values)


def sent(step: str, channel: Channel, at: str, *, read: str | None = None, **changes: Any) -> Delivery:
    """An accepted delivery; moments are local times."""
    moment = local(at)
    values: dict[str, Any] = {
        "round": 1,
        "step": step,
        "channel": channel,
        "state": DeliveryState.ACCEPTED,
        "claimed_at": moment,
        "accepted_at": moment,
        "read_at": local(read) if read else None,
    }
    return Delivery(**(values | changes))


def claimed(step: str, channel: Channel, at: str, **changes: Any) -> Delivery:
    """A delivery that was claimed and has no answer."""
    return sent(step, channel, at, state=DeliveryState.CLAIMED, accepted_at=None, **changes)


def failed(step: str, channel: Channel, at: str, **changes: Any) -> Delivery:
    """A delivery that bounced, was refused or came back."""
    return sent(step, channel, at, state=DeliveryState.FAILED, **changes)


def unavailable(step: str, channel: Channel, first: str, last: str, **changes: Any) -> Delivery:
    """A delivery whose provider has been away since `first`, tried again at `last`."""
    return sent(
        step,
        channel,
        last,
        state=DeliveryState.UNAVAILABLE,
        accepted_at=None,
        first_unavailable_at=local(first),
        unavailable_at=local(last),
        **changes,
    )


INVOICE_READ = sent("invoice", Channel.EMAIL, "2026-06-01 09:00", read="2026-06-01 12:00")
DUE_READ = sent("due-date-reminder", Channel.EMAIL, "2026-06-15 09:00", read="2026-06-15 12:00")
REMINDED = sent("reminder", Channel.EMAIL, "2026-06-29 09:00", read="2026-06-29 12:00")
NOTICE = sent(
    "collection-notice",
    Channel.LETTER,
    "2026-07-20 09:00",
    posted_on=date(2026, 7, 20),
    deadline=date(2026, 8, 7),
)
COPIES = (
    sent("collection-notice", Channel.SMS, "2026-07-20 09:01", alert=True),
    sent("collection-notice", Channel.EMAIL, "2026-07-20 09:01", alert=True),
)
TO_REMINDER = (INVOICE_READ, DUE_READ, REMINDED)
TO_NOTICE = (*TO_REMINDER, NOTICE, *COPIES)


def decide(case: CaseFacts, at: str, plan: Policy = GENTLE, law: Law = LAW) -> Action:
    """What the case does next at a moment in Oslo."""
    return next_action(plan, law, case, local(at))


def said(case: CaseFacts, at: str, plan: Policy = GENTLE, law: Law = LAW) -> str:
    """The action in one line: `deliver email reminder 2026-06-29 09:00`, with what is missing left out."""
    action = decide(case, at, plan, law)
    channel = f"{action.channel}{' alert' if action.alert else ''}" if action.channel else None
    return " ".join(str(part) for part in (action.kind, channel, action.step, in_oslo(action.at)) if part)
