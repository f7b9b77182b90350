"""How contacts that come soon may go is proposed each night: by what is in use, within the policy, for nobody who objects."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from activities.propose_contacts import ProposeContacts
from commands.prediction import choice
from domain.learned.choices import Choice
from domain.policy.loader import load_policy
from domain.policy.policy import Policy
from domain.vocabulary import Channel
from facts.database import Database
from facts.prediction.versions import Trained
from planning.service import Planning
from prediction.contacts import learning
from prediction.contacts.effects import ALL, Effect, Effects
from prediction.history.past import Past
from tests.begin import turn
from tests.guesses import learned
from tests.store import LAWS, NOW, TODAY, Store

POLICY = """\
name: no-learning
country: NO
steps:
  - {id: invoice, at: issue date, message: invoice, reach: [email]}
  - {id: reminder, at: due date + 14 days, message: reminder, reach: [email], deadline: 14 days}
  - id: nudge
    at: due date + 20 days 18:00
    message: reminder
    reach: [sms, email]
    read_within: 1 day
    when: {customer_for: 1 month}
    learn: {hour: {from: "08:00", to: "20:00"}, explore: 20 %}
"""
PLANNING = Planning(LAWS)
BEFORE = datetime(2026, 4, 3, 2, tzinfo=UTC)  # the nudge is on 5 April: invoices are due on 16 March
PROPOSED = (
    "select case_id, round, step, channel, clock, tone, propensity, explored, version_id from step_proposal order by 1"
)


class MorningRoom:
    """The room of learning as it is, over a past in which, as a test says, the morning is better or nothing is known."""

    def __init__(self, better: float | None = 0.1) -> None:
        self.better = better

    async def read_past(self, database: Database, now: datetime, tried: Sequence[Choice]) -> Past:
        return await learning.read_past(database, now, tried)

    def is_due(self, last: Any, now: datetime) -> bool:
        return learning.is_due(last, now)

    def learned(self, past: Past) -> Trained | str:
        if self.better is None:
            return learning.learned(past)
        effects = Effects(
            {
                (ALL, "clock", "18:00"): Effect(0.0, 0.0001),
                (ALL, "clock", "10:00"): Effect(self.better, 0.0001),
                (ALL, "clock", "07:00"): Effect(2 * self.better, 0.0001),
            },
            1000,
        )
        hash = f"{self.better}"
        return Trained("contacts", hash, learning.code_hash(), learning.figures(effects), effects.to_bytes())

    def is_readable(self, weights: bytes) -> bool:
        return learning.is_readable(weights)

    def proposer(self, weights: bytes, version: int) -> Any:
        return learning.proposer(weights, version)


@pytest.fixture
async def learns(store: Store) -> Store:
    """A store with a policy that lets the hour of a nudge be learned."""
    await store.do(
        "insert into policy_text (hash, name, text, happened_at) values (:hash, 'no-learning', :text, :now)",
        hash=policy().text_hash,
        text=POLICY,
        now=NOW,
    )
    await turn(store.database, BEFORE)
    return store


def policy() -> Policy:
    return load_policy(POLICY, "no-learning.yaml", LAWS, on=TODAY)


async def cases(store: Store, many: int) -> list[int]:
    """Cases of as many debtors under the policy."""
    found = [await store.invoice(f"N-{at}", reference=None) for at in range(many)]
    await store.do("update dunning_case set policy_hash = :hash", hash=policy().text_hash)
    return found


async def a_night(store: Store, room: MorningRoom | None = None) -> tuple[str, int]:
    """What was learned, in words, and how many proposals are new."""
    acts = ProposeContacts(store.database, PLANNING, room or MorningRoom())
    return await acts.learn_what_helps(), await acts.propose_contacts()


async def proposed(store: Store) -> Sequence[Any]:
    return await store.rows(PROPOSED)


async def test_the_better_hour_is_proposed_with_how_probable_it_was_and_now_and_then_another(learns: Store) -> None:
    many = await cases(learns, 30)
    said, new = await a_night(learns)
    assert said.startswith("learned; 1 of 1 parts have a value that is surely better than another; in use: version ")
    found = await proposed(learns)
    assert new == 30
    assert [row.case_id for row in found] == many
    assert {(row.round, row.step, row.channel, row.tone) for row in found} == {(1, "nudge", None, None)}
    likely = {str(row.clock): row.propensity for row in found}
    assert likely == {"10:00:00": Decimal("0.9"), "None": Decimal("0.1")}  # 07:00 lies outside of its bounds
    assert sum(str(row.clock) == "10:00:00" for row in found) > 20


async def test_the_same_night_again_proposes_nothing_new(learns: Store) -> None:
    await cases(learns, 5)
    await a_night(learns)
    before = await proposed(learns)
    said, new = await a_night(learns)
    assert (said.partition(";")[0], new) == ("not due", 0)
    assert await proposed(learns) == before


async def test_where_nothing_is_better_only_the_lot_goes_otherwise(learns: Store) -> None:
    await cases(learns, 30)
    said, _ = await a_night(learns, MorningRoom(better=0.0))
    assert said.startswith("learned; 0 of 1 parts")
    assert all(row.explored for row in await proposed(learns) if row.clock is not None)


async def test_too_little_known_proposes_nothing_and_says_so(learns: Store) -> None:
    await cases(learns, 3)
    said, new = await a_night(learns, MorningRoom(better=None))
    assert said.startswith("nothing is learned: nothing can be said of contacts")
    assert (new, await proposed(learns)) == (0, [])


async def test_whoever_objects_gets_no_proposal_and_who_objects_later_has_none_left(learns: Store) -> None:
    await cases(learns, 2)
    await learns.known("no profiling")
    assert (await a_night(learns))[1] == 0


@pytest.mark.parametrize("days", [-4, 2, 10])
async def test_only_what_comes_within_days_is_proposed_of(learns: Store, days: int) -> None:
    await cases(learns, 1)
    await turn(learns.database, BEFORE + timedelta(days=days))
    assert (await a_night(learns))[1] == 0


async def test_after_the_model_is_retired_nothing_new_is_proposed(learns: Store) -> None:
    await cases(learns, 2)
    acts = ProposeContacts(learns.database, PLANNING, MorningRoom())
    await acts.learn(at_once=True)
    async with learns.database.transaction() as connection:
        await choice.retire(connection, "contacts", "anne", "in doubt", BEFORE)
    assert await acts.propose() == 0
    assert (await acts.learn(at_once=True)).endswith("in use: retired; nothing learned; in doubt, by anne")
    assert await acts.propose() == 0


async def test_a_case_that_is_closed_or_of_another_policy_is_left_alone(learns: Store) -> None:
    one, other = await cases(learns, 2)
    await learns.do("update dunning_case set state = 'closed', outcome = 'paid' where id = :case", case=one)
    await learns.do(
        "update dunning_case set policy_hash = (select hash from policy_text where hash <> :hash limit 1) where id = :case",
        hash=policy().text_hash,
        case=other,
    )
    assert (await a_night(learns))[1] == 0


# What one case went through, for as many others, each of a debtor of its own: every second one in the morning, and more paid.
MANY = """
with one as materialized (select c.id, c.invoice_id, c.debtor_id, v.delivery_id from dunning_case c
  join delivery_case v on v.case_id = c.id and v.step = 'nudge' where c.id = :case),
