"""Experiments are looked at every night: each debtor counts once, whatever reached them, and a worse arm is stopped."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from activities.look_at_experiments import LookAtExperiments
from commands.prediction import experiments as command
from commands.prediction.experiments import Effect, Stopping
from domain.experiments.result import Verdict
from domain.experiments.uplift import Helped, Uplift
from domain.parties.incoming_relation import IncomingRelation
from domain.policy.policy import Policy
from facts.parties import relations
from facts.prediction import experiment_looks, experiments
from facts.prediction.experiment_looks import Running
from facts.prediction.experiments import GOES_ON, Stop
from facts.refusals import Conflict, Unknown
from planning.service import Planning
from tests.store import LAWS, NOW, Store
from tests.trials import DAY, FOUR, LONG_BEFORE, owed_by, pay, policy, trying
from views.control import control
from views.prediction.experiments import Look, document, helped_in_words, look

PLANNING = Planning(LAWS)
RELATION = {"kind": "started", "on": "2025-01-01", "monthly_margin": "100", "currency": "NOK"}
WHOLE = Stopping()
MANY = """with many as (
  insert into debtor (creditor_id, key, customer_number, kind, name, name_key, language, country, address, protected_address,
    happened_at)
  select d.creditor_id, 'many ' || n, 'M-' || n, d.kind, d.name, d.name_key, d.language, d.country, d.address, false,
    d.happened_at
  from dunning_case c join debtor d on d.id = c.debtor_id cross join generate_series(1, :many) n where c.id = :like returning id)
