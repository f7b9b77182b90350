"""A partner over its API, by real HTTP: whatever goes wrong on the way, it has a case once, and hears of it in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr
from temporalio.exceptions import ApplicationError

from activities.cases.acts import ask_for_approval
from activities.jobs.partners import Partners
from commands.task.finish import finish_task
from connectors.webhooks.post import WebhookPost
from domain.planner.action import ActionKind
from domain.vocabulary import Channel
from facts.parties.creditors import register
from facts.refusals import Refused
from simulator.emulators.collection_partner import SECRET, CollectionPartner, create_app
from simulator.emulators.providers import listening_on, serving
from tests.store import NOW, PLANNING, Store
from tests.world import creditor

pytest_plugins = ["tests.store"]

READY = """
with noticed as (
  update delivery set message = 'collection-notice', posted_on = cast(:day as date), deadline = cast(:deadline as date)
  where id = :delivery),
approved as (
  insert into approval (case_id, by, reason_code, round, approved, happened_at)
  values (:case, 'kari', 'ok', 1, true, :at)),
paid_through as (update bank_account set imported_through = cast(:day as date) + 60)
insert into hand_off (creditor_id, case_id, state, happened_at) select creditor_id, id, 'queued', :at from dunning_case
where id = :case returning id
"""


@dataclass
class Office:
    """A partner that is there, and the job that meets it."""

    store: Store
    partner: CollectionPartner
    job: Partners

    async def approved(self, number: str = "1001") -> int:
        """A case whose hand-off is queued; gives it."""
        case = await self.store.invoice(number, reference=None)
        sent = NOW - timedelta(days=40)
        for step, channel in (
            ("invoice", Channel.EMAIL),
            ("reminder", Channel.EMAIL),
            ("collection-notice", Channel.LETTER),
        ):
            delivery = await self.store.claim(case, step, channel, at=sent, deadline=(sent + timedelta(days=20)).date())
            await self.store.accept(delivery, sent)
        day, deadline = sent.date(), (sent + timedelta(days=20)).date()
        await self.store.rows(
            READY, delivery=delivery, case=case, day=day, deadline=deadline, at=NOW - timedelta(hours=1)
        )
        return case

    async def meet(self) -> int:
        """Meet the partner as if every pause were over."""
        await self.store.do("update partner_request set ready_at = clock_timestamp()")
        return await self.job.meet_partners()

    async def state(self, number: str = "1001") -> str:
        state: str = await self.store.one(
            "select h.state from hand_off h join dunning_case c on c.id = h.case_id join invoice i on i.id = c.invoice_id "
            "where i.number = :number order by h.id desc limit 1",
            number=number,
        )
        return state

    @property
    def hand_off(self) -> str:
        """The id of the only case that the partner has."""
        (id,) = self.partner.cases
        return id


@asynccontextmanager
async def office_of(store: Store, partner: CollectionPartner) -> AsyncIterator[Office]:
    async with serving(create_app(partner)) as url:
        async with store.database.transaction() as connection:
            await register(connection, creditor(collection_partner_url=f"{url}/purr"), NOW)
        post = WebhookPost(allow_private=True)
        yield Office(store, partner, Partners(store.database, PLANNING, post, {"acme": (SecretStr(SECRET),)}))
        await post.aclose()


@pytest_asyncio.fixture
async def office(store: Store) -> AsyncIterator[Office]:
    async with office_of(store, CollectionPartner()) as office:
        yield office


async def test_an_approved_case_is_handed_off_once_and_accepted(office: Office) -> None:
    case = await office.approved()
    assert await office.meet() == 1
    assert (await office.state(), list(office.partner.cases)) == ("exported", [office.hand_off])
    assert office.partner.cases[office.hand_off]["hand_off"]["owed"]["principal"] == "802.00"
    assert await office.meet() == 0
    office.partner.accept(office.hand_off)
    await office.meet()
    assert await office.state() == "accepted"
    assert "hand_off_answered" in await office.store.news(case)


@pytest.mark.parametrize("fault", ["500", "429", "nonsense", "lost"])
async def test_a_partner_that_fails_has_the_case_once_and_in_the_same_words(office: Office, fault: Any) -> None:
    await office.approved()
    office.partner.faults.extend([fault, fault])
    assert [await office.meet() for _ in range(4)] == [0, 0, 1, 0]
    tried = [id for kind, id in office.partner.posts if kind == "hand_off"]
    assert (len(tried), set(tried)) == (3, {office.hand_off})
    assert await office.store.one("select count(*) from partner_request where body is not null") == 0


async def test_a_partner_that_does_not_answer_in_time_is_asked_once_in_a_run(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.approved("1001")
    await office.approved("1002")
    monkeypatch.setattr("connectors.webhooks.post.TIMEOUT", 0.3)
    office.partner.slowness = 1
    office.partner.faults.append("slow")
    assert await office.meet() == 0
    assert [kind for kind, _ in office.partner.posts] == ["hand_off", "answers"]
    assert await office.meet() == 2


async def test_what_a_busy_partner_asks_for_is_waited_for(office: Office) -> None:
    await office.approved()
    office.partner.faults.append("429")
    assert (await office.meet(), await office.job.meet_partners()) == (0, 0)
    assert [kind for kind, _ in office.partner.posts].count("hand_off") == 1
    waits = await office.store.one("select extract(epoch from ready_at - clock_timestamp()) from partner_request")
    assert 3500 < waits <= 3600


async def test_a_partner_that_was_down_gets_the_case_when_it_is_back(store: Store) -> None:
    with listening_on(0) as taken:
        port = taken.getsockname()[1]
    partner = CollectionPartner()
    async with store.database.transaction() as connection:
        await register(connection, creditor(collection_partner_url=f"http://127.0.0.1:{port}/purr"), NOW)
    post = WebhookPost(allow_private=True)
    office = Office(store, partner, Partners(store.database, PLANNING, post, {"acme": (SecretStr(SECRET),)}))
    await office.approved()
    assert (await office.meet(), await office.state()) == (0, "exported")
    async with serving(create_app(partner), port):
        assert await office.meet() == 1
    await post.aclose()


async def test_two_who_meet_the_partner_at_once_hand_off_once(office: Office) -> None:
    await office.approved()
    assert sorted(await asyncio.gather(office.job.meet_partners(), office.job.meet_partners())) == [0, 1]
    assert [kind for kind, _ in office.partner.posts].count("hand_off") == 1


async def test_what_is_disputed_at_the_last_moment_does_not_leave(office: Office) -> None:
    case = await office.approved()
    await office.store.command(case, "dispute")
    assert (await office.meet(), await office.state(), office.partner.cases) == (0, "backed out", {})


async def test_without_a_secret_nothing_leaves_and_the_job_says_so(store: Store) -> None:
    async with office_of(store, CollectionPartner()) as office:
        await office.approved()
        office.job = Partners(store.database, PLANNING, WebhookPost(allow_private=True), {})
        with pytest.raises(ApplicationError, match="acme"):
            await office.meet()
        assert await office.state() == "queued"


async def test_news_of_a_case_comes_after_the_case_and_once(office: Office) -> None:
    await office.approved()
    office.partner.faults.append("lost")
    await office.meet()
    await office.store.pay(reference=None, number="1001", amount=Decimal("100.00"))
    office.partner.faults.append("500")
    await office.meet()
    assert office.partner.messages == {}
    office.partner.decide = lambda _: office.partner.faults.append(
        "lost"
    )  # what comes next, the news, is lost on the way back
    office.partner.cases.clear()
    for _ in range(3):
        await office.meet()
    told = [(each["kind"], each["amount"]) for each in office.partner.messages.values()]
    assert told == [("direct_payment", "100.00")]
    assert [kind for kind, _ in office.partner.posts if kind != "answers"] == [*["hand_off"] * 3, *["message"] * 2]
    assert await office.store.one("select acknowledged_at is not null from hand_off_message") is True


async def test_a_case_that_is_recalled_while_nobody_knows_whether_it_arrived_is_not_sent_again(office: Office) -> None:
    case = await office.approved()
    office.partner.faults.append("500")
    await office.meet()
    await office.store.command(case, "withdraw", reason_code="wrong-debtor")
    await office.meet()
    assert (office.partner.cases, len(office.partner.recalled)) == ({}, 1)
    office.partner.faults.clear()
    late = {
        "type": "hand_off",
        "creditor": {"id": "acme"},
        "hand_off": {"hand_off": next(iter(office.partner.recalled))},
    }
    office.partner.take(late)
    assert office.partner.cases == {}
    assert await office.store.one("select reason from hand_off") == "wrong-debtor"


async def test_the_reason_of_a_rejection_stands_in_the_task_that_asks_anew(office: Office) -> None:
    case = await office.approved()
    office.partner.decide = lambda _: {"type": "hand_off.rejected", "reason": "deceased", "detail": "died in May"}
    await office.meet()
    assert await office.state() == "rejected"
    async with office.store.database.transaction() as connection:
        plan = await PLANNING.plan(connection, case, NOW + timedelta(minutes=1))
        assert plan.action.kind is ActionKind.REQUEST_APPROVAL
        await ask_for_approval(connection, plan, NOW)
    why = await office.store.one("select why from task where kind = 'approval'")
    assert why == "a person approves the hand-off; the collection partner did not take it: deceased: died in May"


async def test_a_payment_and_its_reversal_are_heard_whatever_order_they_are_told_in(office: Office) -> None:
    case = await office.approved()
    await office.meet()
    office.partner.accept(office.hand_off)
    office.partner.paid(office.hand_off, "P-1", NOW.date(), principal="802.00", costs="500.00")
    office.partner.reverse(office.hand_off, "P-1", NOW.date())
    office.partner.reverse(office.hand_off, "P-2", NOW.date())
    office.partner.paid(office.hand_off, "P-2", NOW.date(), principal="802.00")
    office.partner.paid(office.hand_off, "P-3", NOW.date(), principal="102.00")
    await office.meet()
    assert await office.store.one("select principal from dunning_case where id = :case", case=case) == 700
    assert office.partner.messages == {}, "nobody is told of their own"


async def test_a_question_is_a_task_and_its_result_is_what_the_partner_hears(office: Office) -> None:
    await office.approved()
    await office.meet()
    for _ in range(2):  # asked twice
        office.partner.ask(office.hand_off, "Q-17", "When was the meter read?", NOW.date() + timedelta(days=3))
    await office.meet()
    (task,) = await office.store.rows("select id, why, due_on from task where kind = 'partner'")
    assert (task.why, task.due_on) == ("When was the meter read?", NOW.date() + timedelta(days=3))
    async with office.store.database.transaction() as connection:
        with pytest.raises(Refused, match="--result"):
            await finish_task(connection, None, task.id, "anne", None, NOW)
        assert await finish_task(connection, None, task.id, "anne", "on 3 March", NOW)
    await office.meet()
    (told,) = office.partner.messages.values()
    assert (told["kind"], told["question"], told["answer"]) == ("answer", "Q-17", "on 3 March")


async def test_a_question_that_nobody_may_answer_any_more_is_no_task(office: Office) -> None:
    case = await office.approved()
    await office.meet()
    office.partner.ask(office.hand_off, "Q-17", "When was the meter read?")
    await office.meet()
    await office.store.command(case, "withdraw")
    assert await office.store.one("select count(*) from task where kind = 'partner' and done_at is null") == 0


async def test_what_cannot_be_read_is_asked_for_again_and_keeps_nothing_else_from_being_heard(office: Office) -> None:
    await office.approved()
    await office.meet()
    office.partner.told.append({"type": "hand_off.sung", "creditor": "acme"})
    office.partner.accept(office.hand_off)
    with pytest.raises(ApplicationError):
        await office.meet()
    assert await office.state() == "accepted"
    assert await office.store.one("select partner_cursor from creditor where id = 'acme'") == "0"
    office.partner.told.pop(0)
    await office.meet()
    assert await office.store.one("select partner_cursor from creditor where id = 'acme'") == "1"


async def test_a_partner_answers_for_no_other_creditors_case(office: Office) -> None:
    await office.approved()
    await office.meet()
    mine = {"type": "hand_off.accepted", "hand_off": office.hand_off}
    office.partner.told += [
        mine | {"creditor": "beta"},
        {"type": "hand_off.accepted", "creditor": "acme", "hand_off": "hof_x"},
    ]
    await office.meet()
    assert await office.state() == "exported"
