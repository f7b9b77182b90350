"""The daily work around the cases: customer service, direct debit, printer, partner and bank, on banking days."""

from collections import Counter
from datetime import date, time, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from activities.house_folder import take_statuses
from activities.jobs.direct_debit import DirectDebit
from activities.jobs.hand_offs import HandOffs
from activities.jobs.letters import Letters
from commands.case.dispute import ResolveDispute
from commands.case.hand_off import ApproveHandOff
from commands.collection.answers import take_answer
from commands.command import Command
from commands.debtor import replies
from commands.record import record
from commands.task.finish import finish_task
from connectors.collection_partner.files import HandOffFile
from connectors.ids import CreditorIds, Kind
from connectors.letter_statuses import read_statuses
from domain.distribution_house import Told
from domain.planner.partner_answers import Accepted
from facts import clock
from facts.collection import hand_offs
from facts.deliveries import letters
from facts.deliveries.replies import list_replies
from facts.money import refunds, review
from facts.parties import id_keys
from simulator.agenda import Act, Agenda
from simulator.cast import Cast
from simulator.debtors import Debtors
from simulator.emulators.distribution_house import DistributionHouse
from simulator.live_view import Story
from simulator.offices.bank import Bank
from simulator.offices.direct_debit_centre import DirectDebitCentre
from simulator.servers import Servers

CUSTOMER_SERVICE, DIRECT_DEBIT, HOUSE, PRINTER, PARTNER, BANK = (
    time(10),
    time(11, 30),
    time(13),
    time(14),
    time(15),
    time(16),
)
OFFICE = "customer-service"
RETURNED_AFTER_BANKING_DAYS = 5
APPROVAL_TAKES, DISPUTE_TAKES, MONEY_TAKES = timedelta(days=1), timedelta(days=6), timedelta(days=12)
DONE = {"call": ("no answer", "calls about"), "file claim": ("filed with the court or estate", "files the claim of")}

TASKS = text("""
select t.id, t.kind, t.case_id, i.number from task t join dunning_case c on c.id = t.case_id
join invoice i on i.id = c.invoice_id
where t.done_at is null and c.state = 'open' and t.kind in ('approval', 'call', 'file claim') and t.happened_at < :before
order by t.id
""")
DISPUTES = text("""
select x.case_id, i.number from dispute x join dunning_case c on c.id = x.case_id join invoice i on i.id = c.invoice_id
where x.resolved_at is null and c.state = 'open' and x.happened_at < :before order by x.id
""")


