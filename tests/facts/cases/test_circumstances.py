"""The view finds in the database what stands in the way, as the rules know it: for any facts, and each at its door."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from config.files import read_laws, read_policies
from domain.agreements.instalments import Instalment
from domain.agreements.promises import Promise
from domain.money.matching.ranking import PAUSES
from domain.planner.case_facts import ActivePlan, Circumstances, HandOffState
from domain.planner.obstacles import obstacles
from domain.vocabulary import Channel
from facts.cases.circumstances import COLUMNS, circumstances
from facts.cases.load import load_cases
from facts.database import Database
from facts.invoices.intake import Intake
from facts.parties.creditors import register
from tests.domain.builders import known
from tests.store import NOW, TODAY, Store
from tests.world import SPRING, creditor, debtor, invoice

_numbers = count(1)
LAWS = read_laws()
CALENDAR = LAWS["NO"].calendar
INTAKE = Intake(read_policies(LAWS, TODAY), LAWS)
OWED = Decimal("802.00")
VIEW = text(f"select c.id, {COLUMNS} from circumstances c where c.id = any(:cases) order by c.id")
BY = "'ola', 'test'"


@dataclass(frozen=True)
class Story:
    """What happened around one case; hours and days count from now."""

    contradicted: bool
    closed: bool
    withdrawn: bool
    stop: tuple[str, int] | None  # why, and how many days after the invoice was issued
    holds: Sequence[tuple[int | None, bool]]  # until, released
    dispute: tuple[Decimal | None, bool] | None  # the part, resolved
    attempts: Sequence[tuple[str, int]]  # state, hours ago
    candidates: Sequence[tuple[int, str, int]]  # score, state of the money, days ago
    replies: Sequence[tuple[int, bool, bool]]  # hours ago, read, about this case
    promises: Sequence[tuple[int, int, bool]]  # made days ago, to be paid in days, withdrawn
    plan: str | None
    hand_offs: Sequence[str]

    def expected(self, stops: tuple[str, ...], channels: frozenset[Channel]) -> Circumstances:
        """What stands in the way of it, told from the story itself."""
        open_holds = [until for until, released in self.holds if not released]
        ends = [until for until in open_holds if until is not None]
        part = self.dispute[0] if self.dispute and not self.dispute[1] else Decimal(0)
        begun = [hours for state, hours in self.attempts if state in ("started", "processing")]
        waiting = [days for score, state, days in self.candidates if score >= PAUSES and state == "review"]
        unread = [hours for hours, read, _ in self.replies if not read]
        sent = [state for state in self.hand_offs if state != "backed out"]
        return Circumstances(
            balance=OWED,
            contradiction="the balance that is kept is not what is booked" if self.contradicted else None,
            open=not self.closed,
            withdrawn=self.withdrawn,
            hand_off=HandOffState(sent[-1]) if sent else None,
            issue_date=SPRING,
            life=() if self.stop is None else (known(self.stop[0], since=SPRING + timedelta(days=self.stop[1])),),
            stops=stops,
            stopped_channels=channels,
            disputed=part is None,
            disputed_amount=part or Decimal(0),
            held=bool(open_holds),
            held_until=NOW + timedelta(hours=max(ends)) if ends and None not in open_holds else None,
            hold_reason="test" if open_holds else None,
            paying_since=NOW - timedelta(hours=min(begun)) if begun else None,
            money_in_review=CALENDAR.local_date(NOW - timedelta(days=min(waiting))) if waiting else None,
            unread_reply=NOW - timedelta(hours=min(unread)) if unread else None,
            promises=tuple(
                Promise(number, TODAY + timedelta(days=ahead), OWED, TODAY - timedelta(days=ago), Decimal(0))
                for number, (ago, ahead, withdrawn) in enumerate(self.promises)
                if not withdrawn
            ),
            plan=ActivePlan(0, TODAY, PARTS, Decimal(0)) if self.plan == "active" else None,
        )


PARTS = (Instalment(1, date(2026, 8, 3), Decimal(401)), Instalment(2, date(2026, 9, 1), Decimal(401)))
hours = st.integers(-30, 30)
stories = st.builds(
    Story,
    contradicted=st.sampled_from([False, False, False, True]),
    closed=st.booleans(),
    withdrawn=st.booleans(),
    stop=st.none()
    | st.tuples(st.sampled_from(["deceased", "insolvent", "debt settlement", "other"]), st.integers(-1, 1)),
    holds=st.lists(st.tuples(st.none() | hours, st.booleans()), max_size=3),
    dispute=st.none() | st.tuples(st.none() | st.just(Decimal(100)) | st.just(OWED), st.booleans()),
    attempts=st.lists(
        st.tuples(st.sampled_from(["started", "processing", "paid", "failed"]), st.integers(0, 3)), max_size=2
    ),
    candidates=st.lists(
        st.tuples(st.sampled_from([PAUSES - 1, PAUSES, 99]), st.sampled_from(["review", "booked"]), st.integers(0, 9)),
        max_size=2,
    ),
    replies=st.lists(st.tuples(st.integers(1, 200), st.booleans(), st.booleans()), max_size=2),
    promises=st.lists(st.tuples(st.integers(0, 20), st.integers(-5, 9), st.booleans()), max_size=3),
    plan=st.none() | st.sampled_from(["active", "kept", "broken", "ended"]),
    hand_offs=st.lists(st.sampled_from([state.value for state in HandOffState]), max_size=2),
)
switches = st.lists(
    st.sampled_from(
        [
            ("everything", ""),
            ("policy", "no-gentle"),
            ("policy", "no-standard"),
            ("channel", "letter"),
            ("channel", "sms"),
        ]
    ),
    max_size=2,
    unique=True,
)


@settings(max_examples=max(settings().max_examples // 10, 1), database=None, suppress_health_check=list(HealthCheck))
@given(told=st.lists(stories, min_size=1, max_size=5), set_stops=switches)
def test_for_any_facts_the_view_and_the_planner_see_the_same_obstacles(
    facts_url: str, told: list[Story], set_stops: list[tuple[str, str]]
) -> None:
    seen, loaded = asyncio.run(_lived(facts_url, told, set_stops))
    stops = tuple(f"{scope} {key}".strip() for scope, key in set_stops if scope == "everything" or key == "no-gentle")
    channels = frozenset(Channel(key) for scope, key in set_stops if scope == "channel")
    for story, view, planner in zip(told, seen, loaded, strict=True):
        expected = _found(story.expected(stops, channels))
        assert (_found(view), _found(planner)) == (expected, expected)


def _found(facts: Circumstances) -> list[Any]:
    return list(obstacles(facts, CALENDAR, NOW, Decimal(50)))


async def _lived(
    url: str, told: Sequence[Story], set_stops: Sequence[tuple[str, str]]
) -> tuple[list[Circumstances], list[Circumstances]]:
    """What the view and the loaded cases say, once the stories have happened to the cases of a new creditor."""
    owner = f"c{next(_numbers)}"
    database = Database(url, pool_size=1)
    async with database.transaction() as connection:
        new = creditor(id=owner, organisation_number=None, accounts=(f"o-{owner}",))
        await register(connection, new, NOW)
    cases = []
    for number, story in enumerate(told):
        who = debtor(customer_number=f"K-{number}", name=f"Kari {number}")
        async with database.transaction() as connection:
            imported = await INTAKE.invoice(
                connection, invoice(str(number), creditor=owner, reference=None, debtor=who), NOW
            )
            assert imported.case_id is not None
            cases.append(imported.case_id)
            for statement, values in _happened(story):
                await connection.execute(
                    text(statement), {"case": imported.case_id, "owner": owner, "now": NOW, "today": TODAY} | values
                )
    async with database.transaction() as connection:
        for scope, key in set_stops:
            await connection.execute(
                text(
                    "insert into stop_switch (scope, key, creditor_id, by, reason_code, happened_at)"
                    f" values (:scope, :key, :owner, {BY}, :now)"
                ),
                {"scope": scope, "key": key, "owner": owner, "now": NOW},
            )
        seen = [circumstances(row) for row in (await connection.execute(VIEW, {"cases": cases})).all()]
        loaded: list[Circumstances] = [case.facts for case in await load_cases(connection, cases, NOW)]
    await database.close()
    return seen, loaded


def _happened(story: Story) -> list[tuple[str, dict[str, Any]]]:
    """The rows that a story leaves behind."""
    done: list[tuple[str, dict[str, Any]]] = [
        (
            "update dunning_case set state = :state, withdrawn_at = :withdrawn, interest = interest + :wrong where id = :case",
            {
                "state": "closed" if story.closed else "open",
                "withdrawn": NOW if story.withdrawn else None,
                "wrong": int(story.contradicted),
            },
        )
    ]
    if story.stop is not None:
        done.append(
            (
                "insert into life_event (debtor_id, kind, since, by, happened_at)"
                " select c.debtor_id, :why, i.issue_date + :days, 'anne', :now from invoice i"
                " join dunning_case c on c.invoice_id = i.id where c.id = :case",
                {"why": story.stop[0], "days": story.stop[1]},
            )
        )
    for until, released in story.holds:
        done.append(
            (
                "insert into hold (case_id, by, reason_code, until, released_at, happened_at)"
                f" values (:case, {BY}, :until, :released, :now)",
                {
                    "until": None if until is None else NOW + timedelta(hours=until),
                    "released": NOW if released else None,
                },
            )
        )
    if story.dispute is not None:
        done.append(
            (
                "insert into dispute (case_id, by, reason_code, amount, resolved_at, happened_at)"
                f" values (:case, {BY}, :amount, :resolved, :now)",
                {"amount": story.dispute[0], "resolved": NOW if story.dispute[1] else None},
            )
        )
    for state, ago in story.attempts:
        done.append(
            (
                "insert into payment_attempt (id, creditor_id, case_id, provider, amount, currency, state, refunded,"
                " ended_at, happened_at) values (:id, :owner, :case, 'vipps', 802, 'NOK', :state, 0, :at, :at)",
                {"id": uuid4(), "state": state, "at": NOW - timedelta(hours=ago)},
            )
        )
    for score, state, days in story.candidates:
        done.append(
            (
                "with money as (insert into incoming_payment (creditor_id, source, source_id, amount, currency, booked_on,"
                " state, happened_at) values (:owner, 'bank', :id, 802, 'NOK', :today, :state, :at) returning id)"
                " insert into review_candidate (payment_id, case_id, rank, score, reasons, happened_at)"
                " select id, :case, 1, :score, '[]', :at from money",
                {"id": str(uuid4()), "score": score, "state": state, "at": NOW - timedelta(days=days)},
            )
        )
    for ago, read, about in story.replies:
        done.append(
            (
                "insert into reply (creditor_id, debtor_id, case_id, channel, text, done_at, happened_at)"
                " select creditor_id, debtor_id, case when :about then id end, 'sms', 'Hei', :read, :at"
                " from dunning_case where id = :case",
                {"about": about, "read": NOW if read else None, "at": NOW - timedelta(hours=ago)},
            )
        )
    for ago, ahead, withdrawn in story.promises:
        done.append(
            (
                "insert into promise (case_id, by, reason_code, pay_by, amount, withdrawn_at, happened_at)"
                f" values (:case, {BY}, :by, 802, :withdrawn, :at)",
                {
                    "by": TODAY + timedelta(days=ahead),
                    "withdrawn": NOW if withdrawn else None,
                    "at": NOW - timedelta(days=ago),
                },
            )
        )
    if story.plan is not None:
        done.append(
            (
                "with agreed as (insert into instalment_plan (case_id, creditor_id, reference, state, total, interest,"
                f" currency, by, reason_code, happened_at) values (:case, :owner, :id, :state, 802, 0, 'NOK', {BY}, :now)"
                " returning id) insert into instalment (plan_id, number, due_on, amount)"
                " select id, n, cast(:due as date) + 30 * n, 401 from agreed, generate_series(1, 2) n",
                {"id": str(uuid4()), "state": story.plan, "due": PARTS[0].due_on},
            )
        )
    for state in story.hand_offs:
        done.append(
            (
                "insert into hand_off (creditor_id, case_id, state, happened_at) values (:owner, :case, :state, :now)",
                {"state": state},
            )
        )
    return done


@pytest.mark.parametrize(("why", "apart"), [("deceased", False), ("insolvent", True), ("debt settlement", True)])
async def test_of_a_debtor_who_died_later_invoices_stop_too_and_of_an_estate_they_run_apart(
    store: Store, why: str, apart: bool
) -> None:
    first = await store.invoice("1001", issue_date=SPRING - timedelta(days=3))
    await store.known(why, since=SPRING - timedelta(days=1))
    later = await store.invoice("1002", issue_date=SPRING)
    found = [list(obstacles((await store.load(case)).facts, CALENDAR, NOW)) for case in (first, later)]
    assert [[each.kind for each in some] for some in found] == [[why], [] if apart else [why]]
