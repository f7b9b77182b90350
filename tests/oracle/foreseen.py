"""Random debtors in a database of their own: what is foreseen of them at a moment, and what their cases then do.

The acts are the real ones (`tests.goldens.stage`). Each is held against its effect on paper, and all of them against the
preview. What happens is drawn from a seed: before the moment, not after it, for that is what a preview cannot know.
"""

from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from random import Random
from typing import Any

from commands.debtor.change import DebtorChange, change_debtor
from commands.debtor.statement import send_statement
from commands.task.call import CallOutcome, outcome
from domain.parties.replies import Meaning
from domain.planner.action import ACTIONS, Action, ActionKind
from domain.planner.calls import Outcome as Came
from domain.planner.case_facts import CaseFacts
from domain.planner.demand import Rider, demand
from domain.planner.effects import ON_PAPER, delivered
from domain.planner.occasions import LAST_WORDS, step_named
from domain.planner.preview import Ahead, Outcome, preview_together
from domain.vocabulary import Channel
from facts.deliveries import deliveries
from facts.operations.calls import Desk
from facts.parties import debtors
from facts.refusals import Refused
from planning.service import PlannedCase
from tests.goldens.stage import BEGIN, Life, Stage
from workflows.contracts import Act, Next

LIFE = timedelta(days=395)  # thirteen months
CONSUMER = ("no-gentle", "no-standard", "no-minimal-cost", "no-service", "no-whatsapp", "golden-paper")
PERSONS: tuple[dict[str, Any], ...] = ({}, {}, {}, {"phone": None}, {"email": None}, {"email": None, "phone": None})
A_MINUTE = timedelta(minutes=1)
KINDS = {kind.activity: kind for kind in ACTIONS.values()}
SENT = """
select d.id, d.channel, d.alert, d.deadline, d.state, (select array_agg(i.number order by i.number) from delivery_case s
  join dunning_case c on c.id = s.case_id join invoice i on i.id = c.invoice_id where s.delivery_id = d.id) as numbers,
  (select json_object_agg(i.number, json_build_array(s.step, s.carries_fee, s.interest::text, d.fee::text)) from delivery_case s
  join dunning_case c on c.id = s.case_id join invoice i on i.id = c.invoice_id where s.delivery_id = d.id) as asked,
  p.of_representative as to_another, p.state as address
from delivery d left join contact_point p on p.id = d.contact_point_id
where d.creditor_id = :creditor and d.claimed_at = :now
"""
OPEN_CALLS = """
select t.id from task t join dunning_case c on c.id = t.case_id join invoice i on i.id = c.invoice_id
where c.creditor_id = :creditor and t.kind = 'call' and t.done_at is null and i.number = :number
"""
LAST_SENT = """
select id from delivery where creditor_id = :creditor and state = 'accepted' and read_at is null order by claimed_at desc limit 1
"""
OTHERS_ALONE = frozenset({"news_seq", "companions", "told_of_others"})  # not what an act does to its own case


@dataclass(frozen=True, order=True)
class Done:
    """An act, or one that is foreseen, as the debtor would tell it."""

    what: str
    at: datetime


