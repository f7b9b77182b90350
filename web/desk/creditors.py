"""How creditors are set up, to be read: policies and their law, accounts, senders, and what keeps one from going live.

What providers and partners know of a creditor is not asked here: `creditor check` does that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from domain.countries.law import Law, missing_soon
from domain.desk.roles import Act
from domain.going_live import KINDS, Finding, Registered, channels_of, judged
from domain.moment import moment_in
from domain.parties.sms_senders import OwnSender, SentAs
from domain.policy.policy import Policy
from domain.vocabulary import Channel
from facts.desk.within import creditors_within
from views.set_up import set_up
from web.desk.door import AtDesk, NotHere, needs

router = APIRouter(include_in_schema=False)

AtSystem = Annotated[AtDesk, Depends(needs(Act.SYSTEM))]
WORST_FIRST: Final = ("missing", "look", "fine")


@dataclass(frozen=True, slots=True)
class OfKind:
    """The policy of one kind of debtor; None where the creditor has none, or it cannot be used."""

    kind: str
    name: str | None
    policy: Policy | None
    channels: Sequence[Channel]


@dataclass(frozen=True, slots=True)
class Rows:
    """What is not sure of the law of a country: the rows of its file that no source confirms, and those that are missing soon."""

    country: str
    unverified: Sequence[str]
    missing: Sequence[str]


@dataclass(frozen=True, slots=True)
class Sender:
    """What SMS to the numbers of a country come from, and what the creditor has for it."""

    country: str
    own: OwnSender
    sent: SentAs


@router.get("/desk/creditors")
async def see_creditors(at: AtSystem) -> Response:
    """The creditors within reach."""
    async with at.opened() as (connection, _):
        creditors = await creditors_within(connection, at.reach)
    return at.page("creditors.html.j2", creditors=creditors)


@router.get("/desk/creditors/{creditor}")
async def see_creditor(at: AtSystem, creditor: str) -> Response:
    """How one is set up."""
    services, laws = at.services, at.services.intake.laws
    async with at.opened(snapshot=True) as (connection, now):
        if creditor not in await creditors_within(connection, at.reach):
            raise NotHere
        seen = await set_up(connection, creditor)
    known = replace(seen.known, sms_senders=services.planning.sms_senders(seen.known.sms_senders.own))
    policies = {name: policy for name, (policy, _) in services.intake.policies.items()}
    today = moment_in(seen.country, now).day
    kinds, used = _kinds(known, policies), _used(known, policies)
    countries = list(dict.fromkeys(policy.country for policy in used))
    return at.page(
        "creditor.html.j2",
        seen=seen,
        known=known,
        kinds=kinds,
        laws=[_rows(country, laws[country], today) for country in countries],
        senders=_senders(known, countries, today) if Channel.SMS in channels_of(used) else [],
        found=sorted(judged(known, policies, laws, today), key=_worst_first),
    )


def _worst_first(finding: Finding) -> int:
    return WORST_FIRST.index(finding.state)


def _kinds(known: Registered, policies: Mapping[str, Policy]) -> list[OfKind]:
    names = [(key.split()[-1], known.policies.get(key)) for key in dict.fromkeys((*KINDS, *known.policies))]
    found = [(kind, name, policies.get(name or "")) for kind, name in names]
    return [OfKind(kind, name, policy, channels_of([policy]) if policy else []) for kind, name, policy in found]


def _used(known: Registered, policies: Mapping[str, Policy]) -> list[Policy]:
    return [policies[name] for name in dict.fromkeys(known.policies.values()) if name in policies]


def _rows(country: str, law: Law, today: date) -> Rows:
    return Rows(country, law.unverified(), missing_soon([law], today))


def _senders(known: Registered, countries: Sequence[str], today: date) -> list[Sender]:
    """Of the countries that a policy or the creditor's file names."""
    senders = known.sms_senders
    named = dict.fromkeys([*countries, *senders.own])
    return [
        Sender(country, senders.own.get(country) or OwnSender(), senders.sent_on(country, today)) for country in named
    ]
