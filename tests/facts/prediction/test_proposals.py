"""A proposal is kept once for a step of a round, counts while it is fresh and its model is used, and goes with an objection."""

from datetime import datetime, time, timedelta
from decimal import Decimal

from domain.learned.arms import Arm, Proposal
from domain.policy.policy import Tone
from domain.vocabulary import Channel
from facts.prediction import proposals, scores
from facts.prediction.proposals import NewProposal
from tests.guesses import learned
from tests.store import NOW, Store

SMS = NewProposal(0, 1, "nudge", "sms", time(18), "kind", "quick", Decimal("0.85"), explored=False)
ARM = Arm(Channel.SMS, time(18), Tone.KIND, "quick")


async def propose(store: Store, *new: NewProposal, name: str = "first", at: datetime = NOW) -> int:
    """Keep proposals by what was learned under a name."""
    version = await learned(store, name)
    async with store.database.transaction() as connection:
        return await proposals.write(connection, version, new, at)


async def read(store: Store, case: int, now: datetime = NOW) -> list[Proposal]:
    """What may be used of a case."""
    async with store.database.transaction() as connection:
        return list(await proposals.of_case(connection, case, now))


def of(case: int, step: str = "nudge", round_: int = 1) -> NewProposal:
    return NewProposal(case, round_, step, *(getattr(SMS, each) for each in FIELDS))


FIELDS = ("channel", "clock", "tone", "content", "propensity", "explored")


async def test_what_is_proposed_first_of_a_step_of_a_round_stays(store: Store) -> None:
    case = await store.invoice()
    assert await propose(store, of(case), of(case, "call")) == 2
    later = NOW + timedelta(days=1)
    assert await propose(store, of(case), of(case, round_=2), at=later) == 1
    assert await read(store, case, later) == [
        Proposal(1, "call", ARM, NOW),
        Proposal(1, "nudge", ARM, NOW),
        Proposal(2, "nudge", ARM, later),
    ]


async def test_it_counts_for_seven_days_and_not_before_it_is_made(store: Store) -> None:
    case = await store.invoice()
    await propose(store, of(case))
    assert len(await read(store, case, NOW + timedelta(days=7))) == 1
    assert await read(store, case, NOW + timedelta(days=7, seconds=1)) == []
    assert await read(store, case, NOW - timedelta(seconds=1)) == []


async def test_what_a_retired_model_proposed_counts_no_more(store: Store) -> None:
    case = await store.invoice()
    await propose(store, of(case))
    await store.do(
        """insert into model_choice (name, retired, by, reason_code, happened_at)
        values ('payment', true, 'anne', 'drifted', :at)""",
        at=NOW,
    )
    assert await read(store, case) == []


async def test_nothing_is_proposed_of_whoever_objects_and_nothing_kept(store: Store) -> None:
    case = await store.invoice()
    debtor: int = await store.one("select debtor_id from dunning_case")
    await propose(store, of(case))
    await store.known("no profiling")
    assert await read(store, case) == []
    assert await propose(store, of(case, "call")) == 0
    async with store.database.transaction() as connection:
        await scores.erase(connection, debtor)
    assert await store.rows("select id from step_proposal") == []


async def test_nothing_is_proposed_of_a_closed_case(store: Store) -> None:
    case = await store.invoice()
    await store.do("update dunning_case set state = 'closed'")
    assert await propose(store, of(case)) == 0
