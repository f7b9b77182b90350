"""Experiments: which arm each debtor is in, written down once, and which of them a person has stopped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.learned.arms import Experiment, InExperiment
from domain.moment import Moment
from facts.prediction.of_whom import OF_WHOM

ASSIGN = text(f"""
insert into experiment_assignment (creditor_id, experiment, policy_hash, debtor_id, arm, share, assigned_at)
select d.creditor_id, :experiment, :policy_hash, d.id, :arm, :share, :now from debtor d where d.id = :debtor and {OF_WHOM}
on conflict (creditor_id, experiment, debtor_id) do nothing
""")
OF_CASE = text(f"""
select e.experiment, a.arm, s.id is not null as stopped, s.arm as goes_on, ({OF_WHOM}) as seen
from dunning_case o join debtor d on d.id = o.debtor_id
cross join unnest(cast(:experiments as text[])) as e(experiment)
left join lateral (
  select x.arm from experiment_assignment x
  where x.creditor_id = o.creditor_id and x.experiment = e.experiment and x.debtor_id = o.debtor_id limit 1) a on true
left join lateral (
  select p.id, p.arm from experiment_stop p where p.creditor_id = o.creditor_id and p.experiment = e.experiment
  order by p.id desc limit 1) s on true
where o.id = :case
""")
# At the last place of the sample somebody stands.
FULL = text("""
select true from experiment_assignment where creditor_id = :creditor and experiment = :experiment
order by debtor_id offset :sample - 1 limit 1
""")
STOP = text("""
insert into experiment_stop (creditor_id, experiment, arm, by, reason_code, happened_at)
values (:creditor, :experiment, :arm, :by, :reason_code, :now)
""")
STOPS = text("""
select distinct on (experiment) experiment, arm, by, reason_code, happened_at as at from experiment_stop
where creditor_id = :creditor order by experiment, id desc
""")
ASSIGNED = text("""
select debtor_id as debtor, arm, share, policy_hash, assigned_at as at from experiment_assignment
where creditor_id = :creditor and experiment = :experiment order by id
""")


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
    """An experiment that a person stopped (UTC); all go on by `arm`, or as the step is written where that is None."""

    experiment: str
    arm: str | None
    by: str
    reason_code: str
    at: datetime


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

    In none is whoever may not be guessed about, and whoever comes after its end or when it is full. `here`: now, by the
    debtor's clock.
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
        elif experiment.until is not None and experiment.until < here.day:
            continue
        elif row.arm is not None:
            found.append(InExperiment(experiment.id, row.arm))
        elif not await _is_full(connection, creditor, experiment):
            found.append(InExperiment(experiment.id, experiment.drawn(creditor, debtor).name, assigned=False))
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


async def assigned(connection: AsyncConnection, creditor: str, experiment: str) -> list[Assignment]:
    """Who is in which arm of a creditor's experiment, in the order in which they came to it."""
    rows = await connection.execute(ASSIGNED, {"creditor": creditor, "experiment": experiment})
    return [Assignment(*row) for row in rows]


async def stop(
    connection: AsyncConnection,
    creditor: str,
    experiment: str,
    arm: str | None,
    by: str,
    reason_code: str,
    now: datetime,
) -> None:
    """From now on everybody gets one arm of an experiment, or the step as it is written. The caller has checked the names."""
    values = {"creditor": creditor, "experiment": experiment, "arm": arm, "by": by, "reason_code": reason_code}
    await connection.execute(STOP, values | {"now": now})


async def stops(connection: AsyncConnection, creditor: str) -> dict[str, Stop]:
    """The experiments of a creditor that were stopped, each as it was last."""
    return {row.experiment: Stop(*row) for row in await connection.execute(STOPS, {"creditor": creditor})}
