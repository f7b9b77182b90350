"""Calls: the most worth first, one person at a time, and what came of one moves its case by itself."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from commands.task import call
from commands.task.call import CallOutcome
from domain.planner.calls import TAKEN_FOR
from facts.operations.calls import Desk
from facts.refusals import CommandRefused, Unknown
from tests.begin import turn
from tests.store import NOW, PLANNING, Store
from tests.world import debtor
from views.calls import Call, list_calls, list_first_calls

ASKED = """
insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
select creditor_id, id, round, 'call', 'call', 'much is owed', :now from dunning_case where id = :case returning id
"""


class Room:
    """Agents who call."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, NOW

    async def call(self, number: str = "1001", **changes: Any) -> tuple[int, int]:
        """A case whose debtor is to be called: the call and the case."""
        case = await self.store.invoice(number, **changes)
        return await self.store.one(ASKED, case=case, now=NOW), case

    async def at(self, moment: datetime) -> None:
        """It is later."""
        self.now = moment
        await turn(self.store.database, moment)

    async def first(self, most: int, desk: Desk | None = None) -> tuple[list[Call], int]:
        """The first calls of a desk, and how many more wait."""
        async with self.store.database.transaction() as connection:
            return await list_first_calls(connection, PLANNING, [desk or Desk()], most)

    async def list(self, creditor: str | None = None) -> list[Call]:
        """What is on the list."""
        async with self.store.database.transaction() as connection:
            return await list_calls(connection, PLANNING, Desk(creditor))

    async def take(self, id: int, by: str = "anne", creditor: str | None = None) -> None:
        """Somebody takes a call."""
        async with self.store.database.transaction() as connection:
            await call.take(connection, PLANNING, Desk(creditor), id, by, self.now)

    async def link(self, id: int, by: str = "anne") -> None:
        """Somebody sends the way to pay."""
        async with self.store.database.transaction() as connection:
            await call.send_link(connection, PLANNING, Desk(), id, by, self.now)

    async def snooze(self, id: int, until: datetime, by: str = "anne") -> None:
        """Somebody puts a call off."""
        async with self.store.database.transaction() as connection:
            await call.snooze(connection, Desk(), id, by, until, self.now)

    async def ends(self, id: int, outcome: str, by: str = "anne", key: str = "", **told: Any) -> None:
        """A call ended so."""
        given = CallOutcome.model_validate({"task": id, "outcome": outcome, "by": by} | told)
        async with self.store.database.transaction() as connection:
            await call.outcome(connection, PLANNING, Desk(), given, key or str(uuid4()), self.now)


@pytest_asyncio.fixture
async def desk(store: Store) -> Room:
    return Room(store)


FRIDAY = date(2026, 7, 3)

# What was said → what then holds: (rows that tell it, in SQL), and whether the debtor is called again about it.
OUTCOMES: list[tuple[str, dict[str, Any], str, Any, bool]] = [
    ("paid", {}, "select reason_code, until from hold", [("says paid", datetime(2026, 7, 8, 7, tzinfo=UTC))], False),
    ("promised", {"on": FRIDAY}, "select pay_by, amount::text from promise", [(FRIDAY, "802.00")], False),
    ("promised", {"on": FRIDAY, "amount": "300"}, "select amount::text from promise", [("300.00",)], False),
    ("plan", {"months": 2}, "select state from instalment_plan", [("active",)], False),
    ("disputes", {"note": "never ordered"}, "select note from dispute", [("never ordered",)], False),
    ("disputes", {"amount": "100"}, "select amount::text from dispute", [("100.00",)], False),
    ("cannot pay", {}, "select until from hold", [(datetime(2026, 7, 15, 22, tzinfo=UTC),)], False),
    ("cannot pay", {}, "select kind from task where done_at is null", [("decision",)], False),
    ("wrong number", {}, "select state from contact_point where channel = 'sms'", [("wrong",)], False),
    ("wrong number", {}, "select kind from task where done_at is null", [("address",)], False),
    ("no answer", {}, "select outcome from call_try", [("no answer",)], True),
    ("do not call", {}, "select kind from life_event where kind = 'no calls'", [("no calls",)], False),
]


