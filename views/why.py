"""Why a case does what it does, and why a debtor was written to: step, facts, rules with their sources, and what would change it.

What a case does next is asked of the planner again, with one fact changed at a time: so nothing is told that it would not do.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.calendar import Calendar
from domain.countries.fees import fee_of
from domain.countries.law import Law
from domain.countries.rows import LawMissing
from domain.distribution_house import left
from domain.planner.action import Action, ActionKind
from domain.planner.case_facts import CaseFacts
from domain.planner.obstacles import obstacles
from domain.planner.occasions import is_occasion, step_name, step_named
from domain.planner.told import is_first_reminder
from domain.policy.policy import Anchor, AnchorBase, Policy, Step, StepKind
from domain.vocabulary import Channel, DebtorKind
from facts.prediction import uses
from facts.prediction.uses import Used
from planning.service import PlannedCase, Planning, next_in_words
from views.prediction.guessed import Guessed, guessed, use_in_words
from views.prediction.guessed import in_words as guess_in_words

DELIVERY = text("""
select d.message, d.channel, d.alert, d.state, d.fee, d.currency, d.deadline, d.claimed_at, d.accepted_at, d.posted_on, d.way,
  d.read_at,
  d.read_by, d.failure, d.document, d.pdf, c.id as case_id, c.creditor_id, i.number, dc.step, e.why, e.facts
from delivery d join delivery_case dc on dc.delivery_id = d.id join dunning_case c on c.id = dc.case_id
join invoice i on i.id = c.invoice_id
left join lateral (select why, facts from decision where case_id = c.id and happened_at <= d.claimed_at and step = dc.step
  order by id desc limit 1) e on true
where d.id = :delivery and (cast(:creditor as text) is null or d.creditor_id = :creditor)
order by e.why is null, i.due_date, i.number
""")


TOLD = text("""
select d.message, d.channel, d.alert, coalesce(d.accepted_at, d.claimed_at) as sent_at, d.fee, d.fee_kind, d.document,
  i.number, i.original_due_date, b.country, b.kind as debtor_kind,
  (select e.channel from delivery e join delivery_case ec on ec.delivery_id = e.id
    where ec.case_id = dc.case_id and ec.round = dc.round and ec.step = dc.step and e.claimed_at < d.claimed_at and not e.alert
    order by e.claimed_at desc limit 1) as before
from delivery d join delivery_case dc on dc.delivery_id = d.id join dunning_case c on c.id = dc.case_id
join invoice i on i.id = c.invoice_id join debtor b on b.id = d.debtor_id
where d.serial = :serial and c.invoice_id = :invoice
""")
ABOUT = {
    "invoice": "invoice",
    "due-date-reminder": "due",
    "reminder": "reminder",
    "block-warning": "notice",
    "collection-notice": "notice",
    "notice-alert": "notice",
}
"""How a debtor is told why, by the message: of the others, that something happened."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that was followed, what it comes from, and whether a source confirms it; None: it is nobody's law."""

    rule: str
    source: str
    verified: bool | None


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What would be done if one fact were another."""

    change: str
    then: str


@dataclass(frozen=True, slots=True)
class Why:
    """The whole answer. Moments in facts are the debtor's local ones."""

    of: tuple[str, ...]
    """Which invoices, as `acme/2026-1001`."""
    policy: str
    step: str | None
    what: str
    why: str
    facts: Mapping[str, str]
    rules: tuple[Reason, ...]
    otherwise: tuple[Otherwise, ...]
    sent: Mapping[str, Any] | None = None
    """The words of a delivery exactly as they were sent."""
    guess: Guessed | None = None
    """When it is paid, as it is guessed; None where nothing is, or may be."""
    uses: tuple[Used, ...] = ()
    """Which steps of it were taken or left out because of a guess."""


@dataclass(frozen=True, slots=True)
class Told:
    """Why a debtor was written to, as the invoice page says it; the fee in the invoice's currency."""

    about: str
    number: str
    due_on: date
    sent_on: date
    before: str | None
    """The channel of the same message that nobody had read."""
    fee: Decimal
    fee_source: str
    words: str
    """As they were sent; empty for a letter, which is on paper."""


