"""Customers, invoices and what happened to them, lived through day by day for all of them at once."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.history.truths import (
    ARMS,
    CHANNELS,
    HAND_OFF_DAY,
    NOTICE_DAY,
    REASONS,
    STEPS,
    WINDOW,
    Arm,
    Truths,
)

Whole = NDArray[np.int64]
Numbers = NDArray[np.float64]
Days = NDArray[np.datetime64]

BEGIN: Final = date(2022, 1, 3)
LAST_ISSUED: Final = date(2025, 12, 15)
THROUGH: Final = date(2025, 12, 31)
_PROMPT: Final = len(REASONS)  # the reason of whoever is not late
_NEVER: Final = 10_000
_NO_CONTACT: Final = 0.1
_CASES_OF_A_CUSTOMER: Final = 6


@dataclass(frozen=True)
class Contacts:
    """Contacts that might have been left out: whose, when, how, and how probable that was."""

    case: Whole
    step: str
    arm: Whole  # of ARMS
    propensity: Numbers


@dataclass
class Lives:
    """All cases as columns; days are days, `paid` is the day after the due date, _NEVER where nobody paid."""

    creditor: Whole
    customer: Whole
    business: NDArray[np.bool_]
    issued: Days
    due: Days
    amount: Numbers
    reason: Whole  # of REASONS; one more is whoever is not late
    likes: Whole  # of CHANNELS
    payday: Whole
    own_pace: Numbers
    paid: Whole
    contacts: list[Contacts] = field(default_factory=list)
    chances: dict[str, dict[str, float]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.due)


def lived(seed: int, cases: int, truths: Truths) -> Lives:
    """So many cases of all creditors, from their issue to the last day. The same for the same seed."""
    chance = np.random.default_rng(seed)
    lives = _begun(chance, cases, truths)
    dues = lives.due
    late = np.flatnonzero(lives.reason != _PROMPT)
    strength = np.zeros(cases)
    since = np.full(cases, -_NEVER)
    for day in range(HAND_OFF_DAY + 1):
        open_ = late[lives.paid[late] >= _NEVER]
        for step, at in STEPS.items():
            if at == day:
                reached = np.flatnonzero(lives.paid >= day)
                contacts = _contacted(chance, lives, reached, step)
                lives.contacts.append(contacts)
                lives.chances[step] = _chances(lives, reached, day, truths)
                strength[reached] = _effect(lives, reached, contacts.arm, truths)
                since[reached] = day
        if day == NOTICE_DAY:
            strength[open_], since[open_] = truths.notice, day
        hazard = daily_chance(lives, open_, dues[open_] + day, strength[open_], day - since[open_], truths)
        if day > 0:
            pays = open_[chance.random(len(open_)) < hazard]
            lives.paid[pays] = day
    return lives


def daily_chance(lives: Lives, rows: Whole, day: Days, strength: Numbers, age: Whole, truths: Truths) -> Numbers:
    """The chance of a payment on a day of some late cases, so many days after a contact of so much strength."""
    base = np.array([truths.daily[reason] for reason in REASONS])[lives.reason[rows]]
    of_month = (day - day.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    after_payday = of_month - lives.payday[rows]
    score = np.log(base) + lives.own_pace[rows]
    score += truths.payday * ((after_payday >= 0) & (after_payday <= 2)) * ~lives.business[rows]
    score += truths.monday * (_weekday(day) == 0)
    score += np.where(age >= 0, strength * np.exp(-np.maximum(age, 0) / truths.fades), 0.0)
    score -= 3.0 * (_weekday(day) >= 5)
    found: Numbers = np.minimum(np.exp(score), 0.9)
    return found


def _begun(chance: np.random.Generator, cases: int, truths: Truths) -> Lives:
    """Customers with their ways, and their invoices before anything has happened."""
    customers = max(cases // _CASES_OF_A_CUSTOMER, 1)
    shares = np.array([creditor.share for creditor in truths.creditors])
    creditor_of = chance.choice(len(shares), customers, p=shares / shares.sum())
    business_of = chance.random(customers) < np.array([each.business for each in truths.creditors])[creditor_of]
    way_of = chance.normal(0, truths.customers_differ, customers)
    weight = chance.lognormal(0, 1.2, customers)
    reason_shares = np.array(list(truths.reasons.values()))
    reason_shares /= reason_shares.sum()
    main_reason = chance.choice(len(REASONS), customers, p=reason_shares)
    likes = chance.choice(len(CHANNELS), customers, p=[0.5, 0.35, 0.15])
    payday = np.array(truths.paydays)[chance.integers(0, len(truths.paydays), customers)]
    pace = chance.normal(0, 0.35, customers)

    customer = chance.choice(customers, cases, p=weight / weight.sum())
    creditor, business = creditor_of[customer], business_of[customer]
    span = (LAST_ISSUED - BEGIN).days
    issued = np.datetime64(BEGIN, "D") + np.floor(span * np.sqrt(chance.random(cases))).astype(np.int64)
    issued = np.where(_weekday(issued) >= 5, issued - 2, issued)
    terms = np.where(business, 30, 14)
    usual = np.array([each.amount for each in truths.creditors])[creditor]
    amount = np.round(usual * chance.lognormal(0, 0.8, cases), 2) + 1

    month = issued.astype("datetime64[M]").astype(np.int64) % 12
    years = (issued - np.datetime64(BEGIN, "D")).astype(np.float64) / 365.25
    odds = np.array([each.in_time for each in truths.creditors])[creditor] + way_of[customer]
    odds += truths.december * np.isin(month, (11, 0)) + truths.drift * years
    odds -= 0.15 * np.log(amount / usual)
    in_time = chance.random(cases) < 1 / (1 + np.exp(-odds))
    own = chance.random(cases) < truths.own_reason
    reason = np.where(own, main_reason[customer], chance.choice(len(REASONS), cases, p=reason_shares))
    before = np.minimum(chance.geometric(0.25, cases) - 1, terms - 1)
    return Lives(
        creditor=creditor,
        customer=customer,
        business=business,
        issued=issued,
        due=issued + terms,
        amount=amount,
        reason=np.where(in_time, _PROMPT, reason),
        likes=likes[customer],
        payday=payday[customer],
        own_pace=pace[customer],
        paid=np.where(in_time, -before, _NEVER),
    )


def _contacted(chance: np.random.Generator, lives: Lives, rows: Whole, step: str) -> Contacts:
    """How each is contacted, or not at all: by chance, and more probably one way than another by what is seen of the case."""
    probable = _policy(lives, rows)
    drawn = (probable.cumsum(axis=1) < chance.random(len(rows))[:, None]).sum(axis=1)
    arm = np.minimum(drawn, len(ARMS) - 1)
    return Contacts(rows, step, arm, probable[np.arange(len(rows)), arm])


def _policy(lives: Lives, rows: Whole) -> Numbers:
    """The chance of each arm: dear invoices rather by letter, consumers rather by SMS."""
    business, dear = lives.business[rows], np.log(lives.amount[rows] / 1000)
    by_channel = np.column_stack([np.zeros(len(rows)), 0.6 * ~business - 0.3 * dear, 0.5 * dear - 0.4])
    by_channel = np.exp(by_channel)
    by_channel /= by_channel.sum(axis=1, keepdims=True)
    by_hour = np.where(business[:, None], [0.5, 0.3, 0.2], [0.3, 0.3, 0.4])
    by_tone = np.array([0.4, 0.4, 0.2])
    arms = by_channel[:, :, None, None] * by_hour[:, None, :, None] * by_tone
    return np.concatenate(
        [np.full((len(rows), 1), _NO_CONTACT), (1 - _NO_CONTACT) * arms.reshape(len(rows), -1)], axis=1
    )


def _effect(lives: Lives, rows: Whole, arm: Whole, truths: Truths) -> Numbers:
    """How strong a contact is for each: nothing for whom it does not reach, or who is not late."""
    found = np.zeros(len(rows))
    for number, each in enumerate(ARMS):
        here = arm == number
        if here.any():
            found[here] = _effect_of(lives, rows[here], each, truths)
    return found


def _effect_of(lives: Lives, rows: Whole, arm: Arm, truths: Truths) -> Numbers:
    if arm.channel is None or arm.hour is None or arm.tone is None:
        return np.zeros(len(rows))
    of_tone = np.array([*(truths.tone[arm.tone].get(reason, 0.0) for reason in REASONS), 0.0])
    listens = np.array([*(truths.listens[reason] for reason in REASONS), 0.0])
    if arm.channel == "letter":
        listens[REASONS.index("moved")] = truths.letter_finds_moved
    strength = truths.channel[arm.channel] + truths.liked_channel * (lives.likes[rows] == CHANNELS.index(arm.channel))
    by_hour = (truths.hour["consumer"][arm.hour], truths.hour["business"][arm.hour])
    strength = strength + np.where(lives.business[rows], by_hour[1], by_hour[0]) + of_tone[lives.reason[rows]]
    found: Numbers = strength * listens[lives.reason[rows]]
    return found


def _chances(lives: Lives, rows: Whole, day: int, truths: Truths) -> dict[str, float]:
    """The true chance of a payment within the window, had all of these been contacted by each arm."""
    late = rows[lives.reason[rows] != _PROMPT]
    found: dict[str, float] = {}
    for arm in ARMS:
        strength = _effect_of(lives, late, arm, truths)
        unpaid = np.ones(len(late))
        for age in range(1 if day == 0 else 0, WINDOW):
            at = lives.due[late] + day + age
            unpaid *= 1 - daily_chance(lives, late, at, strength, np.full(len(late), age), truths)
        found[arm.name] = round(float((len(rows) - unpaid.sum()) / len(rows)), 6)
    return found


def _weekday(day: Any) -> Whole:
    """Monday is 0."""
    found: Whole = (day.astype("datetime64[D]").astype(np.int64) + 3) % 7
    return found


HOUR_OF: Final = np.array([0, *(arm.hour or 0 for arm in ARMS[1:])])
CHANNEL_OF: Final = np.array(["", *(arm.channel or "" for arm in ARMS[1:])])
TONE_OF: Final = np.array(["", *(arm.tone or "" for arm in ARMS[1:])])