@pytest.mark.parametrize(("outcome", "told", "query", "holds", "again"), OUTCOMES)
async def test_what_came_of_a_call_moves_its_case(
    desk: Room, outcome: str, told: dict[str, Any], query: str, holds: Any, again: bool
) -> None:
    id, case = await desk.call(amount="802.00")
    await desk.take(id)
    await desk.ends(id, outcome, **told)
    assert [tuple(row) for row in await desk.store.rows(query)] == holds
    assert await desk.store.one("select done_at is null from task where kind = 'call'") is again
    told_in_diary = await desk.store.rows("select by, detail ->> 'outcome' from case_event where kind = 'call_outcome'")
    assert [tuple(row) for row in told_in_diary] == [("anne", outcome)]
    assert "task_done" in await desk.store.news(case)
    assert await desk.store.one("select count(*) from task where taken_by is not null") == 0


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("promised", {}, "`promised` needs on"),
    ("promised", {"on": date(2026, 6, 30)}, "is past"),
    ("promised", {"on": date(2027, 6, 30)}, "too far ahead"),
    ("promised", {"on": FRIDAY, "amount": "99999"}, "not possible"),
    ("plan", {}, "`plan` needs months"),
    ("plan", {"months": 48}, "not offered"),
    ("disputes", {"amount": "802.00"}, "no part of"),
    ("no answer", {"on": FRIDAY}, "`no answer` takes no on"),
    ("paid", {"months": 3}, "takes no months"),
    ("wrong number", {"number": "+4790000000"}, "not known of the debtor"),
]


@pytest.mark.parametrize(("outcome", "told", "why"), REFUSED)
async def test_what_cannot_be_is_refused_and_the_call_still_waits(
    desk: Room, outcome: str, told: dict[str, Any], why: str
) -> None:
    id, _ = await desk.call()
    with pytest.raises(CommandRefused, match=why):
        await desk.ends(id, outcome, **told)
    assert await desk.store.one("select count(*) from call_try") == 0
    assert [each.waits for each in await desk.list()] == [None]


async def test_of_two_agents_the_second_hears_who_is_at_the_debtor_also_about_another_invoice(desk: Room) -> None:
    first, _ = await desk.call("1001")
    second, _ = await desk.call("1002")
    await desk.take(first, "anne")
    await desk.take(first, "anne")
    for id in (first, second):
        with pytest.raises(CommandRefused, match="anne is at this debtor"):
            await desk.take(id, "kim")
    with pytest.raises(CommandRefused, match="anne is at this debtor"):
        await desk.ends(first, "no answer", "kim")
    with pytest.raises(CommandRefused, match="anne is at this debtor"):
        await desk.snooze(first, NOW + timedelta(days=1), "kim")
    await desk.at(NOW + TAKEN_FOR)
    await desk.take(first, "kim")


async def test_a_call_is_done_once_and_the_same_word_again_is_one(desk: Room) -> None:
    id, _ = await desk.call()
    for _ in range(2):
        await desk.ends(id, "promised", key="the-same", on=FRIDAY)
    assert await desk.store.one("select count(*) from promise") == 1
    for act in (desk.ends(id, "paid"), desk.take(id)):
        with pytest.raises(CommandRefused, match=f"call {id} is done: promised, by anne"):
            await act


async def test_a_closed_case_an_earlier_round_and_another_creditor_are_refused(desk: Room) -> None:
    id, _ = await desk.call()
    with pytest.raises(Unknown, match=f"no call {id}"):
        await desk.take(id, creditor="beta")
    await desk.store.do("update dunning_case set round = 2")
    with pytest.raises(CommandRefused, match="has begun anew"):
        await desk.take(id)
    await desk.store.do("update dunning_case set round = 1, state = 'closed', outcome = 'paid'")
    with pytest.raises(CommandRefused, match="closed"):
        await desk.take(id)
    with pytest.raises(CommandRefused, match="closed"):
        await desk.ends(id, "no answer")
    assert await desk.list() == []


async def test_nobody_answers_until_the_policy_has_enough_each_time_at_another_hour(desk: Room) -> None:
    id, _ = await desk.call()
    hours = []
    for _ in range(3):
        hours.append(desk.now.hour)
        await desk.ends(id, "no answer")
        (waits,) = [each.next_at for each in await desk.list()] or [None]
        if waits is not None:
            assert waits.date() > desk.now.date()
            await desk.at(waits)
    assert len(set(hours)) == 3
    assert await desk.list() == []
    assert await desk.store.one("select result from task") == "no answer"


@pytest.mark.parametrize(
    ("kind", "may"), [("no calls", False), ("minor", False), ("deceased", False), ("insolvent", False), ("born", True)]
)
async def test_who_may_not_be_called_is_not_called(desk: Room, kind: str, may: bool) -> None:
    id, _ = await desk.call()
    await desk.store.known(kind, "1980-01-01" if kind == "born" else None)
    assert [each.waits is None for each in await desk.list()] == [may]
    if not may:
        with pytest.raises(CommandRefused, match="is not made"):
            await desk.take(id)


async def test_nobody_is_called_at_night_while_a_case_is_held_or_without_a_number(desk: Room) -> None:
    id, case = await desk.call()
    await desk.store.command(case, "hold")
    assert [each.waits for each in await desk.list()] == ["on hold: test"]
    await desk.store.command(case, "release")
    await desk.at(NOW.replace(hour=22))
    with pytest.raises(CommandRefused, match="nobody is called now"):
        await desk.take(id)
    await desk.store.do("update contact_point set state = 'wrong' where channel in ('sms', 'phone')")
    assert [each.waits for each in await desk.list()] == ["no number is known that works"]