async def told(
    connection: AsyncConnection, laws: Mapping[str, Law], calendar: Calendar, serial: int, invoice: int
) -> Told | None:
    """Why the message of this serial number came about the invoice; None where none is of it."""
    row = (await connection.execute(TOLD, {"serial": serial, "invoice": invoice})).one_or_none()
    if row is None:
        return None
    law, on = laws.get(row.country), calendar.local_date(row.sent_at)
    source = law.source("fees", on, row.debtor_kind) if law and row.fee and row.fee_kind == "fee" else None
    return Told(
        about="notice" if row.alert and row.message != "invoice" else ABOUT.get(row.message, "happened"),
        number=row.number,
        due_on=row.original_due_date,
        sent_on=on,
        before=row.before if row.before != row.channel else None,
        fee=row.fee,
        fee_source=source.named if source and source.verified else "",
        words=str(row.document.get("text", "")),
    )


async def why_next(connection: AsyncConnection, planning: Planning, case: int, now: datetime) -> Why:
    """Why a case does next what it does."""
    plan = await planning.plan(connection, case, now)
    of = (f"{plan.case.creditor_id}/{plan.case.number}",)
    said = next_in_words(plan, now)
    step = step_of(plan.policy, plan.action.step)
    today = plan.law.calendar.local_date(now)
    rules = (
        *_standing(plan, now),
        *_of_step(plan.policy, step),
        *rules_of_law(plan.law, plan.policy, step, plan.case.facts, today),
    )
    facts = _facts(plan.case.facts, plan.law.calendar, now)
    otherwise = tuple(_otherwise(planning, plan, now))
    guess = await guessed(connection, plan, now)
    used = tuple(await uses.of_case(connection, case))
    return Why(
        of,
        plan.policy.name,
        plan.action.step,
        said.label,
        plan.action.why,
        facts,
        rules,
        otherwise,
        guess=guess,
        uses=used,
    )


async def why_sent(
    connection: AsyncConnection, planning: Planning, delivery: UUID, creditor: str | None, now: datetime
) -> Why | None:
    """Why a message was sent; None where there is none of this id, or it is another creditor's."""
    rows = (await connection.execute(DELIVERY, {"delivery": delivery, "creditor": creditor})).all()
    if not rows:
        return None
    lead = rows[0]
    plan = await planning.plan(connection, lead.case_id, now)
    calendar = plan.law.calendar
    step = step_of(plan.policy, lead.step)
    on = calendar.local_date(lead.claimed_at)
    facts = {
        **{
            name.replace("_", " "): str(told) for name, told in (lead.facts or {}).items() if told not in (None, "None")
        },
        "channel": str(lead.channel).replace("_", " ") + (" (a copy that proves nothing)" if lead.alert else ""),
        "state": _state(lead, calendar),
        "fee": f"{lead.fee} {lead.currency}" if lead.fee else "",
        "words": f"the creditor's own, version {version}" if (version := lead.document.get("own_words")) else "",
        "sent as": f"{name}, to which nobody can answer" if (name := lead.document.get("sent_as")) else "",
        "deadline": str(lead.deadline or ""),
    }
    return Why(
        of=tuple(f"{row.creditor_id}/{row.number}" for row in rows),
        policy=plan.policy.name,
        step=lead.step,
        what=f"{str(lead.channel).replace('_', ' ')} {lead.message}",
        why=lead.why or "it rode along with a message about another invoice",
        facts={name: told for name, told in facts.items() if told},
        rules=(*_of_step(plan.policy, step), *rules_of_law(plan.law, plan.policy, step, plan.case.facts, on)),
        otherwise=tuple(_sent_otherwise(step, rows)),
        sent=sent_words(lead.document, lead.pdf),
    )


def sent_words(document: Mapping[str, Any], pdf: bytes | None) -> dict[str, str]:
    """The words of a message as they were sent: its texts, and of a letter what stands on its pages."""
    words = {name: str(document[name]) for name in ("subject", "text") if document.get(name)}
    if pdf:
        from io import BytesIO

        from pypdf import PdfReader

        words["text"] = "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return words or {name: str(told) for name, told in document.items() if name != "html"}