@dataclass
class Watched(Life):
    """The cases of one debtor, of which every act is written down and held against its effect on paper."""

    approves: bool = True
    stand_in: set[str] = field(default_factory=set)
    done: list[Done] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    async def _run(self, name: str, given: Any) -> Any:
        if not isinstance(given, Act):
            return await super()._run(name, given)
        number = given.case.invoice
        before = await self.plans()
        after: Next = await super()._run(name, given)
        if name.startswith("send_"):
            await self._write_sent(number, before)
        else:
            plan, kind = before[number], KINDS[name]
            if plan.action.kind is kind and plan.action.is_due(self.now):
                self.done.append(Done(f"{number} {kind} {plan.action.step or ''}", self.now))
                await self._compare({number: ON_PAPER[kind](plan.case.facts, plan.action, plan.law, self.now)}, kind)
        return after

    async def _write_sent(self, lead: str, before: Mapping[str, PlannedCase]) -> None:
        for sent in await self.stage.rows(SENT, creditor=self.creditor, now=self.now):
            if (sent.to_another, sent.address) != (bool(self.stand_in), "valid"):
                whom = "who stands in" if self.stand_in else "the debtor"
                self.wrong.append(f"{self.now} {sent.channel}: not to {whom} at an address that works, {sent.address}")
            numbers = [lead, *(n for n in sent.numbers if n != lead)]
            said, riders, actions = [], [], []
            for number in numbers:
                step, bears, interest, fee = sent.asked[number]
                said.append((number, Decimal(fee) if bears else Decimal(0), Decimal(interest)))
                plan = before[number]
                riders.append(
                    Rider(plan.case.id, plan.policy, plan.law, plan.case.facts, step_named(plan.policy, step))
                )
                channel = Channel(sent.channel)
                actions.append(Action(ActionKind.DELIVER, "", step=step, channel=channel, alert=sent.alert))
            self.done.append(Done(_sent(actions[0], sent.deadline, said), self.now))
            asks = demand(riders, Channel(sent.channel), self.now, alert=sent.alert)
            on_paper = {
                number: delivered(rider.facts, action, asks, place, self.now, shadow=sent.state == "shadow")
                for place, (number, rider, action) in enumerate(zip(numbers, riders, actions, strict=True))
            }
            await self._compare(on_paper, actions[0].step or "")

    async def _compare(self, on_paper: Mapping[str, CaseFacts], what: str) -> None:
        """Note where the facts after an act are not those that it leaves on paper."""
        now = await self.plans()
        for number, foreseen in on_paper.items():
            real = now[number].case.facts
            for each in fields(CaseFacts):
                one, other = getattr(foreseen, each.name), getattr(real, each.name)
                if each.name == "first_due":
                    one = one or other
                if each.name == "open" and what.partition("#")[0] in LAST_WORDS:
                    continue  # a case that has said its last word is closed by the look that follows
                if each.name not in OTHERS_ALONE and _plain(one) != _plain(other):
                    self.wrong.append(f"{self.now} {number} {what}: {each.name} {one} on paper, {other} in the facts")

    async def _settle(self, number: str, act: Next) -> list[str]:
        await super()._settle(number, act)
        kind, done = KINDS.get(act.act), self.done[-1].what if self.done else ""
        if kind is ActionKind.REQUEST_APPROVAL and self.approves and done.startswith(f"{number} {kind}"):
            await self.command("approve_hand_off", number)
        if kind is ActionKind.HAND_OFF and not await self._more_go_to_the_partner():
            await self._change("update hand_off set state = 'accepted' where creditor_id = :creditor")
            return self.numbers
        return [number, *await self._with_news()]

    async def _more_go_to_the_partner(self) -> bool:
        """Whether another case is about to be handed off at this moment: the partner answers for all of a day at once."""
        going = (ActionKind.REQUEST_APPROVAL, ActionKind.HAND_OFF)
        plans = (await self.plans()).values()
        return any(each.action.kind in going and each.action.is_due(self.now) for each in plans)

    async def _write_news(self, after: Next) -> None:
        """The words are not wanted."""

    @property
    def customer(self) -> str:
        """The creditor's number of the debtor."""
        return self.creditor.replace("creditor", "K")

    async def becomes_known(self, **given: Any) -> None:
        """A person tells what is known of the debtor."""
        told = DebtorChange(by="kim", reason_code="called", **given)
        async with self.stage.database.transaction() as connection:
            planning = self.stage.planning
            await change_debtor(connection, planning, self.creditor, self.customer, None, told, self.now)

    async def plans(self) -> dict[str, PlannedCase]:
        """What the cases do next, by their numbers."""
        found = {}
        for number in self.numbers:
            case = await self.case_id(number)
            async with self.stage.database.transaction() as connection:
                found[number] = await self.stage.planning.plan(connection, case, self.now)
        return found

    async def foresee(self, until: datetime) -> list[Done]:
        """What the preview says that the cases will do."""
        plans = await self.plans()
        ahead = [Ahead(plan.policy, plan.law, plan.case.facts) for plan in plans.values()]
        outcome, found = Outcome(reads=self.reads, approves=self.approves), []
        for acts in preview_together(ahead, self.now, outcome, until=until):
            place, first = acts[0]
            if first.action.kind is ActionKind.DELIVER:
                said = [(self.numbers[place], act.fee, act.interest) for place, act in acts]
                found.append(Done(_sent(first.action, first.deadline, said), first.at))
            else:
                found.append(Done(f"{self.numbers[place]} {first.action.kind} {first.action.step or ''}", first.at))
        return found


