"""What Purr left to chance is told as choices: whole ways, each with how probable it was, also where nothing was sent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pytest

from domain.learned.arms import Arm
from domain.learned.choices import Choice
from domain.policy.policy import Tone
from domain.vocabulary import Channel
from facts.prediction import experiments
from facts.prediction.experiments import Stop
from facts.prediction.proposals import NewProposal
from prediction.effects.choices import choices_of
from prediction.history.chosen import with_choices
from prediction.history.own import own_past
from tests.facts.prediction.test_proposals import propose
from tests.store import NOW, PLANNING, Store
from tests.trials import DAY, FOUR, LONG_BEFORE, owed_by, pay, trying
from views.prediction.tried import choices_tried

MIDNIGHT = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC) - timedelta(hours=2)  # in Oslo
LATER = {"issue_date": date(2026, 4, 1), "due_date": date(2026, 4, 15)}  # thirty days after the others
WRITTEN = Arm(Channel.SMS, time(9), Tone.KIND)


@pytest.fixture
async def tried(store: Store) -> Store:
    """A store in which a policy tries whether a nudge helps."""
    return await trying(store)


async def chosen(store: Store, now: datetime = NOW, creditor: str | None = None) -> Sequence[Choice]:
    return sorted(await choices_tried(store.database, PLANNING, now, creditor), key=lambda each: each.case)


async def test_an_arm_is_a_choice_from_the_day_of_its_step_also_where_nothing_was_sent(tried: Store) -> None:
    usual, nothing = await owed_by(tried, "A", "usual"), await owed_by(tried, "B", "nothing")
    await owed_by(tried, "B", None, number="second")
    await pay(tried, await owed_by(tried, "C", "usual"), -2)
    assert await chosen(tried) == [
        Choice(usual, "nudge", WRITTEN, Decimal("0.5"), MIDNIGHT),
        Choice(nothing, "nudge", Arm(held_out=True), Decimal("0.5"), MIDNIGHT),
    ]
    assert await chosen(tried, MIDNIGHT - timedelta(seconds=1)) == []
    assert await chosen(tried, creditor="beta") == []


async def test_what_came_after_the_experiment_was_stopped_was_not_left_to_chance(tried: Store) -> None:
    await owed_by(tried, "A", "usual")
    for at, left in ((MIDNIGHT + timedelta(days=1), 1), (MIDNIGHT, 0)):
        async with tried.database.transaction() as connection:
            await experiments.stop(connection, "acme", Stop("nudged", None, "usual", "anne", "enough", at))
        assert len(await chosen(tried)) == left


async def test_after_an_arm_was_stopped_alone_it_is_no_choice_any_more_and_the_others_are_more_probable(
    store: Store,
) -> None:
    await trying(store, FOUR)
    cases = {
        arm: [await owed_by(store, f"{arm}-{later}", arm, of=FOUR, **(LATER if later else {})) for later in (0, 1)]
        for arm in ("usual", "late")
    }
    async with store.database.transaction() as connection:
        await experiments.stop(
            connection, "acme", Stop("nudged", "late", None, "anne", "enough", MIDNIGHT + timedelta(days=1))
        )
    found = {each.case: each.propensity for each in await chosen(store)}
    # Written down were halves; of the later ones a fifth of the debtors is in no arm.
    half = Decimal("0.5")
    assert found == {cases["usual"][0]: half, cases["late"][0]: half, cases["usual"][1]: half / Decimal("0.8")}


async def test_nobody_who_objects_is_among_them(tried: Store) -> None:
    await owed_by(tried, "A", "usual")
    await tried.known("no profiling")
    assert await chosen(tried) == []


async def test_a_proposal_is_a_choice_of_how_the_step_was_sent_while_it_was_fresh(tried: Store) -> None:
    case = await owed_by(tried, "A", None)
    other = await tried.invoice("1001")  # of another policy, which has no such step
    old = NewProposal(case, 1, "reminder", None, None, None, None, Decimal("0.25"), explored=False)
    evening = replace(old, step="nudge", clock=time(18), propensity=Decimal("0.75"))
    await propose(tried, old, replace(old, round=2), evening, replace(evening, case=other))
    for each in (case, other):
        await tried.accept(await tried.claim(each, "nudge", Channel.SMS), at=NOW)
    await tried.accept(await tried.claim(case), at=NOW + timedelta(days=8))
    assert await chosen(tried) == [Choice(case, "nudge", replace(WRITTEN, clock=time(18)), Decimal("0.75"), NOW)]


async def test_a_past_has_them_as_what_was_chosen_and_knows_nothing_of_them_before(tried: Store) -> None:
    case = await owed_by(tried, "A", "nothing")
    await tried.do("update invoice set happened_at = :at", at=LONG_BEFORE)
    async with tried.database.snapshot() as connection:
        past = await own_past(connection, NOW)
    choices = [*await chosen(tried), Choice(case + 1000, "nudge", WRITTEN, Decimal(1), MIDNIGHT)]
    found = choices_of(with_choices(past, choices))
    assert (found.step.meanings, found.way.meanings, found.propensity.tolist()) == (("nudge",), ("none",), [0.5])
    assert str(found.at[0]) == MIDNIGHT.strftime("%Y-%m-%dT%H:%M:%S")
    early = past.as_of(np.datetime64("2026-03-30T00:00:00"))
    assert len(with_choices(early, choices).events) == len(early.events)