async def test_nobody_is_called_on_a_holiday_of_the_region_where_they_live(desk: Room) -> None:
    id, _ = await desk.call()
    await desk.at(datetime(2027, 6, 9, 9, tzinfo=UTC))  # a Wednesday, noon in Finland
    lives = "update debtor set country = 'FI', address = jsonb_build_array(cast(:place as text))"
    await desk.store.do(lives, place="22100 MARIEHAMN")
    with pytest.raises(CommandRefused, match="nobody is called now: from 10 Jun 2027 08:00 on"):
        await desk.take(id)
    await desk.store.do(lives, place="00100 HELSINKI")
    await desk.take(id)


async def test_a_call_is_put_off_to_an_exact_moment(desk: Room) -> None:
    id, _ = await desk.call()
    until = datetime(2026, 7, 2, 12, 34, 56, tzinfo=UTC)
    await desk.snooze(id, until)
    assert [(each.waits, each.next_at) for each in await desk.list()] == [("it is tried later", until)]
    await desk.at(until)
    assert [each.waits for each in await desk.list()] == [None]
    with pytest.raises(CommandRefused, match="is past"):
        await desk.snooze(id, until)


async def test_do_not_call_ends_every_call_to_the_debtor(desk: Room) -> None:
    first, _ = await desk.call("1001")
    second, _ = await desk.call("1002")
    await desk.ends(first, "do not call")
    assert await desk.list() == []
    with pytest.raises(CommandRefused, match=f"call {second} is done: do not call"):
        await desk.take(second)


async def test_the_most_worth_is_first_and_a_creditor_sees_its_own(desk: Room) -> None:
    small, _ = await desk.call("1001", amount="500.00")
    large, _ = await desk.call("1002", amount="5000.00")
    assert [each.id for each in await desk.list()] == [large, small]
    assert await desk.list("beta") == []


async def test_the_first_of_many_are_those_of_the_whole_list_though_few_are_looked_at(desk: Room) -> None:
    calls = [
        await desk.call(
            str(1000 + n), amount=f"{n * 100}.00", debtor=debtor(customer_number=f"K-{n}", name=f"Kunde {n}")
        )
        for n in range(1, 9)
    ]
    unsure, _ = calls[-1]
    await desk.ends(unsure, "no answer")
    await desk.at(NOW + timedelta(days=1))
    taken, _ = calls[0]
    await desk.take(taken, "anne")
    whole = await desk.list()
    for most in range(1, 10):
        first, more = await desk.first(most)
        may = [each for each in first if each.waits is None]
        assert may[:most] == [each for each in whole if each.waits is None][:most]
        assert taken in {each.id for each in first}
        assert more == len(whole) - len(first)
    assert (await desk.first(1))[1] >= 5
    assert await desk.first(1, Desk("beta")) == ([], 0)


async def test_who_says_paid_on_the_phone_is_in_the_thread_and_its_money_is_searched(desk: Room) -> None:
    id, case = await desk.call()
    await desk.ends(id, "paid", key="once", note="paid on Monday")
    await desk.ends(id, "paid", key="once", note="paid on Monday")
    replies = await desk.store.rows("select channel, meaning, taken_by, text, done_by from reply")
    assert [tuple(row) for row in replies] == [("phone", "paid", "anne", "paid on Monday", "anne")]
    assert (await desk.store.load(case)).facts.unread_reply is None


LATER = timedelta(minutes=5)
NOT_SENT: list[tuple[str, str]] = [
    (
        "insert into hold (case_id, by, reason_code, happened_at) select id, 'x', 'x', :now from dunning_case",
        "on hold",
    ),
    ("update contact_point set state = 'wrong'", "the link does not leave now"),
]


async def test_the_way_to_pay_leaves_by_sms_while_the_debtor_is_on_the_phone(desk: Room) -> None:
    id, case = await desk.call()
    await desk.take(id)
    await desk.link(id)
    async with desk.store.database.transaction() as connection:
        plan = await PLANNING.plan(connection, case, desk.now + LATER)
        assert (plan.action.step or "").startswith("payment-link#")
        assert (plan.action.channel, plan.action.at) == ("sms", desk.now + LATER)
        tomorrow = await PLANNING.plan(connection, case, desk.now + timedelta(days=1))
        assert not (tomorrow.action.step or "").startswith("payment-link#")
    with pytest.raises(CommandRefused, match="anne is at this debtor"):
        await desk.link(id, "kim")