async def differences(on: Stage, seed: int) -> list[str]:
    """What is not as it was foreseen in one debtor's life of thirteen months."""
    chance = Random(seed)
    life = await born(on, chance)
    look = chance.randrange(1, 200)
    moments = sorted(chance.randrange(1, look + 1) for _ in range(chance.randrange(5)))
    for day in moments:
        await life.until(_day(day))
        await happen(life, chance)
    await life.until(_day(look))
    end = BEGIN + LIFE
    foreseen = await life.foresee(end)
    life.done.clear()
    await life.until(_day(LIFE.days))
    return [*life.wrong, *_unlike(foreseen, [each for each in life.done if each.at <= end])]


async def born(on: Stage, chance: Random) -> Watched:
    business = chance.random() < 0.2
    policy = "no-business" if business else chance.choice(CONSUMER)
    person = dict(chance.choice(PERSONS))
    if business:
        person |= {"organisation_number": "987654325", "name": "Fjord Bygg AS"}
    elif chance.random() < 0.1:
        person |= {"birth_date": date(2010, 5, 17)}
    if policy == "no-whatsapp":
        person |= {"whatsapp": f"+4798{chance.randrange(10**6):06}"}
    newly = []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        due = BEGIN.date() + timedelta(days=chance.choice((3, 14, 14, 16, 30)))
        newly.append({"due_date": due, "amount": chance.choice(("60.00", "802.00", "3000.00"))})
    kinds = {"of_creditor": {"allocation": ["fee", "interest", "principal"]}} if chance.random() < 0.2 else {}
    born = await on.life(*newly, policy=policy, person=person, **kinds)
    reads = chance.choice((None, None, Channel.EMAIL, Channel.SMS, Channel.DIRECT_MESSAGE))
    known = {each.name: getattr(born, each.name) for each in fields(Life)}
    return Watched(**known | {"reads": reads}, approves=chance.random() < 0.7)


Event = Callable[[Watched, str, Random], Coroutine[Any, Any, None]]


async def _pays(life: Watched, number: str, chance: Random) -> None:
    await life.pay(chance.choice(("100.00", "500.00", "750.00")), number)


async def _takes_back(life: Watched, number: str, chance: Random) -> None:
    await life.pay("-100.00", number)


async def _credits(life: Watched, number: str, chance: Random) -> None:
    await life.credit("50.00", number)


async def _disputes(life: Watched, number: str, chance: Random) -> None:
    await life.command("dispute", number, amount=Decimal(chance.choice((100, 700))))


async def _promises(life: Watched, number: str, chance: Random) -> None:
    await life.promise(chance.randrange(2, 12))


async def _agrees(life: Watched, number: str, chance: Random) -> None:
    await life.agree(chance.choice((2, 3)))


async def _moves(life: Watched, number: str, chance: Random) -> None:
    await life.move_due_date(life.today + timedelta(days=chance.randrange(3, 30)), number)


async def _gives_up(life: Watched, number: str, chance: Random) -> None:
    await life.give_up_a_payment()


async def _says(life: Watched, number: str, chance: Random) -> None:
    said = (Meaning.NEEDS_TIME, Meaning.TRAVELLING, Meaning.NOT_RECEIVED, Meaning.PAID, Meaning.WAITS_FOR_ANSWER)
    await life.says(chance.choice(said), number=number)


async def _is_called(life: Watched, number: str, chance: Random) -> None:
    """What comes of a call that waits to be made."""
    came = chance.choice(list(Came))
    day = life.today + timedelta(days=chance.randrange(2, 12))
    more = {Came.PROMISED: {"on": day}, Came.PLAN: {"months": 2}}.get(came, {})
    for row in await life.stage.rows(OPEN_CALLS, creditor=life.creditor, number=number):
        told = CallOutcome(by="kim", task=row.id, outcome=came, **more)
        async with life.stage.database.transaction() as connection:
            await outcome(
                connection, life.stage.planning, Desk(life.creditor), told, f"call {row.id} {life.now}", life.now
            )


