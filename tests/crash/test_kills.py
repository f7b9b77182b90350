"""Killed with -9 in the middle of many cases, also around the send: nothing is lost and nothing is sent twice."""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from sqlalchemy import text
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from commands.debtor.replies import said_on_page
from commands.debtor.statement import send_statement
from config.files import HOME, read_laws, read_policies
from domain.invoices.incoming import IncomingCreditNote, IncomingSent
from domain.moment import moment_in
from domain.parties.replies import Meaning
from domain.policy.loader import load_policy
from domain.vocabulary import Channel
from facts import clock, outbox
from facts.database import Database
from facts.invoices.intake import Intake
from facts.money.payments import Payment, book
from facts.parties import debtors
from facts.parties.creditors import register
from planning.service import Planning
from tests.crash.programs import Programs
from tests.world import creditor, debtor, fresh_database, invoice


class Size(NamedTuple):
    """How many debtors there are, of whom so many are thanked for two invoices at once and so many get a statement of account;
    how many emails leave in a second, and for how many seconds a provider thinks twice."""

    debtors: int
    thanked: int
    statements: int
    per_second: float
    latency: float


# Three of four cases go by email, which provider events follow, the fourth by SMS without any. Few leave slowly, so
# that some are on their way at every kill, and not so many that a kill settles too much for good.
FULL, SMALL = Size(200, 20, 20, 25, 0.2), Size(30, 4, 4, 2, 0.9)
KILLS = [("worker", 0.05), ("worker", 0.15), ("temporal", 0.35), ("web", 0.6)]  # and after which part of the messages
LOST_ANSWERS = 0.05
SEED = 20
PATIENCE = 400.0  # seconds; an act that lost its worker is given up after 45, and again when that happens twice
A_MINUTE = timedelta(minutes=1)  # the server does not stop skipping once the wall has passed where it should have

CASES = text("""
select c.id, i.number, c.state, c.outcome, c.next_at, c.next_channel, c.next_step, c.next_why,
       d.id as delivery, d.channel, d.message, d.state as sent, d.attempt
from dunning_case c join invoice i on i.id = c.invoice_id
left join (delivery_case dc join delivery d on d.id = dc.delivery_id and d.channel <> 'letter') on dc.case_id = c.id
order by c.id
""")
CLAIMED = text("select id::text from delivery where state = 'claimed'")
BANK_DATA = text("update bank_account set imported_through = current_date + 365")
WROTE = text("update contact_point set wrote_from_at = clock_timestamp() where channel = 'email'")


