"""What a policy would have done to a past: the planner's own decisions, counted, and beside those of another policy."""

import os
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from config.files import read_laws
from domain.countries.law import Law
from domain.policy.loader import load_policy
from domain.policy.policy import Policy
from terminal import output, parse
from terminal.connection import command, parts
from terminal.output import Refusal
from terminal.policies import PolicyFile, channels_of, named_policy

if TYPE_CHECKING:
    from prediction.backtest.figures import Backtest, Costs
    from prediction.history.past import Past

app = typer.Typer()

MANY = 20_000  # invoices for which every processor is worth the seconds that another process takes to start
MOST_AT_ONCE = 4


@command(app, "backtest")
async def backtest(
    policy: Annotated[str, typer.Argument(metavar="POLICY", help="A policy file, or the name of a shipped policy.")],
    against: Annotated[
        str | None, typer.Option(metavar="POLICY", help="Another policy: how the two differ on the same invoices.")
    ] = None,
    history: Annotated[
        int | None, typer.Option(metavar="FILE", help="An imported past alone, by its number in `history list`.")
    ] = None,
    creditor: Annotated[str | None, typer.Option(help="One creditor's facts and imported pasts, else all.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only invoices issued on this day or later.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Only invoices issued by this day.")] = None,
    channels: Annotated[str, typer.Option(help="Where debtors can be reached.")] = "email,sms,letter",
) -> None:
    """Replay a past under a policy: what the planner would have done about each invoice until it was paid. Nothing is kept."""
    from facts import clock  # who only asks for help waits for nothing that reckons
    from prediction.backtest import figures
    from prediction.backtest.replay import issued_between
    from prediction.history.imported import file_past, whole_past
    from views.forecast import message_costs

    if history is not None and creditor is not None:
        raise Refusal("--history names one file and --creditor all of a creditor's: give one of them")
    first, last = parse.day(since) if since else None, parse.day(until) if until else None
    reached_by = channels_of(channels)
    laws = read_laws()
    plan, other = named_policy(policy, laws), named_policy(against, laws) if against else None
    async with parts() as here, here.database.snapshot() as connection:
        now = await clock.now(connection, creditor)
        costs = await message_costs(connection)
        if history is not None:
            past = await file_past(connection, history, now)
        else:
            past = await whole_past(connection, now, creditor)
    past = issued_between(past, first, last)
    test = _replayed(plan, past, reached_by, costs)
    if other is None:
        _answer(test)
        return
    test, beside = figures.on_the_same(test, _replayed(other, past, reached_by, costs))
    if not len(test.replayed):
        raise Refusal(f"no invoice is one that both {test.policy.name} and {beside.policy.name} are for")
    rows = figures.compared(test, beside)
    document = {"policy": _document(test), "against": _document(beside), "differences": rows}
    title = f"{test.policy.name} against {beside.policy.name}, on {len(test.replayed)} invoices that both are for"
    output.answer_table(document, rows, title=title)
    _say(test)


def _replayed(plan: PolicyFile, past: "Past", channels: list[Any], costs: "Costs") -> "Backtest":
    from prediction.backtest.figures import Backtest
    from prediction.backtest.replay import replay

    if not len(past.invoices):
        raise Refusal("no invoice is known of that past: `starter.py history list` shows what was imported")
    many = len(past.invoices) >= MANY
    processors = min(len(os.sched_getaffinity(0)), MOST_AT_ONCE) if many else 1
    with output.progress() as progress:
        bar = progress.add_task(plan.policy.name, total=len(past.invoices))
        rules = partial(_rules, plan.text, plan.file)
        replayed = replay(
            past, rules, channels=channels, processors=processors, progress=partial(progress.advance, bar)
        )
    if not len(replayed):
        why = "; ".join(f"{count}: {why}" for why, count in replayed.left_out.items())
        raise Refusal(f"policy {plan.policy.name} is for none of {len(past.invoices)} invoices: {why}")
    return Backtest(plan.policy, past, replayed, costs)


def _rules(text: str, file: str) -> tuple[Policy, Mapping[str, Law]]:
    """The policy and the laws; of a past day the law of that day is asked."""
    laws = read_laws()
    return load_policy(text, file, laws, on=None), laws


def _answer(test: "Backtest") -> None:
    from prediction.backtest import figures

    rows = figures.steps(test)
    output.answer_table(_document(test), rows, title=f"{test.policy.name}: what it would have done")
    if output.in_words():
        found = figures.totals(test)
        print(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in found.items() if value is not None))
    _say(test)


def _document(test: "Backtest") -> dict[str, Any]:
    from prediction.backtest import figures

    return {
        "policy": test.policy.name,
        "currency": test.policy.currency,
        "totals": figures.totals(test),
        "channels": figures.channels(test),
        "steps": figures.steps(test),
        "waits": figures.waits(test),
        "left_out": [{"why": why, "invoices": count} for why, count in test.replayed.left_out.items()],
        "said": figures.said(test),
    }


def _say(test: "Backtest") -> None:
    from prediction.backtest import figures

    for sentence in figures.said(test) if output.in_words() else ():
        output.hint(sentence)
