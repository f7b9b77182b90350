"""Experiments: which arm each debtor is in, written down once, and what of them was stopped."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.learned.arms import Experiment, InExperiment
from domain.moment import Moment
from facts.prediction.of_whom import OF_WHOM

PAGE: Final = 1_000  # debtors

ASSIGN = text(f"""
insert into experiment_assignment (creditor_id, experiment, policy_hash, debtor_id, arm, share, assigned_at)
select d.creditor_id, :experiment, :policy_hash, d.id, :arm, :share, :now from debtor d where d.id = :debtor and {OF_WHOM}
on conflict (creditor_id, experiment, debtor_id) do nothing
""")
OF_CASE = text(f"""
select e.experiment, a.arm, s.id is not null as stopped, s.arm as goes_on, ({OF_WHOM}) as seen,
  array(select p.stopped_arm from experiment_stop p where p.creditor_id = o.creditor_id and p.experiment = e.experiment
    and p.stopped_arm is not null) as stopped_arms
from dunning_case o join debtor d on d.id = o.debtor_id
cross join unnest(cast(:experiments as text[])) as e(experiment)
left join lateral (
  select x.arm from experiment_assignment x
  where x.creditor_id = o.creditor_id and x.experiment = e.experiment and x.debtor_id = o.debtor_id limit 1) a on true
left join lateral (
  select p.id, p.arm from experiment_stop p
  where p.creditor_id = o.creditor_id and p.experiment = e.experiment and p.stopped_arm is null
  order by p.id desc limit 1) s on true
where o.id = :case
""")
# At the last place of the sample somebody stands.
FULL = text("""
select true from experiment_assignment where creditor_id = :creditor and experiment = :experiment
order by debtor_id offset :sample - 1 limit 1
""")
STOP = text("""
insert into experiment_stop (creditor_id, experiment, stopped_arm, arm, by, reason_code, happened_at)
values (:creditor, :experiment, :stopped_arm, :arm, :by, :reason_code, :now)
""")
STOPS = text("""
select distinct on (experiment, stopped_arm) experiment, stopped_arm, arm, by, reason_code, happened_at as at
from experiment_stop where creditor_id = :creditor order by experiment, stopped_arm, id desc
""")
# How many are in it now, and how many of their cases are open.
IN_IT = text("""
select count(distinct a.debtor_id) as debtors, count(c.id) as cases from experiment_assignment a
left join dunning_case c on c.debtor_id = a.debtor_id and c.creditor_id = a.creditor_id and c.state = 'open'
where a.creditor_id = :creditor and a.experiment = :experiment and a.arm = any(cast(:arms as text[]))
""")
ASSIGNED = text("""
select debtor_id as debtor, arm, share, policy_hash, assigned_at as at from experiment_assignment
where creditor_id = :creditor and experiment = :experiment and debtor_id > :after order by debtor_id limit :page
""")
# Whoever objects goes by the step as it is written.
OF_DEBTOR = text(f"""
select a.experiment, a.arm, a.assigned_at as at, exists (select from experiment_stop s where s.creditor_id = a.creditor_id
    and s.experiment = a.experiment and (s.stopped_arm is null or s.stopped_arm = a.arm)) as stopped
from experiment_assignment a join debtor d on d.id = a.debtor_id where a.debtor_id = :debtor and {OF_WHOM} order by a.id
""")


@dataclass(frozen=True, slots=True)
class InArm:
    """In which arm of an experiment a debtor is since a moment (UTC), and whether that, or all of it, was stopped."""

    experiment: str
    arm: str
    at: datetime
    stopped: bool


@dataclass(frozen=True, slots=True)
class Assignment:
    """A debtor in an arm: what share of debtors got it then, under which policy's text, and since when (UTC)."""

    debtor: int
    arm: str
    share: Decimal
    policy_hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """That an experiment was stopped (UTC), all of it or `stopped_arm` alone: whoever was in it goes on by `arm`, or as the step
    is written where that is None."""

    experiment: str
    stopped_arm: str | None
    arm: str | None
    by: str
    reason_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Stops:
    """What of an experiment was stopped: `whole` all of it, and before that single arms, by their names."""

    whole: Stop | None = None
    arms: Mapping[str, Stop] = field(default_factory=dict)