@dataclass
class Stage:
    """Purr's programs, a database of theirs, and what became of each case's first message."""

    programs: Programs
    database: Database
    client: Client
    settled: dict[int, Any] = field(default_factory=dict)
    paid: set[int] = field(default_factory=set)

    async def cases(self) -> list[Any]:
        """Every case with its delivery."""
        async with self.database.transaction() as connection:
            return list((await connection.execute(CASES)).all())

    async def imports(
        self,
        policy: str,
        reached: Iterable[dict[str, str | None]],
        due: date,
        sent: tuple[IncomingSent, ...] = (),
        *,
        each: int = 1,
    ) -> None:
        """Import so many invoices, issued 20 days before they are due, for each debtor who is reached there.

        `sent` is what the creditor said of them before.
        """
        async with self.database.transaction() as connection:
            now, doors = await clock.now(connection), intake()
            for position, contact in enumerate(reached):
                for nth in range(each):
                    new = invoice(
                        f"{policy}-{position}{'-again' * nth}",
                        issue_date=due - timedelta(days=20),
                        due_date=due,
                        reference=None,
                        debtor=debtor(customer_number=f"{policy}-{position}", **contact),
                        policy=policy,
                        already_sent=sent,
                    )
                    await doors.invoice(connection, new, now)
            await connection.execute(WROTE)

    async def ask_for_statements(self, customers: Iterable[str]) -> None:
        """These debtors are each sent a statement of account."""
        async with self.database.transaction() as connection:
            now = await clock.now(connection)
            for customer in customers:
                found = await debtors.find(connection, "acme", customer)
                assert found is not None
                await send_statement(connection, Planning(read_laws()), found, "anne", "asked", customer, now)

    async def say_paid(self, policy: str) -> None:
        """The debtors of a policy say of both their invoices that they are paid, and they are: each is thanked once."""
        of_policy = [case for case in await self.cases() if case.number.startswith(f"{policy}-")]
        for both in zip(of_policy[::2], of_policy[1::2], strict=True):
            async with self.database.transaction() as connection:
                now = await clock.now(connection)
                for case in both:
                    await said_on_page(connection, Planning(read_laws()), case.id, Meaning.PAID, "", now, says_all=True)
            await self.pay(*both)

    def times_sent(self) -> Counter[str]:
        """How often the providers accepted each delivery."""
        return Counter(message["delivery_id"] for message in self.programs.messages())

    async def is_mid_send(self, messages: int) -> bool:
        """Whether so many messages are out, one more is on its way, and one is accepted but not yet known to be."""
        async with self.database.transaction() as connection:
            claimed = set((await connection.execute(CLAIMED)).scalars())
        out = self.times_sent()
        return out.total() >= messages and bool(claimed - out.keys()) and bool(claimed & out.keys())

    async def settle(self, *, events_arrive: bool) -> None:
        """Move each case's time to its next act until its first message is settled, whatever is killed meanwhile.

        Where events arrive, time stands still for an email that is out until its event has come: it takes no
        fifteen minutes.
        """
        deadline = time.monotonic() + PATIENCE
        skipper, at_once = TimeSkipper(self.client), asyncio.Semaphore(8)
        while True:
            cases = await self.cases()
            self.settled |= {case.id: case for case in cases if case.id not in self.settled and is_settled(case)}
            waiting = [case for case in cases if case.id not in self.settled]
            if not waiting:
                return
            assert time.monotonic() < deadline, f"{len(waiting)} not settled: {waiting[:5]}"
            out = self.times_sent()
            ready = [c for c in waiting if not (events_arrive and c.channel == Channel.EMAIL and out[str(c.delivery)])]
            await asyncio.gather(*(self._skip(skipper, at_once, case) for case in ready))
            await asyncio.sleep(0.5)

    async def all_told(self) -> bool:
        """Whether every email that is out has told so. Time may have gone on while one left: its event comes all the same."""
        now = {(case.id, case.delivery): case for case in await self.cases()}
        self.settled = {id: now[id, case.delivery] for id, case in self.settled.items()}
        out = self.times_sent()
        emails = (case for case in self.settled.values() if case.channel == Channel.EMAIL and out[str(case.delivery)])
        return all(case.sent == "accepted" for case in emails)

    async def _skip(self, skipper: TimeSkipper, at_once: asyncio.Semaphore, case: Any) -> None:
        if case.next_at is None:
            return
        handle = skipper.client.get_workflow_handle(f"dunning/acme/{case.number}")
        with suppress(RPCError, TimeoutError):  # killed meanwhile, or not started yet: the next round skips
            async with at_once, asyncio.timeout(20):
                ahead = case.next_at - await skipper.get_current_time(handle)
                if ahead > timedelta(0):
                    try:
                        await skipper.fast_forward(handle, max(ahead, A_MINUTE))
                    except RuntimeError as error:  # one whose answer came too late had begun all the same
                        if "overridden by a later fast-forward" not in str(error):
                            raise

    async def pay_settled(self) -> None:
        """Pay whatever is settled."""
        for case in [case for case in self.settled.values() if case.id not in self.paid]:
            await self.pay(case)

    async def pay(self, *cases: Any) -> None:
        """Money comes for these at once."""
        async with self.database.transaction() as connection:
            now = await clock.now(connection)
            for case in cases:
                payment = Payment("acme", "bank", str(uuid4()), invoice().amount, "NOK", now.date(), number=case.number)
                assert (await book(connection, payment, now)).status == "booked"
                self.paid.add(case.id)

    async def credit(self) -> None:
        """Credit whatever is settled: nobody is thanked for that."""
        async with self.database.transaction() as connection:
            now, doors = await clock.now(connection), intake()
            for case in self.settled.values():
                note = IncomingCreditNote(
                    creditor="acme",
                    number=f"credit-{case.number}",
                    invoice_number=case.number,
                    issue_date=now.date(),
                    currency="NOK",
                    amount=invoice().amount,
                )
                await doors.credit_note(connection, note, now)

    async def all_ended(self, outcome: str = "paid") -> bool:
        """Whether every case is closed so, no run is left and no news waits."""
        if not all((case.state, case.outcome) == ("closed", outcome) for case in await self.cases()):
            return False
        async with self.database.transaction() as connection:
            lag = await outbox.lag(connection)
        assert lag["dead"] == 0
        with suppress(RPCError):
            running = await self.client.count_workflows("WorkflowType = 'dunning' and ExecutionStatus = 'Running'")
            return lag["waiting"] == 0 and running.count == 0
        return False