@pytest.mark.parametrize(("fact", "why"), NOT_SENT)
async def test_a_link_that_cannot_leave_at_once_is_refused_and_nothing_is_kept(desk: Room, fact: str, why: str) -> None:
    id, _ = await desk.call()
    await desk.store.do(fact, **({"now": NOW} if ":now" in fact else {}))
    with pytest.raises(CommandRefused, match=why):
        await desk.link(id)
    assert await desk.store.one("select count(*) from case_event where kind = 'payment_link_asked'") == 0


async def test_of_many_agents_at_the_same_moment_one_has_the_debtor(desk: Room) -> None:
    calls = [(await desk.call(number))[0] for number in ("1001", "1002")]
    tried = [desk.take(id, by) for by in ("anne", "kim", "ola") for id in calls]
    came = await asyncio.gather(*tried, return_exceptions=True)
    assert {type(each) for each in came} <= {type(None), CommandRefused}
    assert len(await desk.store.rows("select distinct taken_by from task where taken_by is not null")) == 1


async def test_of_the_same_word_sent_at_the_same_moment_one_is_recorded(desk: Room) -> None:
    id, _ = await desk.call()
    came = await asyncio.gather(*(desk.ends(id, "promised", key="same", on=FRIDAY) for _ in range(3)))
    assert came == [None] * 3
    assert await desk.store.one("select count(*) from promise") == 1
    assert await desk.store.one("select count(*) from call_try") == 1


LOOK = """
insert into experiment_look (creditor_id, experiment, result, happened_at)
select creditor_id, 'called', jsonb_build_object('policy', p.name, 'step', 'call', 'helped',
  jsonb_build_array(jsonb_build_object('arm', 'usual', 'kind', 'consumer', 'helped', cast(:helped as text)))), :at
from dunning_case c join policy_text p on p.hash = c.policy_hash where c.id = :case
"""
PERS = {"name": "Firma AS", "customer_number": "K-30", "email": "post@firma.example", "phone": "+4791234500"}


async def two_calls(desk: Room) -> tuple[int, int, int]:
    """Calls to a person who owes more and to a firm that owes less, and the case of the first."""
    person, case = await desk.call(amount=Decimal("9000.00"))
    firm, _ = await desk.call("2002", amount=Decimal("900.00"), reference=None, debtor=debtor(**PERS))
    await desk.store.do("update debtor set kind = 'business' where customer_number = 'K-30'")
    return person, firm, case


@pytest.mark.parametrize(("helped", "first"), [("not helped", "firm"), ("helped", "person"), ("not known", "person")])
async def test_whom_calls_do_not_help_stands_below_the_others_and_it_says_why(
    desk: Room, helped: str, first: str
) -> None:
    person, firm, case = await two_calls(desk)
    await desk.store.do(LOOK, case=case, helped=helped, at=NOW - timedelta(days=1))
    listed = await desk.list()
    assert [each.id for each in listed] == ([firm, person] if first == "firm" else [person, firm])
    assert [each.id for each in (await desk.first(5))[0]] == [each.id for each in listed]
    said = {each.id: each.helps for each in listed}
    assert (said[person] is None) == (helped == "not known")
    assert said[firm] is None  # of businesses the experiment knows nothing


@pytest.mark.parametrize(("owes", "first"), [("1120.00", "person"), ("1130.00", "firm")])
async def test_whom_calls_help_comes_before_others_by_a_quarter_and_no_more(desk: Room, owes: str, first: str) -> None:
    firm, _ = await desk.call("2002", amount=Decimal(owes), reference=None, debtor=debtor(**PERS))
    person, case = await desk.call(amount=Decimal("900.00"))
    await desk.store.do("update debtor set kind = 'business' where customer_number = 'K-30'")
    await desk.store.do(LOOK, case=case, helped="helped", at=NOW - timedelta(days=1))
    listed = await desk.list()
    assert [each.id for each in listed] == ([person, firm] if first == "person" else [firm, person])
    assert next(each.id for each in (await desk.first(1))[0]) == listed[0].id
    assert "a quarter more" in (next(each.helps for each in listed if each.id == person) or "")


async def test_of_few_calls_one_that_helps_nobody_keeps_none_from_being_looked_at(desk: Room) -> None:
    person, firm, case = await two_calls(desk)
    await desk.store.do(LOOK, case=case, helped="not helped", at=NOW - timedelta(days=1))
    assert [each.id for each in (await desk.first(1))[0]] == [firm, person]


async def test_an_old_look_another_creditors_and_one_at_who_objects_move_nothing(desk: Room) -> None:
    person, firm, case = await two_calls(desk)
    await desk.store.do(LOOK, case=case, helped="not helped", at=NOW - timedelta(days=8))
    assert [each.id for each in await desk.list()] == [person, firm]
    await desk.store.do(LOOK, case=case, helped="not helped", at=NOW - timedelta(days=1))
    await desk.store.known("no profiling")
    assert [(each.id, each.helps) for each in await desk.list()] == [(person, None), (firm, None)]