def in_words(why: Why) -> Iterator[str]:
    """The answer as an operator reads it."""
    yield f"{', '.join(why.of)}: {why.what}"
    yield f"  because {why.why}"
    yield f"  step {why.step or '-'} of policy {why.policy}"
    yield from ("", "facts", *(f"  {name}: {told}" for name, told in why.facts.items()))
    yield from ("", "rules")
    for each in why.rules:
        proven = {True: "", False: ", not verified by a source", None: ""}[each.verified]
        yield f"  {each.rule} ({each.source}{proven})"
    if why.otherwise:
        yield from ("", "it would be otherwise")
        yield from (f"  {each.change}: {each.then}" for each in why.otherwise)
    if why.guess is not None:
        yield from ("", "as it is guessed", *(f"  {line}" for line in guess_in_words(why.guess)))
    if why.uses:
        yield from ("", "because of a guess", *(f"  {use_in_words(each)}" for each in why.uses))
    if why.sent is not None:
        yield from ("", "as it was sent", *(f"  {line}" for text in why.sent.values() for line in text.splitlines()))


def step_of(policy: Policy, step: str | None) -> Step | None:
    """The step of an id; None where the policy knows it no more, or there is none."""
    if not step or not (step in policy.index or is_occasion(step) or is_first_reminder(step)):
        return None
    return step_named(policy, step)


def _state(row: Any, calendar: Calendar) -> str:
    read = f", read {calendar.here(row.read_at).local:%d %b %Y %H:%M} ({row.read_by})" if row.read_at else ""
    posted = f", {left(row.way)} {row.posted_on}" if row.posted_on else ""
    failed = f": {row.failure}" if row.failure else ""
    return f"{row.state} {calendar.here(row.accepted_at or row.claimed_at).local:%d %b %Y %H:%M}{posted}{read}{failed}"


def _facts(facts: CaseFacts, calendar: Calendar, now: datetime) -> dict[str, str]:
    """The facts that mattered, those that are not so left out."""

    def local(moment: datetime) -> str:
        return f"{calendar.here(moment).local:%d %b %Y %H:%M}"

    sent = [
        f"{each.channel.replace('_', ' ')} {step_name(each.step)} {local(each.sent_at)} "
        + ("read" if each.read_at else "posted" if each.posted_on else each.state.value)
        for each in facts.deliveries
        if each.round == facts.round
    ]
    told = {
        "balance": f"{facts.balance} {facts.currency}",
        "due date": str(facts.due_date),
        "round": str(facts.round),
        "bank data through": str(facts.bank_data_through or "never imported"),
        "messages of this round": "; ".join(sent) or "none",
        "disputed": "all of it" if facts.disputed else str(facts.disputed_amount or ""),
        "on hold": (facts.hold_reason or "yes") if facts.on_hold(now) else "",
        "stop switches": ", ".join(facts.stops),
        "ramp": "" if facts.outside_ramp is None else f"{facts.outside_ramp} of 100 debtors are in, this one is not",
        "promises": "; ".join(f"{each.amount} by {each.pay_by}" for each in facts.promises),
        "instalment plan": f"agreed on {facts.plan.agreed_on}" if facts.plan else "",
        "unread reply since": local(facts.unread_reply) if facts.unread_reply else "",
        "hand-off": facts.hand_off.value if facts.hand_off else "",
        "known of the debtor": ", ".join(event.kind for event in facts.life),
    }
    return {name: words for name, words in told.items() if words}


def _standing(plan: PlannedCase, now: datetime) -> Iterator[Reason]:
    """What stands in the way of something, each row with its own source."""
    facts, calendar = plan.case.facts, plan.law.calendar
    for each in obstacles(facts, calendar, now, plan.policy.ignore_balance_below):
        yield Reason(each.rule.why.format(each.known), each.rule.source, None)