GOES_ON: Final = Stops()
"""Nothing of it was stopped."""


async def of_case(
    connection: AsyncConnection,
    case: int,
    creditor: str,
    debtor: int,
    experiments: Mapping[str, Experiment],
    here: Moment,
) -> tuple[InExperiment, ...]:
    """How the debtor of a case stands in each experiment of its policy: in an arm that was assigned, in the one that is
    theirs by chance and still to be written down, or in the one that all have since it was stopped.

    In none is whoever may not be guessed about, whoever is of an arm that was stopped alone, and whoever comes after its end or
    when it is full. `here`: now, by the debtor's clock.
    """
    found = []
    for row in (
        await connection.execute(OF_CASE, {"case": case, "now": here.at, "experiments": list(experiments)})
    ).all():
        experiment = experiments[row.experiment]
        if not row.seen:
            continue
        if row.stopped:
            if row.goes_on is not None:
                found.append(InExperiment(experiment.id, row.goes_on))
        elif (experiment.until is not None and experiment.until < here.day) or (
            arm := row.arm or experiment.drawn(creditor, debtor).name
        ) in row.stopped_arms:
            continue
        elif row.arm is not None or not await _is_full(connection, creditor, experiment):
            found.append(InExperiment(experiment.id, arm, assigned=row.arm is not None))
    return tuple(found)


async def _is_full(connection: AsyncConnection, creditor: str, experiment: Experiment) -> bool:
    """Whether an experiment takes in nobody more; asked of those alone who are in none of its arms."""
    if experiment.sample is None:
        return False
    values = {"creditor": creditor, "experiment": experiment.id, "sample": experiment.sample}
    return (await connection.execute(FULL, values)).first() is not None


async def assign(
    connection: AsyncConnection, debtor: int, policy_hash: str, experiment: Experiment, arm: str, now: datetime
) -> None:
    """Write down in which arm a debtor is, once: who is in one already stays there. Of whom nothing may be guessed is in none."""
    shared = experiment.called(arm)
    values = {"debtor": debtor, "policy_hash": policy_hash, "experiment": experiment.id, "arm": arm, "now": now}
    await connection.execute(ASSIGN, values | {"share": shared.share if shared else 0})


async def assigned(connection: AsyncConnection, creditor: str, experiment: str, after: int = 0) -> list[Assignment]:
    """A page of who is in which arm of a creditor's experiment, after one debtor."""
    values = {"creditor": creditor, "experiment": experiment, "after": after, "page": PAGE}
    return [Assignment(*row) for row in await connection.execute(ASSIGNED, values)]


async def of_debtor(connection: AsyncConnection, debtor: int, now: datetime) -> list[InArm]:
    """The arms that a debtor is in, the first first; of whom nothing may be guessed none."""
    return [InArm(*row) for row in await connection.execute(OF_DEBTOR, {"debtor": debtor, "now": now})]


async def stop(connection: AsyncConnection, creditor: str, new: Stop) -> None:
    """Stop an experiment of a creditor, or an arm of it, from `new.at` on. The caller has checked the names."""
    values = {"creditor": creditor, "experiment": new.experiment, "stopped_arm": new.stopped_arm, "arm": new.arm}
    await connection.execute(STOP, values | {"by": new.by, "reason_code": new.reason_code, "now": new.at})


async def stops(connection: AsyncConnection, creditor: str) -> dict[str, Stops]:
    """What was stopped of a creditor's experiments, each as it was last."""
    found: dict[str, Stops] = {}
    for row in await connection.execute(STOPS, {"creditor": creditor}):
        stop, known = Stop(*row), found.get(row.experiment, GOES_ON)
        found[stop.experiment] = (
            Stops(stop, known.arms)
            if stop.stopped_arm is None
            else Stops(known.whole, {**known.arms, stop.stopped_arm: stop})
        )
    return found


async def in_arms(
    connection: AsyncConnection, creditor: str, experiment: str, arms: Collection[str]
) -> tuple[int, int]:
    """How many debtors are in some arms of an experiment, and how many open cases they have."""
    values = {"creditor": creditor, "experiment": experiment, "arms": list(arms)}
    row = (await connection.execute(IN_IT, values)).one()
    return row.debtors, row.cases