insert into experiment_assignment (creditor_id, experiment, policy_hash, debtor_id, arm, share, assigned_at)
select a.creditor_id, a.experiment, a.policy_hash, m.id, a.arm, a.share, a.assigned_at from experiment_assignment a, many m"""
DURING = datetime.combine(DAY + timedelta(days=1), time(12), UTC)
DISPUTE = "insert into dispute (case_id, reason_code, by, happened_at) values (:case, 'wrong', 'debtor', :at)"


@pytest.fixture
async def tried(store: Store) -> Store:
    """A store in which a policy tries whether a nudge helps."""
    return await trying(store)


async def seen(store: Store, now: datetime = NOW, creditor: str = "acme", experiment: str = "nudged") -> Look:
    async with store.database.transaction() as connection:
        running = await experiment_looks.running(connection, creditor)
        stops = (await experiments.stops(connection, creditor)).get(experiment, GOES_ON)
    found = await look(
        store.database, PLANNING, next(each for each in running if each.experiment == experiment), stops, now
    )
    assert found is not None
    return found


async def stop(
    store: Store,
    what: Stopping = WHOLE,
    *,
    at: datetime = NOW,
    by: str = "anne",
    why: str = "it is summer",
    of: Policy | None = None,
) -> Effect:
    """Somebody stops the only experiment, or an arm of it."""
    text = of or policy()
    (experiment,) = text.experiments.values()
    step = text.steps[text.index[experiment.step]]
    async with store.database.transaction() as connection:
        return await command.stop(connection, "acme", experiment, step, what, by, why, at)


async def counted(store: Store, now: datetime = NOW) -> Mapping[str, tuple[int, int, int]]:
    """Of each arm how many debtors count, how many of them paid in time, and how many wait."""
    result = (await seen(store, now)).result
    return {each.arm.name: (each.arm.paid.debtors, each.arm.paid.came, each.arm.waiting) for each in result.arms}


async def look_at_all(store: Store) -> int:
    return await LookAtExperiments(store.database, PLANNING).look_at_experiments()


async def test_who_pays_within_the_days_counts_whether_or_not_anything_was_sent(tried: Store) -> None:
    for customer, arm, days in (("A", "usual", 3), ("B", "usual", 40), ("C", "nothing", 0), ("D", "nothing", -2)):
        await pay(tried, await owed_by(tried, customer, arm), days)
    await owed_by(tried, "E", "nothing")
    assert await counted(tried) == {"nothing": (2, 1, 0), "usual": (2, 1, 0)}  # D paid before its day


async def test_until_the_days_are_over_everybody_waits_and_before_its_day_nobody_has_come(tried: Store) -> None:
    await pay(tried, await owed_by(tried, "A", "usual"), 1)
    await owed_by(tried, "B", "nothing")
    for day, waiting in ((DAY - timedelta(days=1), 0), (DAY, 1), (DAY + timedelta(days=14), 1)):
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        assert await counted(tried, noon) == {"nothing": (0, 0, waiting), "usual": (0, 0, waiting)}


async def test_a_second_invoice_counts_no_second_time_and_money_that_came_late_counts_on_its_own_day(
    tried: Store,
) -> None:
    first = await owed_by(tried, "A", "usual")
    later = {"issue_date": date(2026, 4, 1), "due_date": date(2026, 4, 15)}
    await owed_by(tried, "A", None, number="N-2", **later)
    assert await counted(tried) == {"nothing": (0, 0, 0), "usual": (1, 0, 0)}
    await pay(tried, first, 5)
    assert await counted(tried) == {"nothing": (0, 0, 0), "usual": (1, 1, 0)}


async def test_an_invoice_that_came_to_the_step_before_its_debtor_was_in_an_arm_does_not_count(tried: Store) -> None:
    await owed_by(tried, "A", "usual", at=NOW - timedelta(days=1))
    assert await counted(tried) == {"nothing": (0, 0, 0), "usual": (0, 0, 0)}


async def test_who_objects_is_out_of_what_is_learned_and_another_creditors_debtors_never_were_in_it(
    tried: Store,
) -> None:
    await owed_by(tried, "A", "usual")
    await owed_by(tried, "A", "nothing", creditor="beta")
    assert await counted(tried) == {"nothing": (0, 0, 0), "usual": (1, 0, 0)}
    await tried.known("no profiling")
    assert await counted(tried) == {"nothing": (0, 0, 0), "usual": (0, 0, 0)}


async def test_an_arm_after_which_surely_more_dispute_is_stopped_by_itself_once_and_operators_are_told(
    tried: Store,
) -> None:
    for at in range(12):
        case = await owed_by(tried, f"U{at}", "usual")
        await owed_by(tried, f"N{at}", "nothing")
        when = datetime(2026, 4, 6, 8, tzinfo=UTC) if at < 11 else datetime(2026, 4, 4, 8, tzinfo=UTC)  # one was before
        await tried.do(DISPUTE, case=case, at=when)
    assert await look_at_all(tried) == 1
    assert await look_at_all(tried) == 0
    whole = (await seen(tried)).stops.whole
    assert whole is not None
    assert (whole.by, whole.arm) == ("purr", "nothing")
    assert whole.reason_code == "usual: surely more debtors dispute (11 here, 0 of nothing)"
    async with tried.database.transaction() as connection:
        (kept,) = await experiment_looks.last(connection, ["acme", "beta"])
        told = {each.check.name: each.found for each in await control(connection, LAWS, LAWS["NO"], None, NOW)}
    assert (kept.stopped_by, kept.result["arms"][1]["troubled"]["dispute"]) == ("purr", 11)
    assert [each.what for each in told["experiments that stopped"]] == ["acme: the experiment nudged stopped by itself"]


async def test_disputes_in_both_arms_alike_stop_nothing(tried: Store) -> None:
    for at in range(8):
        for arm in ("usual", "nothing"):
            case = await owed_by(tried, f"{arm}{at}", arm)
            await tried.do(DISPUTE, case=case, at=datetime(2026, 4, 6, 8, tzinfo=UTC))
    assert await look_at_all(tried) == 0
    assert (await seen(tried)).result.arms[1].verdict is Verdict.UNDECIDED


async def test_a_person_stops_an_experiment_once_and_another_creditors_of_the_same_name_goes_on(tried: Store) -> None:
    for creditor in ("acme", "beta"):
        await owed_by(tried, "A", "usual", creditor=creditor)
    with pytest.raises(Unknown, match="has no arm 'nobody': it has usual, nothing"):
        await stop(tried, Stopping(goes_on="nobody"))
    assert await stop(tried, Stopping(goes_on="usual")) == Effect(debtors=1, cases=1)
    with pytest.raises(Conflict, match="was stopped on 01 Jul 2026 10:00 UTC, by anne: it is summer"):
        await stop(tried, by="ola", why="again")
    assert (await seen(tried)).stops.whole is not None
    assert (await seen(tried, creditor="beta")).stops == GOES_ON


async def test_who_comes_to_the_step_on_the_day_on_which_it_was_stopped_or_after_it_does_not_count(
    tried: Store,
) -> None:
    await owed_by(tried, "A", "usual")
    await owed_by(tried, "B", "nothing", issue_date=date(2026, 4, 1), due_date=date(2026, 4, 15))
    assert await counted(tried) == {"nothing": (1, 0, 0), "usual": (1, 0, 0)}
    first, later = (datetime.combine(DAY + timedelta(days=days), time(12), UTC) for days in (0, 1))
    await stop(tried, at=later)
    assert await counted(tried) == {"nothing": (0, 0, 0), "usual": (1, 0, 0)}
    async with tried.database.transaction() as connection:
        await experiments.stop(connection, "acme", Stop("nudged", None, None, "ola", "on its own day", first))
    assert await counted(tried) == {"nothing": (0, 0, 0), "usual": (0, 0, 0)}


async def test_an_experiment_that_its_policy_has_no_more_is_left_alone(tried: Store) -> None:
    await owed_by(tried, "A", "usual")
    forgotten = Running("acme", "forgotten", policy().text_hash, 1)
    assert await look(tried.database, PLANNING, forgotten, GOES_ON, NOW) is None


async def test_what_is_kept_of_a_look_names_no_debtor(tried: Store) -> None:
    await owed_by(tried, "Kirsten", "usual")
    kept = document(await seen(tried))
    assert "Kirsten" not in str(kept)
    assert (kept["step"], kept["debtors_assigned"], kept["stopped"]) == ("nudge", 1, None)
    assert kept["arms"][0]["words"] == "nothing: nobody counted yet; the others are judged beside it"


async def test_whom_a_contact_helps_is_said_by_the_channel_that_goes_first_in_the_arm(tried: Store) -> None:
    await owed_by(tried, "A", "usual")
    found = [
        Uplift("consumer", 0.08, 0.03, 0.13, Helped.YES),
        Uplift("business", 0.0, -0.02, 0.02, Helped.NO),
        Uplift("estate", 0.0, -0.2, 0.2, Helped.UNKNOWN),
    ]
    looked = replace(await seen(tried), helped={"usual": found})
    assert list(helped_in_words(looked)) == [
        "consumer: helped by sms (in the arm usual): +3.0 to +13.0 points more pay in time than where nothing is sent",
        "business: not helped by sms (in the arm usual): -2.0 to +2.0 points, less than matters",
        "estate: not known whether helped by sms (in the arm usual): -20.0 to +20.0 points",
    ]
    assert [(each["channel"], each["helped"]) for each in document(looked)["helped"]] == [
        ("sms", Helped.YES),
        ("sms", Helped.NO),
        ("sms", Helped.UNKNOWN),
    ]


async def test_who_stands_on_a_later_page_counts_as_all_others_do_and_the_same_again_is_said_the_same(
    tried: Store,
) -> None:
    first = await owed_by(tried, "A", "usual")
    await tried.do(MANY, like=first, many=experiments.PAGE)
    await pay(tried, await owed_by(tried, "Z", "nothing"), 3)
    assert await counted(tried) == {"nothing": (1, 1, 0), "usual": (1, 0, 0)}
    assert document(await seen(tried)) == document(await seen(tried))


# --- an arm alone ----------------------------------------------------------------------------------------------

LATER = {"issue_date": date(2026, 4, 1), "due_date": date(2026, 4, 15)}  # thirty days after the others


@pytest.fixture
async def four(store: Store) -> Store:
    """A store in which a policy compares four arms."""
    return await trying(store, FOUR)


async def in_arm(store: Store, customer: str, arm: str, **changes: Any) -> int:
    return await owed_by(store, customer, arm, of=FOUR, **changes)


async def test_an_arm_is_stopped_alone_and_its_debtors_count_until_then_beside_those_of_the_same_time(
    four: Store,
) -> None:
    for arm in ("nothing", "usual", "kind", "late"):
        await pay(four, await in_arm(four, f"{arm}-1", arm), 3)
        await in_arm(four, f"{arm}-2", arm, **LATER)
    assert await stop(four, Stopping("late"), at=DURING, of=FOUR) == Effect(debtors=2, cases=2)
    found = await seen(four)
    assert {each.arm.name: (each.arm.paid.debtors, each.arm.paid.came) for each in found.result.arms} == {
        "nothing": (2, 1),
        "usual": (2, 1),
        "kind": (2, 1),
        "late": (1, 1),
    }
    late = found.result.arms[3].arm
    assert late.beside is not None
    assert (late.beside.name, late.beside.paid.debtors, late.beside.paid.came) == ("nothing", 1, 1)
    assert [each["stopped"] and each["stopped"]["by"] for each in document(found)["arms"]] == [None, None, None, "anne"]
    with pytest.raises(Conflict, match="late of nudged was stopped on"):
        await stop(four, Stopping("late"), of=FOUR)
    with pytest.raises(Conflict, match="late of nudged was stopped on"):
        await stop(four, Stopping(goes_on="late"), of=FOUR)
    assert await stop(four, Stopping(goes_on="kind"), of=FOUR) == Effect(debtors=6, cases=6)
    with pytest.raises(Conflict, match="nudged was stopped on"):
        await stop(four, Stopping("kind"), of=FOUR)


async def test_a_guard_rail_that_one_arm_breaks_stops_that_arm_alone_and_once(four: Store) -> None:
    for at in range(16):
        case = await in_arm(four, f"L{at}", "late")
        await four.do(DISPUTE, case=case, at=datetime(2026, 4, 6, 8, tzinfo=UTC))
    assert [await look_at_all(four) for _ in range(2)] == [1, 0]
    stops = (await seen(four)).stops
    assert (stops.whole, {arm: each.by for arm, each in stops.arms.items()}) == (None, {"late": "purr"})
    async with four.database.transaction() as connection:
        told = {each.check.name: each.found for each in await control(connection, LAWS, LAWS["NO"], None, NOW)}
        kept = (await experiment_looks.last(connection, ["acme"]))[0]
    assert [each.what for each in told["experiments that stopped"]] == [
        "acme: the arm late of the experiment nudged stopped by itself"
    ]
    assert (kept.stopped_by, kept.arms_stopped) == (None, {"late": "purr"})


async def test_where_the_step_as_it_is_written_breaks_a_guard_rail_all_of_it_stops(four: Store) -> None:
    for at in range(20):
        case = await in_arm(four, f"U{at}", "usual")
        await four.do(DISPUTE, case=case, at=datetime(2026, 4, 6, 8, tzinfo=UTC))
    assert await look_at_all(four) == 1
    stops = (await seen(four)).stops
    assert (stops.whole and stops.whole.arm, stops.arms) == ("nothing", {})


# --- whom the step is for --------------------------------------------------------------------------------------

AT_ITS_HOUR = datetime.combine(DAY, time(12), UTC)  # nine in Oslo, and each case has its turn in the hours after it


async def decides(store: Store, case: int, at: datetime = AT_ITS_HOUR) -> None:
    """The case, of which the plan's messages have gone out, looks at what it does next, and what that comes to is kept."""
    for step in ("invoice", "reminder"):
        sent = at - timedelta(days=6)
        await store.accept(await store.claim(case, step, at=sent), sent)
    async with store.database.transaction() as connection:
        await PLANNING.answer(connection, await PLANNING.plan(connection, case, at), at)


