"""A debtor's arm is written down once and holds for all of their invoices, until a person stops the experiment."""

from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest

from domain.learned.arms import Arm, Experiment, InExperiment, SharedArm
from domain.moment import moment_in
from facts.prediction import experiments, proposals
from facts.prediction.experiments import GOES_ON, Stop, Stops
from facts.prediction.proposals import NewProposal
from planning.service import PlannedCase, Planning
from tests.guesses import learned
from tests.store import LAWS, NOW, TODAY, Store
from tests.world import debtor

HALF = Decimal("0.5")
HOURS = Experiment(
    "hours", "nudge", (SharedArm("early", Arm(clock=time(8)), HALF), SharedArm("late", Arm(clock=time(18)), HALF))
)
OLA = {"name": "Ola Nordmann", "customer_number": "K-10", "email": "ola@example.no", "phone": "+4798765432"}


TRIED = """  - {id: kind-call, at: due date + 3 days, channel: phone, when: {customer_for: 1 months}}
experiments:
  - id: calls
    step: kind-call
    arms: {usual: {}, nothing: {hold_out: true}}
    share: {usual: 50 %, nothing: 50 %}
    sample: 4000
"""


LEARNING = TRIED.splitlines()[0].removesuffix("}") + ", learn: {hour: true}}\n"


async def tries(store: Store, what: str = TRIED) -> None:
    """Every policy has an optional call that an experiment is about."""
    await store.do("update policy_text set text = text || :what", what=what)


async def planned(store: Store, case: int, now: datetime = NOW) -> PlannedCase:
    """A case is planned, and its decision recorded."""
    async with store.database.transaction() as connection:
        planning = Planning(LAWS)
        plan = await planning.plan(connection, case, now)
        await planning.answer(connection, plan, now)
        return plan


ASSIGNED = "select experiment, policy_hash, arm, share from experiment_assignment"


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
            await experiments.stop(connection, "acme", Stop("hours", None, arm, "anne", "enough", NOW))
            whole = (await experiments.stops(connection, "acme"))["hours"].whole
            assert (whole and whole.arm) == arm
            assert await experiments.stops(connection, "beta") == {}
        assert await stands(store, first) == then == await stands(store, other)


async def test_whose_arm_is_stopped_alone_is_in_none_and_the_others_stay_where_they_are(store: Store) -> None:
    cases = [
        await store.invoice(f"20{at}", debtor=debtor(**OLA | {"customer_number": f"K-2{at}", "name": f"Ola {at}"}))
        for at in range(6)
    ]
    await assign(store, cases[0], "late")
    await assign(store, cases[1], "early")
    before = [await stands(store, each) for each in cases]
    async with store.database.transaction() as connection:
        await experiments.stop(connection, "acme", Stop("hours", "late", None, "anne", "too late", NOW))
        stops = (await experiments.stops(connection, "acme")).get("hours", GOES_ON)
    assert (stops.whole, list(stops.arms)) == (None, ["late"])
    # Whoever is drawn for it enters nothing, whoever is drawn for another arm gets that one: nobody is drawn anew.
    assert [await stands(store, each) for each in cases] == [
        [one for one in each if one.arm != "late"] for each in before
    ]
    assert await stands(store, cases[0]) == []
    async with store.database.transaction() as connection:
        await experiments.stop(connection, "acme", Stop("hours", None, "early", "anne", "enough", NOW))
        assert (await experiments.stops(connection, "acme"))["hours"] == Stops(
            Stop("hours", None, "early", "anne", "enough", NOW), stops.arms
        )
    assert await stands(store, cases[0]) == [InExperiment("hours", "early")]


async def test_the_arm_is_written_with_the_first_decision_and_the_second_invoice_has_it_too(store: Store) -> None:
    first, second = await store.invoice("1001"), await store.invoice("1002", reference=None)
    await tries(store)
    one = await planned(store, first)
    (kept,) = await store.rows(ASSIGNED)
    (pinned,) = await store.rows("select policy_hash from dunning_case where id = :case", case=first)
    assert one.case.facts.arms == (InExperiment("calls", kept.arm, assigned=False),)
    assert (kept.experiment, kept.policy_hash, kept.share) == ("calls", pinned.policy_hash, Decimal("0.5"))
    for case in (first, second):  # again, and of the debtor's other invoice
        assert (await planned(store, case)).case.facts.arms == (InExperiment("calls", kept.arm),)
    assert await store.rows(ASSIGNED) == [kept]


async def test_a_policy_of_another_text_keeps_the_arm_where_it_has_one_of_the_name(store: Store) -> None:
    case = await store.invoice()
    await tries(store)
    await planned(store, case)
    (kept,) = await store.rows(ASSIGNED)
    await store.do(
        "update policy_text set text = replace(text, 'usual: 50 %, nothing: 50 %', 'usual: 1 %, nothing: 99 %')"
    )
    assert (await planned(store, case)).case.facts.arms == (InExperiment("calls", kept.arm),)
    assert await store.rows(ASSIGNED) == [kept]


async def test_policies_that_try_nothing_ask_for_nothing(store: Store) -> None:
    case = await store.invoice()
    await propose_for(store, case)
    assert (await planned(store, case)).case.facts.proposals == ()
    await tries(store, LEARNING)
    (proposal,) = (await planned(store, case)).case.facts.proposals
    assert (proposal.step, proposal.arm) == ("kind-call", Arm(clock=time(8)))
    assert await store.rows(ASSIGNED) == []


async def propose_for(store: Store, case: int) -> None:
    """Something is proposed for the call of a case."""
    version = await learned(store)
    new = NewProposal(case, 1, "kind-call", None, time(8), None, None, Decimal("0.9"), explored=False)
    async with store.database.transaction() as connection:
        assert await proposals.write(connection, version, [new], NOW) == 1
