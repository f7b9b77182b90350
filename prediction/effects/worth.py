"""What a contact is worth: what came after it, part by part, and one value of them, weighed by what a creditor is after.

Everything is of the days after a choice, with what came later as it came. Money is of 100 that were owed on all invoices that
came to a choice; counts are of 100 of these (complaints of 1,000), and days of each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from domain.money.goals import Goal
from domain.parties.message_classes import MessageClass
from domain.vocabulary import Channel
from prediction.effects.choices import Choices
from prediction.effects.left import Left, left_after
from prediction.history.past import Events, Happened, Numbers, Past
from prediction.history.settled import turns_of
from prediction.history.timeline import Timeline, hundredths
from prediction.payments.snapshots import Snapshots, came_after, left_at

HORIZON_DAYS: Final = 90
A_DAY: Final = np.timedelta64(86_400, "s")
_AN_HOUR: Final = np.timedelta64(3600, "s")
_HOURS_OF_A_YEAR: Final = 365.0 * 24


class Part(StrEnum):
    """A part of what a contact is worth."""

    RETURN = "return"  # money in time
    COST = "cost"  # messages, print, people and IT
    LOST = "lost margin"  # of customers who left
    FEES = "fees"  # fees and interest charged
    FAILED = "failed reminders"  # messages that brought nothing
    HAND_OFFS = "notices and hand-offs"
    COMPLAINTS = "complaints"  # disputes, complaints, and who wants no contact
    PAPER = "letters"
    DAYS = "days to pay"  # to the horizon, where nobody paid
    LEFT = "customers lost"


class Strategy(StrEnum):
    """What a creditor may be after."""

    MOST_RETURN = "most return"
    LEAST_COST = "least cost"
    BEST_PROCESS = "best process"
    GOALS = "the creditor's goals"


GOAL_OF: Final[Mapping[Part, Goal]] = {
    Part.RETURN: Goal.RETURN,
    Part.COST: Goal.COST,
    Part.COMPLAINTS: Goal.COMPLAINTS,
    Part.LEFT: Goal.CUSTOMERS_KEPT,
}
"""The goals whose figures a past has; what comes of the others is not in it."""
_KIND_AND_QUICK: Final = (Part.FEES, Part.FAILED, Part.HAND_OFFS, Part.COMPLAINTS, Part.PAPER, Part.DAYS)
IT: Final = "it"
_COMPLAINS: Final = (MessageClass.AUTHORITY_COMPLAINT, MessageClass.STOP_CONTACT)


@dataclass(frozen=True, slots=True)
class Prices:
    """What is known of what things cost, in the policy's currency: a message by its channel, a call, dispute or reply by hand,
    and under `it` what IT costs for each message.

    `yearly_rate`: what money costs in a year, as a share; None: nobody told, and money is worth the same on each day.
    """

    messages: Mapping[str, float]
    by_hand: Mapping[str, float]
    yearly_rate: float | None = None

    def not_known(self) -> list[str]:
        """What is left out, in words."""
        said = [
            f"what a {work} by hand costs is not told"
            for work in ("call", "dispute", "reply")
            if work not in self.by_hand
        ]
        if self.yearly_rate is None:
            said.append("what waiting for money costs is not told (--yearly-rate): money is worth the same on each day")
        if IT not in self.by_hand:
            said.append("what IT costs for a message is not told (`it` of the creditor's handling_costs)")
        return said


@dataclass(frozen=True)
class Worth:
    """Choices that were watched for long enough, and the parts of each."""

    choices: Choices
    parts: Mapping[Part, Numbers]
    left: Left


def worth_of(past: Past, choices: Choices, prices: Prices) -> Worth:
    """The parts of all choices of a past: their mean over a step's choices is what the step adds to all."""
    choices = choices.of(came_after(past, _asked(choices))[1] >= HORIZON_DAYS)
    invoices, events = past.invoices, past.events
    timeline = Timeline(events.invoice, events.known_at, len(invoices))
    events = events.of(timeline.order)
    until = timeline.asked(choices.invoice, choices.at + HORIZON_DAYS * A_DAY - np.timedelta64(1, "s"))
    before = timeline.asked(choices.invoice, choices.at - np.timedelta64(1, "s"))

    def within(values: NDArray[np.int64] | NDArray[np.bool_]) -> Numbers:
        return np.asarray(until.total(values) - before.total(values), dtype=np.float64)

    waited, _ = came_after(past, _asked(choices))
    paid = waited < HORIZON_DAYS
    sent, noticed = events.kind == Happened.MESSAGE, _alone(events, Happened.NOTICE)
    money = np.where(
        (events.kind == Happened.PAYMENT) & np.isnan(events.amount),
        hundredths(invoices.amount)[events.invoice],
        np.where(events.kind == Happened.PAYMENT, hundredths(events.amount), 0),
    )
    came = within(money) / 100
    if prices.yearly_rate:
        first = events.known_at.min() if len(events) else np.datetime64(0, "s")
        hour = ((events.known_at - first) / _AN_HOUR).astype(np.int64)
        waited_for = within(money * hour) / 100 - came * ((choices.at - first) / _AN_HOUR)
        came = came - waited_for * prices.yearly_rate / _HOURS_OF_A_YEAR
    channel = np.array([prices.messages.get(name, 0.0) for name in events.channel.meanings] + [0.0])[
        events.channel.codes
    ]
    cost = np.where(sent | noticed, channel + prices.by_hand.get(IT, 0.0), 0.0)
    for kind, work in ((Happened.CALL, "call"), (Happened.DISPUTE, "dispute"), (Happened.REPLY, "reply")):
        cost += np.where(events.kind == kind, prices.by_hand.get(work, 0.0), 0.0)
    replies = (events.kind == Happened.REPLY) & events.detail.among(*_COMPLAINS)
    charged = (events.kind == Happened.FEE) | (events.kind == Happened.INTEREST)
    fees = np.where(charged, hundredths(events.amount), 0)
    letters = (sent | noticed) & events.channel.among(Channel.LETTER)
    order = np.lexsort((choices.at, choices.invoice))
    first_of = order[np.unique(choices.invoice[order], return_index=True)[1]]
    owed = float(left_at(turns_of(past), _asked(choices.of(first_of))).sum())
    of_step = np.bincount(choices.step.codes, minlength=len(choices.step.meanings))[choices.step.codes]
    of_money, of_count = 100 * of_step / max(owed, 1e-9), 100 * of_step / max(len(first_of), 1)
    left = left_after(past, choices, HORIZON_DAYS)
    parts = {
        Part.RETURN: came * of_money,
        Part.COST: within(hundredths(cost)) / 100 * of_money,
        Part.LOST: left.margin * of_money,
        Part.FEES: within(fees) / 100 * of_money,
        Part.FAILED: np.maximum(within(sent | noticed) - paid, 0) * of_count,
        Part.HAND_OFFS: within(noticed | (events.kind == Happened.HAND_OFF)) * of_count,
        Part.COMPLAINTS: within((events.kind == Happened.DISPUTE) | replies) * of_count * 10,
        Part.PAPER: within(letters) * of_count,
        Part.DAYS: np.minimum(waited, HORIZON_DAYS) * of_count / 100,
        Part.LEFT: left.customers * 100 * of_step / max(left.asked, 1),
    }
    return Worth(choices, parts, left)