async def a_customer(store: Store, number: str) -> None:
    """They have been a customer for months, as the step asks."""
    event = RELATION | {"id": f"r-{number}", "customer_number": number}
    async with store.database.transaction() as connection:
        await relations.record(connection, "acme", IncomingRelation.model_validate(event), LONG_BEFORE)


async def test_whom_the_step_is_not_for_counts_in_no_arm_though_they_are_customers_later(tried: Store) -> None:
    for arm in ("usual", "nothing"):
        for customer in ("N", "C"):
            case = await owed_by(tried, f"{customer}-{arm}", arm)
            if customer == "C":
                await a_customer(tried, f"C-{arm}")
            await decides(tried, case)
    assert await counted(tried) == {"nothing": (1, 0, 0), "usual": (1, 0, 0)}
    for arm in ("usual", "nothing"):
        await a_customer(tried, f"N-{arm}")  # which is known too late
    assert await counted(tried) == {"nothing": (1, 0, 0), "usual": (1, 0, 0)}


async def test_what_was_found_after_the_day_of_the_step_leaves_nobody_out(tried: Store) -> None:
    late, never = await owed_by(tried, "A", "usual"), await owed_by(tried, "B", "nothing")
    await decides(tried, late, AT_ITS_HOUR + timedelta(days=1))
    kept = "select detail ->> 'for_others' from case_event where case_id = :case and kind = 'message_left_out'"
    assert await tried.one(kept, case=late) == "true"
    assert await tried.rows(kept, case=never) == []
    assert await counted(tried) == {"nothing": (1, 0, 0), "usual": (1, 0, 0)}


async def test_a_second_invoice_counts_where_the_step_was_not_for_them_at_the_first(tried: Store) -> None:
    await decides(tried, await owed_by(tried, "A", "usual"))
    second = await owed_by(tried, "A", None, number="N-2", issue_date=date(2026, 4, 1), due_date=date(2026, 4, 15))
    assert await counted(tried) == {"nothing": (0, 0, 0), "usual": (1, 0, 0)}
    await decides(tried, second, AT_ITS_HOUR + timedelta(days=30))
    assert await counted(tried) == {"nothing": (0, 0, 0), "usual": (0, 0, 0)}