def _of_step(policy: Policy, step: Step | None) -> Iterator[Reason]:
    """What the policy says of a step, or what brings one that no policy writes."""
    if step is None:
        return
    if step.id not in policy.index:
        what = (
            "the first word about a claim is a kind one"
            if is_first_reminder(step.id)
            else "the debtor hears of what happened"
        )
        yield Reason(what, "practice", None)
        return
    parts = [
        f"{step.id} comes {_anchor(step.at)}",
        f"by {', '.join(str(each).replace('_', ' ') for each in step.channels)}" if step.channels else "",
        f"the next channel after {_days(step.read_within.days)} unread" if step.read_within and step.chain else "",
        f"with {_days(step.deadline_days)} to pay" if step.deadline_days else "",
    ]
    yield Reason(", ".join(filter(None, parts)), f"policy {policy.name}", None)


def rules_of_law(law: Law, policy: Policy, step: Step | None, facts: CaseFacts, on: date) -> Iterator[Reason]:
    """The rules of law that bear on a step on a day, each with the row that says so."""
    if step is None:
        return
    hand_off, notice = step.kind is StepKind.HAND_OFF, step.kind is StepKind.COLLECTION_NOTICE
    if step.channels or step.kind is StepKind.CALL:
        yield from _rule(law, "contact_hours", on, "nobody is written to or called outside the hours of contact")
        for region in law.calendar.home.names if law.calendar.home else ():
            in_peace = "nobody is written to or called on the holidays of the region in which they live"
            yield from _rule(law, "regions", on, in_peace, region=region)
    if Channel.LETTER in step.channels:
        days = f"a letter has {law.letter_transit.on(on)} banking days to arrive before its deadline counts"
        yield from _rule(law, "letter_transit", on, days)
    if step.fee.kind != "none":
        yield from _of_fees(law, step, facts, on)
    if notice:
        shortest = law.notice(on, facts.debtor_kind).shortest_deadline_days
        least = f"a notice is in writing, after the due date, with at least {shortest} days to pay"
        yield from _rule(law, "notices", on, least, kind=facts.debtor_kind)
        if contents := law.notice(on, facts.debtor_kind).contents:
            yield from _rule(law, "notices", on, f"it says {', '.join(contents)}", kind=facts.debtor_kind)
        formal = ", ".join(sorted(law.forms.on(on, facts.debtor_kind).formal))
        yield from _rule(
            law, "forms", on, f"it goes by {formal}, or what the debtor used lately", kind=facts.debtor_kind
        )
    if notice and policy.interest == "statutory":
        words = "interest runs on the principal from the day after the due date"
        yield from _rule(law, "interest", on, words, kind=facts.debtor_kind)
        rate = partial(law.interest_rate, on, facts.debtor_kind)
        yield from _figure(law, "half_years", on, "{} percent a year on that day", rate)
    if step.kind is StepKind.BLOCK or step.message == "block-warning":
        ahead = law.service_notice_days(facts.debtor_kind, on, policy.trade)
        warned = f"a debtor is warned {ahead} days before a service is blocked"
        trade = {"trade": policy.trade} if policy.trade else {}
        yield from _rule(law, "service_notices", on, warned, kind=facts.debtor_kind, **trade)
    if hand_off:
        months = law.notice(on, facts.debtor_kind).oldest_months
        oldest = f"a hand-off needs a notice that is at most {months} months old"
        yield from _rule(law, "notices", on, oldest, kind=facts.debtor_kind)


def _of_fees(law: Law, step: Step, facts: CaseFacts, on: date) -> Iterator[Reason]:
    """From when a step's fee may be charged, how often and how much, on a day."""
    kind, of = facts.debtor_kind, fee_of(step.message)
    rules = law.fees.find(on, kind, of)
    if rules is None:
        return
    first = law.late_fee_from(facts.due_date, kind, of, on)
    yield from _rule(law, "fees", on, f"a fee may be charged from {first} on, {rules.most} times at most", kind=kind)
    most = partial(law.statutory_fee, on, kind, of)
    yield from _figure(
        law, "half_years" if rules.amount.figure else "fees", on, f"at most {{}} {law.currency} on that day", most
    )


def _rule(law: Law, table: str, on: date, words: str, kind: DebtorKind = "any", **written: str) -> Iterator[Reason]:
    source = law.source(table, on, kind, **written)
    if source is not None:
        named = f"{source.named}, {source.at}" if source.named else source.at
        yield Reason(words, named, source.verified)