async def _wants_a_statement(life: Watched, number: str, chance: Random) -> None:
    async with life.stage.database.transaction() as connection:
        debtor = await debtors.find(connection, life.creditor, life.customer)
        assert debtor is not None
        await send_statement(connection, life.stage.planning, debtor, "kim", "asked", f"statement {life.now}", life.now)


async def _somebody_stands_in(life: Watched, number: str, chance: Random) -> None:
    await life.becomes_known(representative=_another(chance))
    life.stand_in.add("representative")


async def _nobody_stands_in(life: Watched, number: str, chance: Random) -> None:
    await life.becomes_known(representative=None)
    life.stand_in.discard("representative")


async def _dies(life: Watched, number: str, chance: Random) -> None:
    await life.becomes_known(stop_reason="deceased")


async def _dies_and_leaves_somebody(life: Watched, number: str, chance: Random) -> None:
    await life.becomes_known(estate=_another(chance))
    life.stand_in.add("estate")


async def _pauses(life: Watched, number: str, chance: Random) -> None:
    await life.becomes_known(paused_until=life.today + timedelta(days=chance.randrange(2, 40)), asked_by="adviser")


async def _is_to_be_left_alone(life: Watched, number: str, chance: Random) -> None:
    await life.becomes_known(no_calls=True)


async def _has_a_protected_address(life: Watched, number: str, chance: Random) -> None:
    await life.becomes_known(protected_address=True)


def _another(chance: Random) -> dict[str, Any]:
    """Who stands in, with some addresses."""
    number = chance.randrange(10**6)
    where: list[dict[str, Any]] = [
        {"email": f"verge.{number}@example.no"},
        {"phone": f"+4797{number:06}"},
        {"address_lines": ["Torget 2"], "postcode": "0155", "city": "Oslo"},
    ]
    known = chance.sample(where, k=chance.choice((1, 2, 3)))
    return {"name": "Per Verge"} | {name: value for each in known for name, value in each.items()}


async def _comes_back(life: Watched, number: str, chance: Random) -> None:
    for row in await life.stage.rows(LAST_SENT, creditor=life.creditor):
        async with life.stage.database.transaction() as connection:
            await deliveries.failed(connection, row.id, life.now, "returned", contact="bounced")


EVENTS: tuple[Event, ...] = (
    _pays, _pays, _takes_back, _credits, _disputes, _promises, _agrees, _agrees, _moves, _gives_up, _comes_back,
    _says, _says, _is_called, _is_called, _wants_a_statement, _somebody_stands_in, _somebody_stands_in, _nobody_stands_in,
    _dies, _dies_and_leaves_somebody, _pauses, _is_to_be_left_alone, _has_a_protected_address,
)  # fmt: skip


async def happen(life: Watched, chance: Random) -> None:
    """Something happens, unless it is refused."""
    event, number = chance.choice(EVENTS), chance.choice(life.numbers)
    try:
        await event(life, number, chance)
    except Refused:
        return
    life.now += timedelta(seconds=1)


def _day(after: int) -> str:
    return (BEGIN.date() + timedelta(days=after)).isoformat()


def _sent(action: Action, deadline: date | None, said: list[tuple[str, Decimal, Decimal]]) -> str:
    asked = ", ".join(f"{number} (fee {fee:.2f}, interest {interest:.2f})" for number, fee, interest in sorted(said))
    copy = " copy" if action.alert else ""
    return f"{action.channel}{copy} {action.step} by {deadline} for {asked}"


def _unlike(foreseen: list[Done], done: list[Done]) -> list[str]:
    """What is foreseen or done alone, or at another minute; each act that is done takes a second on the stage."""
    unlike, left = [], sorted(done)
    for each in sorted(foreseen):
        like = next((one for one in left if one.what == each.what and abs(one.at - each.at) < A_MINUTE), None)
        if like is None:
            unlike.append(f"foreseen alone: {each.at:%Y-%m-%d %H:%M} {each.what}")
        else:
            left.remove(like)
    return sorted(
        [*unlike, *(f"done alone: {each.at:%Y-%m-%d %H:%M} {each.what}" for each in left)], key=itemgetter(17)
    )


def _plain(value: Any) -> Any:
    """A value as it is compared: the order in which deliveries lie does not count."""
    return Counter(value) if isinstance(value, tuple) else value
