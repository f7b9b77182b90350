"""An experiment at the desk: its arms as they stand; it or an arm alone is stopped, what follows is shown first."""

from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.prediction import experiments as command
from commands.prediction.experiments import Effect, Stopping
from domain.desk.roles import Act
from domain.experiments.exposure import in_order
from domain.experiments.stopping import why_not_alone
from domain.learned.arms import Experiment
from domain.policy.policy import Step
from facts.desk.within import creditors_within
from facts.prediction import experiment_looks, experiments
from facts.prediction.experiments import GOES_ON
from facts.refusals import Conflict, Unknown
from web.desk.door import AtDesk, NotHere, needs

router = APIRouter(include_in_schema=False)

EXPERIMENTS: Final = "/desk/experiments"
REASON: Final = "desk"  # why, as a short code: who did it stands beside it

ToSee = Annotated[AtDesk, Depends(needs(Act.MANY))]
ToChange = Annotated[AtDesk, Depends(needs(Act.MANY, form="here"))]
Typed = Annotated[str, Form(max_length=1_000)]


class _Tried(NamedTuple):
    experiment: Experiment
    step: Step
    policy: str


@router.get(EXPERIMENTS + "/{creditor}/{experiment}")
async def see(at: ToSee, creditor: str, experiment: str) -> Response:
    """One, with what may be stopped of it."""
    async with at.opened() as (connection, _):
        return await _page(at, connection, creditor, await _read(at, connection, creditor, experiment))


@router.post(EXPERIMENTS + "/{creditor}/{experiment}")
async def stop(
    at: ToChange, creditor: str, experiment: str, arm: Typed = "", goes_on: Typed = "", seen: Typed = ""
) -> Response:
    """What would follow is shown; confirmed as it was seen, it is done. Without an arm it is the whole experiment."""
    what = Stopping(arm or None, None if arm else goes_on or None)
    async with at.opened() as (connection, now):
        tried = await _read(at, connection, creditor, experiment)
        try:
            effect = await command.stopping(connection, creditor, tried.experiment, tried.step, what)
            shown = f"{what.arm or ''} {what.goes_on or ''} {effect.debtors} {effect.cases}"
            if seen != shown:
                return await _page(at, connection, creditor, tried, what=what, effect=effect, seen=shown)
            by = at.user.name
            await command.stop(connection, creditor, tried.experiment, tried.step, what, by, REASON, now)
        except (Conflict, Unknown) as no:
            return await _page(at, connection, creditor, tried, refused=str(no))
    return at.done(f"{EXPERIMENTS}/{creditor}/{experiment}", "experiment_stopped")


async def _read(at: AtDesk, connection: AsyncConnection, creditor: str, experiment: str) -> _Tried:
    if creditor not in await creditors_within(connection, at.reach):
        raise NotHere
    running = await experiment_looks.running(connection, creditor)
    found = next((each for each in running if each.experiment == experiment), None)
    if found is None:
        raise NotHere
    policy = await at.services.planning.policy(connection, found.policy_hash)
    if experiment not in policy.experiments:
        raise NotHere
    tried = policy.experiments[experiment]
    return _Tried(tried, policy.steps[policy.index[tried.step]], policy.name)


async def _page(
    at: AtDesk,
    connection: AsyncConnection,
    creditor: str,
    tried: _Tried,
    *,
    what: Stopping | None = None,
    effect: Effect | None = None,
    seen: str = "",
    refused: str | None = None,
) -> Response:
    stops = (await experiments.stops(connection, creditor)).get(tried.experiment.id, GOES_ON)
    counts = {
        each.name: await experiments.in_arms(connection, creditor, tried.experiment.id, [each.name])
        for each in tried.experiment.arms
    }
    alone = {
        each.name
        for each in tried.experiment.arms
        if each.name not in stops.arms and why_not_alone(tried.experiment, tried.step, [each.name], stops.arms) is None
    }
    return at.page(
        "experiment.html.j2",
        status=409 if refused else 200,
        creditor=creditor,
        tried=tried,
        arms=in_order(tried.experiment),
        counts=counts,
        stops=stops,
        alone=frozenset() if stops.whole else alone,
        what=what,
        effect=effect,
        seen=seen,
        refused=refused,
    )
