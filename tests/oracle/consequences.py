"""What the page says follows from a choice, held against the case: the choice is made for real, and the life goes on.

The debtors and the stage are those of `tests.oracle.foreseen`: random lives in a database, by the real acts. Nobody pays
or says anything after the choice, for that is what a sentence beside it cannot know.
"""

import re
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import takewhile
from random import Random
from typing import Any

from commands.agreement.plan import AgreeOnPlan, offer
from commands.agreement.promise import PromiseToPay
from domain.agreements.pauses import goes_on
from domain.parties.replies import Meaning
from domain.planner.action import ACTIONS
from domain.planner.case_facts import CaseFacts
from domain.planner.consequence import (
    COMES_BACK,
    NOT_NOTICED,
    Coming,
    Consequence,
    Disputes,
    InParts,
    Nothing,
    Option,
    Pays,
    Promises,
    Rests,
    WantsDirectDebit,
    consequence,
    on_paper,
)
from domain.planner.obstacles import GOES_ON_AT
from domain.planner.occasions import is_occasion, step_named
from facts.direct_debit import mandates
from facts.parties import debtors
from facts.refusals import CommandRefused, Refused
from planning.service import PlannedCase
from tests.goldens.stage import BEGIN, OSLO, Stage
from tests.oracle.foreseen import Done, Watched, born, happen

SENT = re.compile(r"(?P<channel>\S+)(?P<copy> copy)? (?P<step>\S+) by (?P<deadline>\S+) for (?P<cases>.*)")
OF_CASE = r"\b{} \(fee (?P<fee>[\d.]+), interest (?P<interest>[\d.]+)\)"
QUIET = 90  # days for which nothing may come where nothing was said to
REFERENCE = "select reference from invoice where creditor_id = :creditor and number = :number"
OF_OTHERS = frozenset({"news_seq", "companions", "told_of_others", "stood_still", "hold_reason"})
"""What a choice does to no case of its own."""


async def untrue(on: Stage, seed: int) -> list[str]:
    """What was said of a choice in one life and did not come true; empty where all did, or nothing could be chosen."""
    chance = Random(seed)
    life = await born(on, chance)
    life.approves = True  # a choice says what comes when everybody does what is asked of them
    look = chance.randrange(1, 120)
    for day in sorted(chance.randrange(1, look + 1) for _ in range(chance.randrange(4))):
        await life.until(_day(day))
        await happen(life, chance)
    await life.until(_day(look))
    number = chance.choice(life.numbers)
    plan = (await life.plans())[number]
    for choose in chance.sample(CHOICES, k=len(CHOICES)):
        option = choose(plan, life, chance)
        if option is None or plan.case.state == "closed" or plan.case.facts.balance <= 0:
            continue
        said = consequence(plan.policy, plan.law, plan.case.facts, life.now, option)
        try:
            await _do(option, life, number)
        except Refused:
            continue
        return await _compared(life, number, plan, option, said)
    return []


async def _compared(life: Watched, number: str, plan: PlannedCase, option: Option, said: Consequence) -> list[str]:
    foreseen = on_paper(option, plan.case.facts, plan.law, life.now)
    real = (await life.plans())[number].case.facts
    wrong = [
        f"{option}: {each.name} {_plain(foreseen, each.name)} on paper, {_plain(real, each.name)} in the facts"
        for each in fields(CaseFacts)
        if each.name not in OF_OTHERS and _plain(foreseen, each.name) != _plain(real, each.name)
    ]
    life.done.clear()
    since = life.now
    last = said.then.day if said.then else life.today + timedelta(days=QUIET)
    await life.until((last + timedelta(days=7)).isoformat())
    heard = [
        each for each in (_heard(done, number, plan) for done in life.done if done.at >= since) if each is not None
    ]
    then = next((each for each, presses in heard if presses), None)
    word = next((each for each, _ in takewhile(lambda one: not one[1], heard)), None)
    if len(life.numbers) > 1:  # others of the debtor's may keep it later, and share its fee
        early = then is not None and (said.then is None or then.day < said.then.day)
        return [*wrong, *([f"{option}: {said.then} was said, {then} came"] if early else [])]
    if said.then != then:
        wrong.append(f"{option}: {said.then} was said, {then} came")
    if said.word != word:
        wrong.append(f"{option}: the word {said.word} was said, {word} came")
    return wrong