@asynccontextmanager
async def stage(postgres_url: str, name: str, *programs: str, per_second: float = 25) -> AsyncIterator[Stage]:
    """Programs running on a database of their own, with one creditor; nothing of them is left at the end.

    So many emails leave in a second, and not half as many SMS.
    """
    url = fresh_database(postgres_url, name)
    database = Database(url)
    with tempfile.TemporaryDirectory(prefix="purr-crash-") as folder:
        started = Programs(Path(folder), url, per_second)
        try:
            await started.start(*programs)
            client = await Client.connect(started.temporal_address, data_converter=pydantic_data_converter)
            async with database.transaction() as connection:
                await register(connection, creditor(), await clock.now(connection))
                await connection.execute(BANK_DATA)
            yield Stage(started, database, client)
        finally:
            started.end()
            await database.close()


def todays_date() -> date:
    """The wall's day in Norway, on which the programs live."""
    return moment_in(HOME, datetime.now(UTC)).day


def intake() -> Intake:
    """Imports under the shipped policies and one whose notice goes by email."""
    laws, today = read_laws(), todays_date()
    policies = read_policies(laws, today)
    _, gentle = policies["no-gentle"]
    changed = gentle.replace("name: no-gentle", "name: notice-by-email").replace(
        "send: [letter]", "send: [email, letter]"
    )
    changed = changed.replace("alert: [sms, email]", "#")
    policy = load_policy(changed, "notice-by-email.yaml", laws, on=today)
    return Intake({**policies, "notice-by-email": (policy, changed)}, laws)


def reached_by(contact: str, number: int) -> dict[str, str | None]:
    """A debtor who is reached by email or by phone alone."""
    everywhere = {"email": f"debtor.{number}@example.no", "phone": f"+479{1_000_000 + number}"}
    return {kind: address if kind == contact else None for kind, address in everywhere.items()}


def is_settled(case: Any) -> bool:
    """A message is settled by its answer or an event, or by the planner when it goes on without either."""
    if case.message == "collection-notice":
        gone_on = case.next_step == "hand-off"
    else:
        gone_on = case.next_channel == Channel.LETTER or case.state == "closed"
    return bool(case.sent == "accepted" or (case.sent == "claimed" and gone_on))


async def patiently(check: Callable[[], Awaitable[bool]], pause: float = 0.3) -> None:
    """Wait until `check()` is true."""
    deadline = time.monotonic() + PATIENCE
    while not await check():
        assert time.monotonic() < deadline, f"did not become true: {check}"
        await asyncio.sleep(pause)


