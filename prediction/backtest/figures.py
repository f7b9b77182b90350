"""What a replay comes to: messages, what they cost, fees, notices, hand-offs; and two policies beside one another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from domain.planner.action import ActionKind
from domain.policy.policy import Policy, StepKind
from prediction.backtest.replay import Replayed
from prediction.history.local_days import days_of
from prediction.history.past import NOT_TOLD, Past, Words
from prediction.history.timeline import Mask, Whole

Costs = Mapping[str, Mapping[str, Decimal]]
"""What a message costs, by creditor and channel."""
Row = dict[str, Any]
_WAITS_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Backtest:
    """A policy, the past that it was replayed on, and what came of it."""

    policy: Policy
    past: Past
    replayed: Replayed
    costs: Costs


def steps(test: Backtest) -> list[Row]:
    """By step and what is done: how often, for how many invoices, how many had paid before the step, fees and cost."""
    acts, often = test.replayed.acts, test.replayed.how_often()
    came, costs = _came_to(test.replayed), _costs_of_acts(test)
    paid = int(test.replayed.paid.sum())
    rows = []
    done = acts.kind.among(ActionKind.WAIT, ActionKind.CLOSE)
    for step in _in_order(test.policy, acts.step, ~done & (often > 0)):
        of_step = acts.step.among(step) & ~done
        invoices, paid_later = came[step]
        for what, some in _what_is_done(test.replayed, of_step):
            if count := int(often[some].sum()):
                rows.append(
                    {
                        "step": step,
                        "what": what,
                        "count": count,
                        "invoices": invoices,
                        "paid_before": paid - paid_later,
                        "fees": _money(int((acts.fee[some] * often[some]).sum())),
                        "cost": str(sum(costs[some], Decimal(0))),
                    }
                )
    return rows


def totals(test: Backtest) -> dict[str, Any]:
    """What all of it comes to; days to pay are as they are recorded, whatever the policy had done."""
    replayed, acts, often = test.replayed, test.replayed.acts, test.replayed.how_often()
    sent = acts.kind.among(ActionKind.DELIVER)
    copies, calls = sent & acts.copy, acts.kind.among(ActionKind.OPEN_CALL_TASK)
    contacts = int(often[(sent & ~copies) | calls].sum())
    notices = [step.id for step in test.policy.steps if step.kind is StepKind.COLLECTION_NOTICE]
    invoices = test.past.invoices.of(replayed.invoice[replayed.paid])
    paid_on = days_of(replayed.ends[replayed.paid].astype("datetime64[s]"), invoices.country)
    found: dict[str, Any] = {
        "invoices": len(replayed),
        "messages": int(often[sent & ~copies].sum()),
        "copies": int(often[copies].sum()),
        "calls": int(often[calls].sum()),
        "contacts_per_invoice": round(contacts / max(len(replayed), 1), 4),
        "cost": str(sum(_costs_of_acts(test), Decimal(0))),
        "fees": _money(int((acts.fee * often).sum())),
        "notices": int(often[sent & ~copies & acts.step.among(*notices)].sum()),
        "hand_offs": int(often[acts.kind.among(ActionKind.HAND_OFF)].sum()),
        "blocks": int(often[acts.kind.among(ActionKind.BLOCK_SERVICE)].sum()),
        "terminations": int(often[acts.kind.among(ActionKind.TERMINATE_SERVICE)].sum()),
        "stand_still": int(often[acts.kind.among(ActionKind.WAIT)].sum()),
        "paid": int(replayed.paid.sum()),
        "median_days_to_pay": _median(paid_on - invoices.issued),
        "median_days_late": _median(paid_on - invoices.due),
    }
    return found


def channels(test: Backtest) -> list[Row]:
    """By channel: messages and copies."""
    acts, often = test.replayed.acts, test.replayed.how_often()
    sent = acts.kind.among(ActionKind.DELIVER)
    rows = []
    for channel in sorted(acts.channel.meanings):
        here = sent & acts.channel.among(channel)
        if count := int(often[here].sum()):
            rows.append(
                {
                    "channel": channel,
                    "messages": count - (copies := int(often[here & acts.copy].sum())),
                    "copies": copies,
                }
            )
    return rows


def waits(test: Backtest) -> list[Row]:
    """What stood still, for what, the most first: cases that wait for a person, or for a row that the law of the day lacks."""
    acts, often = test.replayed.acts, test.replayed.how_often()
    found: dict[str, int] = {}
    for code, many in zip(acts.why.codes[often > 0].tolist(), often[often > 0].tolist(), strict=True):
        if code != NOT_TOLD:
            found[acts.why.meanings[code]] = found.get(acts.why.meanings[code], 0) + many
    return [
        {"waits_for": why, "invoices": many}
        for why, many in sorted(found.items(), key=lambda each: (-each[1], each[0]))
    ]


def said(test: Backtest) -> list[str]:
    """What whoever reads the figures must know of them, sentence by sentence."""
    replayed = test.replayed
    sentences = [
        "payments come as they are recorded: what they had been under another policy is not known here, "
        "nor is whether a debtor had read another message",
        f"{int(replayed.own.sum())} invoices are lived through by themselves (a promise, a dispute, a part payment, "
        "what came back); the others by what they have in common",
    ]
    if beside := int(_beside_others(test).sum()):
        sentences.append(
            f"each invoice is replayed as if its debtor had no other; {beside} were open beside another of the same debtor: "
            "joint messages and the cap on contacts over several invoices are not counted, so fewer messages had been sent"
        )
    if optional := ", ".join(test.policy.optional):
        sentences.append(
            f"{optional}: for some only, and nobody knows what was guessed then: counted where the invoice itself came with "
            "the segment, else left out"
        )
    sentences += [f"left out: {count} invoices ({why})" for why, count in replayed.left_out.items() if count]
    sentences += [f"{row['invoices']} stand still: {row['waits_for']}" for row in waits(test)[:_WAITS_SHOWN]]
    return sentences


def on_the_same(test: Backtest, other: Backtest) -> tuple[Backtest, Backtest]:
    """Two replays of one past, on the invoices that both policies are for."""
    both = np.intersect1d(test.replayed.invoice, other.replayed.invoice)
    one, two = (
        replace(each, replayed=each.replayed.of(np.isin(each.replayed.invoice, both))) for each in (test, other)
    )
    return one, two


def compared(test: Backtest, other: Backtest) -> list[Row]:
    """Each figure under both policies, and what the first has more than the other: zero throughout for the same policy."""
    mine, others = _figures(test), _figures(other)
    rows = []
    for name in dict.fromkeys([*mine, *others]):
        one, two = mine.get(name, Decimal(0)), others.get(name, Decimal(0))
        rows.append({"figure": name, "policy": str(one), "against": str(two), "difference": str(one - two)})
    return rows


def _figures(test: Backtest) -> dict[str, Decimal]:
    names = ("invoices", "messages", "copies", "calls", "contacts_per_invoice", "cost", "fees", "notices", "hand_offs")
    found = totals(test)
    figures = {
        name.replace("_", " "): Decimal(str(found[name])) for name in (*names, "blocks", "terminations", "stand_still")
    }
    figures |= {f"messages by {row['channel']}": Decimal(row["messages"]) for row in channels(test)}
    return figures | {f"{row['step']}: {row['what']}": Decimal(row["count"]) for row in steps(test)}


def _what_is_done(replayed: Replayed, some: Mask) -> Iterator[tuple[str, Mask]]:
    """What is done among some acts, in words, and which of them it is: a channel, a copy by one, else the act."""
    acts = replayed.acts
    sent = some & acts.kind.among(ActionKind.DELIVER)
    for channel in acts.channel.meanings:
        by = sent & acts.channel.among(channel)
        yield channel, by & ~acts.copy
        yield f"{channel} (copy)", by & acts.copy
    for kind in acts.kind.meanings:
        if kind != ActionKind.DELIVER:
            yield kind, some & acts.kind.among(kind)


def _came_to(replayed: Replayed) -> dict[str, tuple[int, int]]:
    """Of each step how many invoices come to it, and how many of them are paid in the end."""
    acts, often = replayed.acts, replayed.how_often()
    often_paid = replayed.of(replayed.paid).how_often()
    lengths = np.diff(replayed.first)
    life = np.repeat(np.arange(len(lengths)), lengths)
    keys = life * (len(acts.step.meanings) + 1) + acts.step.codes
    _, first = np.unique(np.where(acts.kind.among(ActionKind.WAIT), -1, keys), return_index=True)
    came: dict[str, tuple[int, int]] = {}
    for code, step in enumerate(acts.step.meanings):
        rows = first[acts.step.codes[first] == code]
        came[step] = (int(often[rows].sum()), int(often_paid[rows].sum()))
    return came


def _in_order(policy: Policy, step: Words, some: Mask) -> list[str]:
    """The steps that come to something, in the policy's order; then what no policy writes."""
    there = {step.meanings[code] for code in np.unique(step.codes[some]).tolist() if code != NOT_TOLD}
    written = [each.id for each in policy.steps if each.id in there]
    return [*written, *sorted(there - set(written))]


