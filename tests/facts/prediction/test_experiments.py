"""A debtor's arm is written down once and holds for all of their invoices, until a person stops the experiment."""

from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest

from domain.learned.arms import Arm, Experiment, InExperiment, SharedArm
from domain.moment import moment_in
from facts.prediction import experiments
from tests.store import NOW, TODAY, Store
from tests.world import debtor

HALF = Decimal("0.5")
HOURS = Experiment(
    "hours", "nudge", (SharedArm("early", Arm(clock=time(8)), HALF), SharedArm("late", Arm(clock=time(18)), HALF))
)
OLA = {"name": "Ola Nordmann", "customer_number": "K-10", "email": "ola@example.no", "phone": "+4798765432"}


async def stands(store: Store, case: int, experiment: Experiment = HOURS, at: datetime = NOW) -> list[InExperiment]:
    """How the debtor of a case stands in an experiment, or nothing."""
    (row,) = await store.rows("select creditor_id, debtor_id from dunning_case where id = :case", case=case)
    async with store.database.transaction() as connection:
        told = await experiments.of_case(
            connection, case, row.creditor_id, row.debtor_id, {experiment.id: experiment}, moment_in("NO", at)
        )
    return list(told)


async def assign(store: Store, case: int, arm: str, experiment: Experiment = HOURS) -> None:
    """Write down in which arm the debtor of a case is."""
    of: int = await store.one("select debtor_id from dunning_case where id = :case", case=case)
    async with store.database.transaction() as connection:
        await experiments.assign(connection, of, "hash", experiment, arm, NOW)


async def test_an_arm_that_is_drawn_is_written_once_and_holds_for_the_second_invoice_too(store: Store) -> None:
    first, second = await store.invoice("1001"), await store.invoice("1002", reference=None)
    (drawn,) = await stands(store, first)
    assert not drawn.assigned
    other = next(each.name for each in HOURS.arms if each.name != drawn.arm)
    await assign(store, first, other)
    await assign(store, second, drawn.arm)  # late, and otherwise: the first one stays
    assert await stands(store, second) == [InExperiment("hours", other)] == await stands(store, first)
    async with store.database.transaction() as connection:
        (kept,) = await experiments.assigned(connection, "acme", "hours")
        assert (kept.arm, kept.share, kept.at) == (other, Decimal("0.5"), NOW)
        assert await experiments.assigned(connection, "beta", "hours") == []  # of the same name, another's


@pytest.mark.parametrize("who", ["stop_reason = 'deceased'", "protected_address = true", "birth_date = '2015-01-01'"])
async def test_of_whom_nothing_may_be_guessed_is_in_none(store: Store, who: str) -> None:
    case = await store.invoice()
    await store.do(f"update debtor set {who}")
    await assign(store, case, "late")
    assert await stands(store, case) == []
    assert await store.rows("select id from experiment_assignment") == []


async def test_whoever_objects_later_goes_by_the_step_as_it_is_written(store: Store) -> None:
    case = await store.invoice()
    await assign(store, case, "late")
    await store.known("no profiling")
    assert await stands(store, case) == []


async def test_a_full_experiment_takes_in_nobody_more_and_one_that_is_over_has_nobody(store: Store) -> None:
    first, other = await store.invoice("1001"), await store.invoice("1002", debtor=debtor(**OLA))
    of_one = Experiment("hours", "nudge", HOURS.arms, sample=1, until=TODAY)
    assert len(await stands(store, other, of_one)) == 1
    await assign(store, first, "late", of_one)
    assert await stands(store, first, of_one) == [InExperiment("hours", "late")]
    assert await stands(store, other, of_one) == []
    assert await stands(store, first, of_one, NOW + timedelta(days=1)) == []


async def test_after_a_person_stopped_it_all_go_on_by_one_arm_or_by_none(store: Store) -> None:
    first, other = await store.invoice("1001"), await store.invoice("1002", debtor=debtor(**OLA))
    await assign(store, first, "late")
    for arm, then in (("early", [InExperiment("hours", "early")]), (None, [])):
        async with store.database.transaction() as connection:
            await experiments.stop(connection, "acme", "hours", arm, "anne", "enough", NOW)
            assert (await experiments.stops(connection, "acme"))["hours"].arm == arm
            assert await experiments.stops(connection, "beta") == {}
        assert await stands(store, first) == then == await stands(store, other)