def weights_of(strategy: Strategy, goals: Mapping[Goal, float], usual: Mapping[Part, float]) -> dict[Part, float]:
    """How much a figure of each part weighs: the weights of the one value function, whatever a creditor is after.

    Return, cost and what is lost with customers are of 100 that were owed, and weigh alike. A process and goals are better by so
    many percent: of each part's target, or of what is usual where it has none, on average over the parts; one that never happens
    is none of them.
    """
    if strategy is Strategy.MOST_RETURN:
        return {Part.RETURN: 1.0, Part.COST: -1.0, Part.LOST: -1.0}
    if strategy is Strategy.LEAST_COST:
        return {Part.COST: -1.0}
    targets = {part: goals[goal] for part, goal in GOAL_OF.items() if goal in goals}
    if Part.LEFT in targets:  # the goal says how many stay
        targets[Part.LEFT] = 100 - targets[Part.LEFT]
    wanted = _KIND_AND_QUICK if strategy is Strategy.BEST_PROCESS else tuple(targets)
    sizes = {part: size for part in wanted if (size := targets.get(part) or abs(usual[part])) > 0}
    return {part: (100 if part is Part.RETURN else -100) / size / len(sizes) for part, size in sizes.items()}


def value_of(parts: Mapping[Part, Numbers], weights: Mapping[Part, float]) -> Numbers:
    """The one value of each choice: its parts by their weights."""
    found = np.zeros(len(next(iter(parts.values()))))
    for part, weight in weights.items():
        found = found + weight * parts[part]
    return found


def _asked(choices: Choices) -> Snapshots:
    return Snapshots(choices.invoice.astype(np.intp), choices.at)


def _alone(events: Events, kind: Happened) -> NDArray[np.bool_]:
    """Which events of a kind are told by no message of the same moment: our own notices are both."""
    keys = events.invoice.astype(np.int64) * (1 << 33) + events.known_at.astype(np.int64)
    return np.asarray((events.kind == kind) & ~np.isin(keys, keys[events.kind == Happened.MESSAGE]))