def _costs_of_acts(test: Backtest) -> NDArray[Any]:
    """What the messages of each act cost in all, by the prices of each invoice's creditor."""
    replayed, acts = test.replayed, test.replayed.acts
    cost: NDArray[Any] = np.full(len(acts), Decimal(0), dtype=object)
    sent = acts.kind.among(ActionKind.DELIVER)
    creditor = test.past.invoices.creditor.of(replayed.invoice)
    for code in np.unique(creditor.codes).tolist():
        prices = test.costs.get(creditor.meanings[code] if code != NOT_TOLD else "", {})
        if not prices:
            continue
        often = replayed.of(creditor.codes == code).how_often()
        for channel, price in prices.items():
            rows = np.flatnonzero(sent & acts.channel.among(channel) & (often > 0))
            cost[rows] += [price * int(many) for many in often[rows]]
    return cost


def _beside_others(test: Backtest) -> Mask:
    """Which invoices were open at a time at which another of the same debtor was."""
    invoices = test.past.invoices.of(test.replayed.invoice)
    begins: Whole = invoices.known_at.astype("datetime64[s]").astype(np.int64)
    ends = np.maximum(test.replayed.ends, begins)
    order = np.lexsort((begins, invoices.debtor))
    debtor, begins, ends = invoices.debtor[order].astype(np.int64), begins[order], ends[order]
    beside = np.zeros(len(order), dtype=bool)
    if len(order) > 1:
        lowest, span = int(begins.min()), int(ends.max() - begins.min()) + 1
        latest = np.maximum.accumulate(ends - lowest + debtor * span) - debtor * span + lowest  # end of any before
        same = debtor[1:] == debtor[:-1]
        beside[order[1:]] |= same & (begins[1:] < latest[:-1])
        beside[order[:-1]] |= same & (begins[1:] < ends[:-1])
    return beside


def _median(days: NDArray[Any]) -> float | None:
    return float(np.median(days.astype("timedelta64[D]").astype(np.int64))) if len(days) else None


def _money(hundredths: int) -> str:
    return f"{Decimal(hundredths) / 100:.2f}"