def _heard(done: Done, number: str, plan: PlannedCase) -> tuple[Coming, bool] | None:
    """What the debtor noticed of an act in one of the cases, and whether it asks again."""
    day = done.at.astimezone(OSLO).date()
    sent = SENT.match(done.what)
    if sent is None:
        what = done.what.removeprefix(f"{number} ")
        kind = next((each for each in ACTIONS.values() if what.startswith(f"{each} ")), None)
        return None if kind is None or kind in NOT_NOTICED else (Coming(day, str(kind)), True)
    of_case = re.search(OF_CASE.format(number), sent["cases"])
    if of_case is None or sent["copy"]:
        return None
    deadline = None if sent["deadline"] == "None" else date.fromisoformat(sent["deadline"])
    what = step_named(plan.policy, sent["step"]).message
    presses = not is_occasion(sent["step"]) or what in COMES_BACK
    return Coming(day, what, Decimal(of_case["fee"]), Decimal(of_case["interest"]), deadline), presses


def _plain(facts: CaseFacts, name: str) -> Any:
    """A fact as it is compared: without the numbers of what was only agreed on paper."""
    value = getattr(facts, name)
    if name == "promises":
        return [replace(each, id=0) for each in value]
    if name == "plan":
        return value and replace(value, id=0)
    if name == "pending_mandate":
        return value and value.at
    if name == "principal_changes":
        return sorted(value)
    return value


# --- what can be chosen --------------------------------------------------------------------------------------


def _nothing(plan: PlannedCase, life: Watched, chance: Random) -> Option:
    return Nothing()


def _pays_all(plan: PlannedCase, life: Watched, chance: Random) -> Option:
    return Pays(plan.case.facts.balance)


def _pays_a_part(plan: PlannedCase, life: Watched, chance: Random) -> Option:
    return Pays((plan.case.facts.balance * chance.randrange(1, 99) / 100).quantize(Decimal("0.01")))


def _promises(plan: PlannedCase, life: Watched, chance: Random) -> Option:
    day = plan.law.calendar.banking_day_on_or_after(life.today + timedelta(days=chance.randrange(1, 15)))
    return Promises(day)


def _in_parts(plan: PlannedCase, life: Watched, chance: Random) -> Option | None:
    try:
        offered = offer(plan, life.now).plans
    except CommandRefused:
        return None
    if not offered:
        return None
    chosen = chance.choice(offered)
    return InParts(chosen.instalments, chosen.interest)


def _rests(plan: PlannedCase, life: Watched, chance: Random) -> Option:
    day = goes_on(plan.policy.pauses, Meaning.TRAVELLING, life.today, plan.law.calendar)
    return Rests(plan.law.calendar.at(day, GOES_ON_AT))


def _disputes(plan: PlannedCase, life: Watched, chance: Random) -> Option:
    return Disputes()


def _disputes_a_part(plan: PlannedCase, life: Watched, chance: Random) -> Option:
    return Disputes(Decimal(chance.choice((20, 100))))


def _wants_direct_debit(plan: PlannedCase, life: Watched, chance: Random) -> Option:
    return WantsDirectDebit()


async def _do(option: Option, life: Watched, number: str) -> None:
    """The choice is made for real. Raises Refused."""
    match option:
        case Pays(amount):
            await life.pay(str(amount), number)
        case Promises(day):
            await life.record(PromiseToPay(pay_by=day, by="debtor", reason_code="invoice page"), number)
        case InParts(instalments):
            await life.record(AgreeOnPlan(months=len(instalments), by="debtor", reason_code="invoice page"), number)
        case Rests():
            if life.numbers != [number]:
                raise Refused("it would rest all of them")
            await life.says(Meaning.TRAVELLING, number=number)
        case Disputes(amount):
            await life.command("dispute", number, amount=amount)
        case WantsDirectDebit():
            async with life.stage.database.transaction() as connection:
                debtor = await debtors.find(connection, life.creditor, life.customer)
                (row,) = await life.stage.rows(REFERENCE, creditor=life.creditor, number=number)
                assert debtor is not None
                await mandates.ask(connection, life.creditor, debtor.id, row.reference, life.now)


Choice = Callable[[PlannedCase, Watched, Random], Option | None]
CHOICES: tuple[Choice, ...] = (
    _nothing, _pays_all, _pays_a_part, _promises, _in_parts, _rests, _disputes, _disputes_a_part, _wants_direct_debit,
)  # fmt: skip


def _day(after: int) -> str:
    return (BEGIN.date() + timedelta(days=after)).isoformat()
