"""Experiments with contacts: how many debtors one needs, what each has shown in words, and an end to one or to an arm of it."""

from typing import Annotated

import typer

from commands.prediction import experiments as command_
from commands.prediction.experiments import Stopping
from domain.experiments.exposure import SMALLEST
from domain.experiments.result import UNKNOWN_SHARE, in_words
from domain.experiments.sample_size import POWER, needed
from facts import clock
from facts.invoices.invoices import find_creditor
from facts.prediction import experiment_looks
from facts.prediction import experiments as facts_
from facts.prediction.experiments import GOES_ON, Stop
from facts.refusals import Unknown
from terminal import output
from terminal.connection import command, parts, transaction
from terminal.output import Misuse
from terminal.who import By, Reason
from views.prediction.experiments import Look, document, helped_in_words, look

app = typer.Typer()
experiments = typer.Typer(help="Experiments with contacts: size, list, show, stop.")
app.add_typer(experiments, name="experiments")

Creditor = Annotated[str, typer.Argument(help="The creditor's id.")]
Id = Annotated[str, typer.Argument(metavar="EXPERIMENT", help="Its id, as its policy calls it.")]
SharePaid = Annotated[
    float, typer.Option(min=0, max=1, metavar="SHARE", help="How many pay in time as it is, from 0 to 1.")
]


@experiments.command("size")
def size(
    shares: Annotated[
        list[int], typer.Argument(metavar="SHARE…", help="What share of debtors each arm gets, in percent: 50 50.")
    ],
    usual: SharePaid = UNKNOWN_SHARE,
    smallest: Annotated[
        float, typer.Option(min=0.001, max=0.9, metavar="SHARE", help="The smallest difference that matters.")
    ] = SMALLEST,
) -> None:
    """How many debtors an experiment needs before it can say anything; the first share is what the others are judged beside."""
    if len(shares) < 2 or min(shares) <= 0 or sum(shares) != 100:
        raise Misuse("write two shares or more that come to 100, such as: experiments size 50 50")
    arms = {f"arm {place}": share / 100 for place, share in enumerate(shares, 1)}
    found = needed(arms, "arm 1", usual, smallest)
    each = ", ".join(f"{name} {many}" for name, many in found.of_arm.items())
    output.answer(
        {"debtors": found.debtors, "of_arm": found.of_arm, "usual": usual, "smallest": smallest, "power": POWER},
        f"{found.debtors} debtors who come to the step: {each}; then a difference of {smallest * 100:g} points is found "
        f"with a chance of {POWER:.0%}, however often somebody looks before",
    )


@command(experiments, "list")
async def list_(creditor: Creditor) -> None:
    """The experiments that debtors of a creditor are in, each as it stands now."""
    found = await _looks(creditor)
    rows = [
        {
            "experiment": each.running.experiment,
            "policy": each.policy,
            "step": each.experiment.step,
            "debtors": sum(arm.arm.paid.debtors for arm in each.result.arms),
            "needed": each.told,
            "verdicts": ", ".join(f"{arm.arm.name} {arm.verdict}" for arm in each.result.arms[1:]),
            "stopped": each.stops.whole.reason_code if each.stops.whole else ", ".join(each.stops.arms) or None,
        }
        for each in found
    ]
    empty = "no debtor is in an experiment: a policy names one under `experiments:`, and the next case that is planned enters it"
    output.answer_table({"experiments": [document(each) for each in found]}, rows, empty=empty)


@command(experiments, "show")
async def show(creditor: Creditor, id: Id) -> None:
    """What an experiment has shown so far: each arm better, worse or undecided, with the interval, and how many debtors more."""
    found = await _look(creditor, id)
    said = [f"{id} at {found.experiment.step} of {found.policy}: debtors in it: {found.running.debtors}"]
    said += [f"told before: {found.told} debtors who come to the step are needed", *in_words(found.result)]
    said += helped_in_words(found)
    for arm, stop in found.stops.arms.items():
        said.append(f"{arm} was stopped on {_by_whom(stop)}: {_goes_on(Stopping(arm))}")
    if (whole := found.stops.whole) is not None:
        said.append(f"stopped on {_by_whom(whole)}: {_goes_on(Stopping(goes_on=whole.arm))}")
    output.answer(document(found), "\n".join(said))


@command(experiments, "stop")
async def stop(
    creditor: Creditor,
    id: Id,
    by: By,
    reason: Reason = "operator",
    arm: Annotated[
        str | None,
        typer.Option(
            metavar="ARM", help="This arm alone: its debtors go by the step as it is written, the others go on."
        ),
    ] = None,
    goes_on: Annotated[
        str | None, typer.Option(metavar="ARM", help="What all get from now on; else the step as it is written.")
    ] = None,
) -> None:
    """End an experiment, or an arm of it alone; who came to the step before still counts."""
    if arm is not None and goes_on is not None:
        raise Misuse("--arm stops one arm, and --goes-on says what all get: give one of them")
    found = await _look(creditor, id)
    owner, what = found.running.creditor, Stopping(arm, goes_on)
    async with transaction() as (connection, now):
        effect = await command_.stop(connection, owner, found.experiment, found.step, what, by, reason, now)
    output.answer(
        {"creditor": owner, "experiment": id, "arm": arm, "goes_on": goes_on}
        | {"debtors": effect.debtors, "cases": effect.cases},
        f"{f'{arm} of ' if arm else ''}{id} is stopped: {_goes_on(what)} from now on; "
        f"debtors who were in it: {effect.debtors}, with open cases: {effect.cases}",
    )


def _goes_on(what: Stopping) -> str:
    if what.arm is not None:
        return "its debtors get the step as it is written, and the others go on"
    return f"all get {what.goes_on}" if what.goes_on else "the step goes as it is written"


def _by_whom(stop: Stop) -> str:
    return f"{stop.at:%d %b %Y} by {stop.by}, {stop.reason_code}"


async def _look(creditor: str, id: str) -> Look:
    found = next((each for each in await _looks(creditor) if each.running.experiment == id), None)
    if found is None:
        raise Unknown(f"no debtor of {creditor} is in an experiment {id!r}: `experiments list {creditor}` shows them")
    return found


async def _looks(creditor: str) -> list[Look]:
    async with parts() as here:
        async with here.database.transaction() as connection:
            owner = (await find_creditor(connection, creditor)).id
            now = await clock.now(connection, owner)
            stops = await facts_.stops(connection, owner)
            running = await experiment_looks.running(connection, owner)
        looks = [
            await look(here.database, here.planning, each, stops.get(each.experiment, GOES_ON), now) for each in running
        ]
    return [each for each in looks if each is not None]