n as materialized (select n, 100000 + n as id, n % 2 = 0 as early, n % 10 < case when n % 2 = 0 then 8 else 3 end as pays
  from generate_series(1, :many) n),
debtors as (insert into debtor select (jsonb_populate_record(d, jsonb_build_object('id', n.id, 'key', 'M-' || n))).*
  from debtor d join one on one.debtor_id = d.id cross join n),
invoices as (insert into invoice select (jsonb_populate_record(i, jsonb_build_object('id', n.id, 'number', 'M-' || n,
    'debtor_id', n.id))).* from invoice i join one on one.invoice_id = i.id cross join n),
cases as (insert into dunning_case (id, creditor_id, invoice_id, debtor_id, policy_hash, round, news_seq, state, happened_at)
  select n.id, creditor_id, n.id, n.id, policy_hash, 1, 0, 'closed', happened_at
  from dunning_case join one using (id) cross join n),
sent as (insert into delivery select (jsonb_populate_record(v, jsonb_build_object('id', md5('d' || n), 'serial', n.id,
    'debtor_id', n.id))).* from delivery v join one on one.delivery_id = v.id cross join n),
of_case as (insert into delivery_case select (jsonb_populate_record(v, jsonb_build_object('delivery_id', md5('d' || n),
    'case_id', n.id))).* from delivery_case v join one on one.id = v.case_id and v.step = 'nudge' cross join n),
proposed as (insert into step_proposal (case_id, round, step, clock, propensity, explored, version_id, proposed_at)
  select n.id, 1, 'nudge', case when early then time '10:00' end, 0.5, true, :version, :day_before from n),
money as (insert into incoming_payment (creditor_id, source, source_id, amount, currency, booked_on, state, happened_at)
  values ('acme', 'bank', 'all', 802, 'NOK', :paid_on, 'booked', :paid_at) returning id)
insert into ledger_entry (creditor_id, invoice_id, payment_id, kind, part, amount, currency, booked_on, source, source_id,
  happened_at)
select 'acme', n.id, money.id, 'payment', 'principal', -802, 'NOK', :paid_on, 'bank', 'm' || n, :paid_at from n, money where pays
"""


async def test_what_came_of_its_own_proposals_teaches_it_what_to_propose(learns: Store) -> None:
    (case,) = await cases(learns, 1)
    went = BEFORE - timedelta(days=60)
    await learns.do("update invoice set happened_at = :at", at=went - timedelta(days=30))
    await learns.accept(await learns.claim(case, "nudge", Channel.SMS, at=went), at=went)
    days = {"day_before": went - timedelta(days=1), "paid_on": (went + timedelta(days=3)).date()}
    many = {"many": 400, "version": await learned(learns, at=went), "paid_at": went + timedelta(days=3)}
    await learns.do(MANY, case=case, **days, **many)
    await learns.do("update dunning_case set state = 'closed' where id = :case", case=case)
    new = await learns.invoice("N-new", reference=None)
    await learns.do("update dunning_case set policy_hash = :hash where id = :case", hash=policy().text_hash, case=new)
    said, count = await a_night(learns, MorningRoom(better=None))
    assert said.startswith("learned; ")
    assert count == 1
    assert [(row.case_id, str(row.clock)) for row in await proposed(learns) if row.case_id == new] == [
        (new, "10:00:00")
    ]