def counted(number: int, thing: str) -> str:
    """How many of a thing, in words."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


class DailyWork:
    """Everybody who works with the cases, each at a fixed hour of every banking day."""

    def __init__(
        self,
        cast: Cast,
        debtors: Debtors,
        on: Servers,
        agenda: Agenda,
        story: Story,
        *,
        bank: Bank,
        centre: DirectDebitCentre,
        seed: int,
    ) -> None:
        self._cast, self._debtors, self._clock, self._agenda, self._story = cast, debtors, on.clock, agenda, story
        self._parts, self._database, self._planning = on.parts, on.database, on.parts.planning
        self._calendar, self._bank, self._centre, self._seed = on.law.calendar, bank, centre, seed
        self._moved = set[str]()  # who moved before a letter, which has come back
        mailboxes = {each.debtor.customer_number or "" for each in cast.people[::3]}
        self._house = DistributionHouse(on.settings.print_folder, on.settings.house_status_folder, mailboxes - {""})

    def open(self, first_day: date, days: int) -> None:
        """Plan the work of every banking day."""
        work = {
            CUSTOMER_SERVICE: self._serve_customers,
            DIRECT_DEBIT: self._run_direct_debit,
            HOUSE: self._meet_house,
            PRINTER: self._print_letters,
            PARTNER: self._meet_partner,
            BANK: self._close_bank,
        }
        for day in (first_day + timedelta(days=n) for n in range(days)):
            if self._calendar.is_banking_day(day):
                for hour, act in work.items():
                    self._agenda.plan(self._calendar.at(day, hour), act)

    async def _serve_customers(self) -> None:
        """Approve the hand-offs that have waited for a day, make the calls that are due, decide disputes, read replies."""
        now = self._clock.now()
        async with self._database.transaction() as connection:
            tasks = (await connection.execute(TASKS, {"before": self._clock.moment - APPROVAL_TAKES})).all()
            disputes = (await connection.execute(DISPUTES, {"before": self._clock.moment - DISPUTE_TAKES})).all()
        for task in tasks:
            if task.kind == "approval":
                await self._command(task.case_id, ApproveHandOff(by=OFFICE, reason_code="nothing-helped"))
                self._story.tell(now, "office", f"approves the hand-off of {task.number}", task.number)
            else:
                result, what = DONE[task.kind]
                async with self._database.transaction() as connection:
                    await finish_task(connection, None, task.id, OFFICE, result, now)
                self._story.tell(now, "office", f"{what} {task.number}: {result}", task.number)
        for dispute in disputes:
            upheld = self._cast.habit(dispute.number).is_right
            resolved = ResolveDispute(by=OFFICE, reason_code="looked-into", upheld=upheld)
            await self._command(dispute.case_id, resolved)
            verdict = "upheld" if upheld else "rejected, with 14 new days"
            self._story.tell(now, "office", f"dispute of {dispute.number} {verdict}", dispute.number)
        await self._read_replies()
        await self._look_at_money()

    async def _read_replies(self) -> None:
        """Read what debtors wrote; money that is said to be paid is waited for first."""
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            for reply in await list_replies(connection, None):
                if reply.meaning == "paid" and self._clock.moment < reply.since + MONEY_TAKES:
                    continue
                await replies.done(connection, None, reply.id, OFFICE, "read", now)
                said = f", which says {reply.meaning}" if reply.meaning else ""
                about = f" about {', '.join(reply.invoices)}" if reply.invoices else ""
                self._story.tell(now, "office", f"reads a reply{about}{said}", *reply.invoices)

    async def _look_at_money(self) -> None:
        """Book each payment with a KID that waits on the likeliest invoice, and send back what was paid too much."""
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            for waiting in await review.list_review(connection, None):
                if waiting.reference is None or not waiting.candidates:
                    continue
                likeliest = waiting.candidates[0]
                await review.book_review(connection, waiting.number, {likeliest["invoice"]: None}, OFFICE, now)
                why = ", ".join(likeliest["reasons"])
                what = f"{waiting.currency} {waiting.amount} with reference {waiting.reference}"
                self._story.tell(now, "office", f"books {what} on {likeliest['invoice']}: {why}", likeliest["invoice"])
            for refund in await refunds.list_all(connection, None):
                if refund.state == "due":
                    await refunds.paid(connection, refund.number, now)
                    self._story.tell(now, "office", f"sends {refund.currency} {refund.amount} of {refund.invoice} back")

    async def _run_direct_debit(self) -> None:
        """What the daily schedule does before the bank's cut-off; Nets takes the files at once."""
        now, parts = self._clock.now(), self._parts
        job = DirectDebit(self._database, self._calendar, parts.direct_debit_folder, *parts.calendars)
        self._centre.tell_mandates()
        mandates, failed = await job.read_mandate_files(), await job.fail_claims()
        await job.cancel_claims()
        await job.plan_claims()
        sent, taken_back = self._centre.collect()
        counted = {
            "mandates began or ended": mandates,
            "draws failed": failed,
            "claims taken back": taken_back,
            "claims sent": sent,
        }
        told = [f"{what}: {count}" for what, count in counted.items() if count]
        if told:
            self._story.tell(now, "debit", ", ".join(told))

    async def _command(self, case: int, command: Command[Any]) -> None:
        async with self._database.transaction() as connection:
            id = f"{command.name}-{uuid4()}"
            await record(connection, self._planning, case, command, id, self._clock.now())

    async def _meet_house(self) -> None:
        """The distribution house brings what was given to it, or has it back, and tells so in a file for each creditor."""
        now, today = self._clock.now(), self._calendar.local_date(self._clock.now())
        for file in self._house.work(today):
            lines = read_statuses(file)
            await take_statuses(self._database, self._parts.print_batches, file)
            told = Counter(line.told for line in lines)
            what = ", ".join(f"{counted(told[each], 'letter')} {each}" for each in told)
            self._story.tell(now, "letter", f"the distribution house tells of {lines[0].creditor}: {what}")
            for line in lines:
                if line.told is Told.DELIVERED:
                    await self._debtors.letter_came(str(line.letter))
                elif line.told is Told.POSTED:
                    await self._post(str(line.letter), today, of_house=line.creditor)

    async def _print_letters(self) -> None:
        """Post the batches of earlier days; each letter comes to its letter box, or back."""
        batches_on_disk = self._parts.print_batches
        await Letters(self._database, self._planning, batches_on_disk).pull_unposted_letters()
        now = self._clock.now()
        today = self._calendar.local_date(now)
        async with self._database.transaction() as connection:
            batches = await letters.list_batches(connection, None)
        for batch in batches:
            if batch.posted_on is None and self._calendar.local_date(batch.oldest) < today:
                batches_on_disk.close(batch.batch)
                async with self._database.transaction() as connection:
                    count = await letters.posted(connection, None, batch.batch, today, now)
                self._story.tell(now, "letter", f"batch {batch.batch} is posted: {counted(count, 'letter')}")
                for letter in batches_on_disk.letters(batch.batch):
                    await self._post(letter.delivery_id, today)

    async def _post(self, delivery: str, today: date, *, of_house: str | None = None) -> None:
        """A letter is on its way to its letter box, or back; `of_house` is whose letter the distribution house brings."""
        letter = await self._debtors.letter(delivery)
        person, numbers = letter.person, [owed.number for owed in letter.invoices]
        habit = self._cast.habit(numbers[0])
        chance = Random(f"{self._seed}/{letter.message}/{self._cast.fate(numbers[0])}/{today}")
        takes, comes_back = chance.randint(1, 4), chance.random() < habit.letters_back
        moves = letter.message == habit.moves_before and person.name not in self._moved
        if moves:
            self._moved.add(person.name)
        gone = habit.moved or moves or comes_back

        async def arrive() -> None:
            await self._debtors.letter_came(delivery)

        async def come_back() -> None:
            now = self._clock.now()
            if of_house:
                self._house.comes_back(of_house, delivery, self._calendar.local_date(now))
                return
            async with self._database.transaction() as connection:
                await letters.returned(connection, None, UUID(delivery), now)
            self._story.tell(now, "letter", f"to {person.name} came back: moved", *numbers)

        days = RETURNED_AFTER_BANKING_DAYS if gone else takes
        day = self._calendar.add_banking_days(today, days)
        self._agenda.plan(self._calendar.at(day, CUSTOMER_SERVICE), come_back if gone else arrive, numbers[0])

    async def _meet_partner(self) -> None:
        """The day's files leave; the partner reads them and answers on the next banking day."""
        now = self._clock.now()
        await HandOffs(self._database, self._planning, self._parts.hand_off_files).export_hand_offs()
        today = self._calendar.local_date(now)
        next_day = self._calendar.add_banking_days(today, 1)
        for path in sorted(self._parts.settings.hand_off_folder.glob(f"{today}-*.json")):
            file = HandOffFile.model_validate_json(path.read_bytes())
            self._story.tell(now, "partner", f"gets {path.name}, with {counted(len(file.hand_offs), 'case')}")
            self._agenda.plan(self._calendar.at(next_day, PARTNER), self._answering(file))

    def _answering(self, file: HandOffFile) -> Act:
        async def answer() -> None:
            now = self._clock.now()
            creditor = file.creditor.id
            async with self._database.transaction() as connection:
                ids = CreditorIds(creditor, await id_keys.of_creditor(connection, creditor))
                for handed_off in file.hand_offs:
                    number = ids.opened(Kind.HAND_OFF, handed_off.hand_off)
                    await take_answer(connection, creditor, number, Accepted(), now)
                for message in file.messages:
                    number = ids.opened(Kind.PARTNER_MESSAGE, message.id)
                    await hand_offs.acknowledge(connection, creditor, number, now)
            accepted = ", ".join(handed_off.invoice.number for handed_off in file.hand_offs)
            self._story.tell(now, "partner", f"accepts {accepted} for collection")

        return answer

    async def _close_bank(self) -> None:
        now, currency = self._clock.now(), self._cast.home.currency
        for order in await self._bank.close_day(self._calendar.local_date(now)):
            what = f"{currency} {order.amount} comes in with reference {order.kid}"
            self._story.tell(now, "bank", what, *self._of_kid(order.kid))
        for drawn in await self._centre.close_day(self._calendar.local_date(now)):
            self._story.tell(now, "debit", f"{currency} {drawn.amount} drawn with reference {drawn.kid}")

    def _of_kid(self, kid: str) -> list[str]:
        """The invoice that somebody meant with a KID."""
        meant = self._debtors.meant_by(kid)
        return [meant] if meant else []