@pytest.mark.asyncio
@pytest.mark.timeout(1200)
async def test_many_cases_survive_every_program_being_killed(postgres_url: str, full: bool) -> None:
    size = FULL if full else SMALL
    async with stage(postgres_url, "crash", "worker", "web", per_second=size.per_second) as here:
        await here.programs.misbehave(
            latency=size.latency, rate_429=0.02, rate_lost_answer=LOST_ANSWERS, duplicate_callbacks=True, seed=SEED
        )
        # Most get their invoice; some a statement of account, and of some two invoices are paid: one word of thanks for both.
        due = todays_date() + timedelta(days=22)
        mixed = [reached_by("email" if n % 4 else "phone", n) for n in range(size.debtors)]
        thanked, others = mixed[: size.thanked], mixed[size.thanked :]
        await here.imports("no-gentle", others, due)
        await here.imports("no-minimal-cost", thanked, due, each=2)
        await here.ask_for_statements(f"no-gentle-{position}" for position in range(size.statements))
        await here.say_paid("no-minimal-cost")
        settling = asyncio.create_task(here.settle(events_arrive=True))
        for name, part in KILLS:
            await patiently(partial(here.is_mid_send, round(part * size.debtors)), 0.1)
            await here.pay_settled()  # so news of money is on its way, too
            here.programs.kill(name)
            await here.programs.start_again(name)
        await settling
        await patiently(here.all_told)

        times_sent = here.times_sent()
        deliveries = {case.delivery for case in here.settled.values()}
        assert len(deliveries) == len(mixed), [case for case in here.settled.values() if case.message == "paid"]
        said = Counter(message for _, message in {(case.delivery, case.message) for case in here.settled.values()})
        assert (said["paid"], said["statement"]) == (size.thanked, size.statements)
        assert len(here.settled) == len(mixed) + size.thanked
        more = times_sent.keys() - {str(case.delivery) for case in here.settled.values()}
        assert not more, [case for case in await here.cases() if str(case.delivery) in more]
        for case in here.settled.values():
            if case.sent == "accepted":
                assert times_sent[str(case.delivery)] == 1
            elif case.channel == Channel.EMAIL:  # an email that is out has told so: this one never left
                assert times_sent[str(case.delivery)] == 0
            else:
                assert times_sent[str(case.delivery)] <= 1
        on_their_way = len(KILLS) * ceil(size.per_second * size.latency)  # at the kills, and so without their answers
        lost = sum(case.sent != "accepted" for case in here.settled.values())
        assert lost <= on_their_way + LOST_ANSWERS * size.debtors

        await here.pay_settled()
        await patiently(here.all_ended)
        assert here.times_sent() == times_sent


@pytest.mark.asyncio
@pytest.mark.timeout(1200)
async def test_without_answers_and_events_a_message_is_assumed_sent_and_a_notice_goes_out_again(
    postgres_url: str,
) -> None:
    async with stage(postgres_url, "no_events", "worker") as here:  # nobody is there to hear the providers' events
        await here.programs.misbehave(latency=1, rate_lost_answer=1, seed=SEED)
        reached = [reached_by("email", n) for n in range(8)]
        await here.imports("no-gentle", reached, todays_date() + timedelta(days=22))
        overdue = todays_date() - timedelta(days=60)
        reminder = IncomingSent(
            kind="reminder",
            channel="letter",
            date=overdue + timedelta(days=15),
            deadline=overdue + timedelta(days=33),
        )
        await here.imports("notice-by-email", reached, overdue, (reminder,))
        settling = asyncio.create_task(here.settle(events_arrive=False))
        await patiently(partial(here.is_mid_send, 1), 0.1)
        here.programs.kill("worker")
        await here.programs.start_again("worker")
        await settling

        times_sent = here.times_sent()
        assert len(here.settled) == 16
        for case in here.settled.values():
            times = times_sent[str(case.delivery)]
            assert case.sent == "claimed"
            if case.message == "collection-notice":
                assert case.attempt == 3
                assert 2 <= times <= 3  # the attempt that was killed may not have left
            else:
                assert case.attempt == 1
                assert times <= 1

        await here.credit()
        await patiently(partial(here.all_ended, "credited"))