def _figure(law: Law, table: str, on: date, words: str, figure: Callable[[], Decimal]) -> Iterator[Reason]:
    """A figure in words; nothing where the half-year has no row."""
    try:
        said = words.format(figure())
    except LawMissing:
        return
    yield from _rule(law, table, on, said)


def _otherwise(planning: Planning, plan: PlannedCase, now: datetime) -> Iterator[Otherwise]:
    """What the planner says with one fact changed, where that is something else."""
    before = _essence(plan.action)
    for words, facts in _changed(plan.case.facts, plan.law.calendar, now):
        after = planning.replan(plan, facts, now)
        if _essence(after.action) != before:
            yield Otherwise(words, next_in_words(after, now).label)


def _changed(facts: CaseFacts, calendar: Calendar, now: datetime) -> Iterator[tuple[str, CaseFacts]]:
    """One fact at a time as it may come to be."""
    today = calendar.local_date(now)
    if facts.balance > 0:
        nothing = {"balance": Decimal(0), "principal": Decimal(0), "interest": Decimal(0)}
        yield "if it were paid", replace(facts, **nothing)  # type: ignore[arg-type]
    if facts.held or facts.stops:
        yield "if nothing held it", replace(facts, held=False, held_until=None, stops=(), stopped_channels=frozenset())
    else:
        yield "if somebody held it", replace(facts, held=True, held_until=None, hold_reason="asked")
    if facts.outside_ramp is not None:
        yield "if the ramp came to its debtor", replace(facts, outside_ramp=None)
    if facts.disputed or facts.disputed_amount:
        yield "if the dispute were over", replace(facts, disputed=False, disputed_amount=Decimal(0))
    else:
        yield "if the debtor disagreed", replace(facts, disputed=True)
    if facts.bank_data_through is None or facts.bank_data_through < today:
        yield "if bank data were in through today", replace(facts, bank_data_through=today)
    if facts.unread_reply:
        yield "if the reply were read", replace(facts, unread_reply=None)
    last = next((each for each in reversed(facts.deliveries) if each.round == facts.round and not each.alert), None)
    if last is not None and last.read_at is None:
        read = tuple(replace(each, read_at=now) if each is last else each for each in facts.deliveries)
        yield f"if the {last.channel.replace('_', ' ')} of {last.step} were read", replace(facts, deliveries=read)


def _sent_otherwise(step: Step | None, rows: Sequence[Any]) -> Iterator[Otherwise]:
    """What would have kept a message that was sent."""
    if step is None or is_occasion(step.id):
        yield Otherwise("if what it tells of had not happened", "it would not have been sent")
        return
    yield Otherwise("if the payment had been registered before", "it would not have been sent")
    yield Otherwise("if the debtor had disagreed, promised or agreed on a plan before", "it would have waited")
    if any(row.fee for row in rows):
        yield Otherwise("if a fee had not been lawful on that day", "it would have been sent without one")
    if step.chain and len(step.channels) > 1 and rows[0].channel != step.channels[0]:
        yield Otherwise("if an earlier channel of the step had been read", "this one would not have been used")


def _essence(action: Action) -> tuple[ActionKind, str | None, Channel | None, datetime | None, str | None]:
    return action.kind, action.step, action.channel, action.at, action.outcome


def _anchor(at: Anchor) -> str:
    base = {
        AnchorBase.ISSUE_DATE: "the issue date",
        AnchorBase.DUE_DATE: "the due date",
        AnchorBase.STEP_SENT: f"{at.step} was sent",
        AnchorBase.STEP_DEADLINE: f"the deadline of {at.step}",
    }[at.base]
    if not at.days:
        return f"on {base}" if at.base in (AnchorBase.ISSUE_DATE, AnchorBase.DUE_DATE) else f"after {base}"
    days = f"{abs(at.days)} {'banking ' if at.banking else ''}day{'s'[: abs(at.days) > 1]}"
    return f"{days} {'before' if at.days < 0 else 'after'} {base}"


def _days(count: int) -> str:
    return f"{count} day{'s'[: count > 1]}"
