"""Cases that live through their months without a Temporal server, so that what they say can be kept and compared.

The facts, the rules, the acts and the providers' emulators are the real ones; only the loop that asks for the next act
and the time are ours. All that the goldens take from the project is imported here.
"""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import count, takewhile
from operator import itemgetter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from pypdf import PdfReader
from sqlalchemy import text
from temporalio.testing import ActivityEnvironment

from activities.cases.decide import Decisions
from activities.cases.registry import activities_of
from activities.jobs.hand_offs import HandOffs
from commands.agreement.plan import AgreeOnPlan
from commands.agreement.promise import PromiseToPay
from commands.command import Command, Result
from commands.debtor.replies import said_on_page
from commands.record import record
from commands.registry import COMMANDS
from commands.task.call import send_link
from composition import Parts
from config.files import read_laws, read_policies
from config.settings import Settings
from connectors.collection_partner.files import HandOffFiles
from connectors.links import Link, Links
from domain.countries.law import Law
from domain.countries.no import kid_with_check_digit
from domain.invoices.incoming import IncomingCreditNote
from domain.parties.replies import Meaning
from domain.planner.preview import Ahead, Outcome, preview_together
from domain.policy.loader import load_policy
from domain.vocabulary import Channel
from facts.cases.load import case_of
from facts.database import Database
from facts.invoices import invoices
from facts.invoices.intake import Intake
from facts.money import payment_attempts, payments
from facts.operations.calls import Desk
from facts.parties.creditors import issue_api_key, register
from planning.service import Planning
from simulator.approved import approved_by_meta, write_down
from simulator.emulators.providers import Providers, create_app, serving
from terminal.forecasts import going
from tests.begin import turn
from tests.world import creditor, debtor, fresh_database, invoice
from web.app import create_app as create_web_app
from worker import deliveries_of
from workflows.contracts import CLOSE, WAIT, Act, Case, Look, Next

OSLO = ZoneInfo("Europe/Oslo")
BEGIN = datetime(
    2026, 3, 2, 7, tzinfo=UTC
)  # a Monday morning; a moment of the goldens' own, whatever the tests begin at
TODAY = BEGIN.date()
SECRET = "a-link-secret-of-32-characters-and-more"
MOST_TURNS = 200  # far more than any of these lives takes
READ_AFTER, A_SECOND = timedelta(hours=3), timedelta(seconds=1)
LEAST_ALIKE = 4  # lines
MASKS = (
    (re.compile(r"/i/(?:[\w-]{39}|[\w-]{30}(?=/unsubscribe)|[\w-]{12}\b(?![\w-]))"), "/i/<token>"),
    (re.compile(r'(name="once" value|data-seen)="[^"]*"'), r'\1="<each time>"'),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\b[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}\b"), "<code>"),
    (re.compile(r"\b9\d{15}\b"), "<the plan's KID>"),
    (re.compile(r"#\d+(-\d+)?\b"), "#<number>"),
    (re.compile(r"\b([a-z]{3})_[a-z2-7]{32}\b"), r"\1_<id>"),
    (re.compile(r'"(id|hand_off|reverses|plan|promise|claim)": \d+'), r'"\1": <number>'),
)
SAID = """
select d.id, d.channel, d.message, d.tone, d.language, d.alert, d.state, d.failure, d.fee, d.currency, d.deadline, d.document,
  d.pdf, d.claimed_at,
  (select json_agg(json_build_array(i.number, dc.round, dc.step, dc.carries_fee, dc.asked_principal::text,
       dc.asked_costs::text, i.due_date) order by i.number)
     from delivery_case dc join dunning_case c on c.id = dc.case_id join invoice i on i.id = c.invoice_id
     where dc.delivery_id = d.id) as served
from delivery d where d.creditor_id = :creditor and d.id <> all(:known) order by d.serial
"""
BOOKED = """
select i.number, l.kind, l.part, l.amount, l.booked_on, l.id from ledger_entry l join invoice i on i.id = l.invoice_id
where l.creditor_id = :creditor and l.id > :after order by l.id
"""

NEWS = """
with told as (delete from outbox where case_id in (select id from dunning_case where creditor_id = :creditor)
  returning case_id)
select distinct i.number from told join dunning_case c on c.id = told.case_id join invoice i on i.id = c.invoice_id
"""


def masked(said: str) -> str:
    """A text without what differs from run to run: tokens, ids and codes on paper."""
    for pattern, instead in MASKS:
        said = pattern.sub(instead, said)
    return said


def local(moment: datetime | None) -> str:
    """A moment as the clock in Oslo shows it."""
    return f"{moment.astimezone(OSLO):%Y-%m-%d %H:%M}" if moment else "no time"


SENDS = ("send_email", "send_sms", "send_direct_message", "send_letter", "send_collection_notice")


def acts_of(parts: Parts) -> dict[str, Any]:
    """The acts of a case, by their names on the wire."""
    database, planning = parts.database, parts.planning
    decisions = Decisions(database, planning, parts.settings.takes_money_by_signal)
    own = {"decide": decisions.decide, **activities_of(database, planning)}
    return own | dict.fromkeys(SENDS, deliveries_of(parts).deliver)


@dataclass
class Stage:
    """A database of facts, the rules, the doors, and what has been asked to send."""

    database: Database
    settings: Settings
    laws: Mapping[str, Law]
    intake: Intake
    planning: Planning
    acts: Mapping[str, Any]
    web: httpx.AsyncClient
    _numbers: Any = field(default_factory=lambda: count(1))

    async def life(
        self,
        *newly: dict[str, Any],
        policy: str,
        person: dict[str, Any] | None = None,
        public_url: str | None = None,
        of_creditor: dict[str, Any] | None = None,
    ) -> "Life":
        """A debtor of a creditor of its own, with an invoice for each of `newly`."""
        number = next(self._numbers)
        owner = f"creditor-{number}"
        account = f"{15030000000 + number}"
        details = {"organisation_number": None, "accounts": (account,), "consumer_policy": policy}
        business = "organisation_number" in (person or {})
        someone = debtor(
            **{
                "customer_number": f"K-{number}",
                "email": f"kari.{number}@example.no",
                "phone": f"+4792{number:06}",
                **({"kind": "business"} if business else {}),
                **(person or {}),
            }
        )
        async with self.database.transaction() as connection:
            await register(connection, creditor(id=owner, **details | (of_creditor or {})), BEGIN)
            await connection.execute(
                text("update bank_account set imported_through = '2030-01-01' where creditor_id = :creditor"),
                {"creditor": owner},
            )
            for nth, changes in enumerate(newly or ({},), 1):
                plain = {
                    "creditor": owner,
                    "number": f"{1000 + nth}",
                    "reference": kid_with_check_digit(f"{number:06}{nth:05}"),
                    "account": account,
                    "debtor": someone,
                    "policy": policy,
                    "lines": [{"text": "Strøm februar", "amount": changes.get("amount", "802.00")}],
                }
                await self.intake.invoice(connection, invoice(**plain | changes), BEGIN)
        acts = self.acts
        if public_url is not None:
            acts = acts_of(Parts(self.settings.model_copy(update={"public_url": public_url}), self.database, self.laws))
        return Life(self, owner, [f"{1000 + nth}" for nth in range(1, max(1, len(newly)) + 1)], acts)

    async def rows(self, query: str, **values: Any) -> list[Any]:
        """What a query finds in the facts."""
        async with self.database.transaction() as connection:
            return list((await connection.execute(text(query), values)).all())

    async def change(self, statement: str, **values: Any) -> None:
        """Change a fact."""
        async with self.database.transaction() as connection:
            await connection.execute(text(statement), values)


@dataclass
class Life:
    """The cases of one debtor: time passes, messages leave, and what they say is written down."""

    stage: Stage
    creditor: str
    numbers: list[str]
    acts: Mapping[str, Any]
    now: datetime = BEGIN
    reads: Channel | None = None
    written: list[str] = field(default_factory=list)
    _known: list[Any] = field(default_factory=list)
    _booked: int = 0
    _latest: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    html: str = ""  # of the latest email

    # --- time ------------------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        """The debtor's day."""
        return self.now.astimezone(OSLO).date()

    async def until(self, day: str) -> None:
        """Let time pass until noon of a day: everything that falls due on the way is done."""
        end = datetime.fromisoformat(f"{day} 12:00").replace(tzinfo=OSLO).astimezone(UTC)
        said = {number: await self._decide(number) for number in self.numbers}
        for _ in range(MOST_TURNS):
            due = [(max(self.now, each.at), n) for n, each in said.items() if each.at and each.act != CLOSE]
            moment, number = min(due, default=(None, ""))
            if moment is None or moment > end:
                self.now = end
                for number, each in said.items():
                    self.write(f"# invoice {number} by {day}: {each.label} [{each.outcome or local(each.at)}]")
                return
            self.now = moment
            if said[number].act == WAIT:
                said[number] = await self._decide(number)
                continue
            act = said[number]
            case = Act(case=self._case(number), step=act.step, channel=act.channel)
            after: Next = await self._run(act.act, case)
            self.now += A_SECOND  # so that what happened has an order
            said[number] = after
            await self._write_news(after)
            for each in await self._settle(number, act):
                said[each] = await self._decide(each)
        raise AssertionError(f"{self.creditor} does not come to {day}: {said}")

    async def _decide(self, number: str) -> Next:
        decided: Next = await self._run("decide", Look(case=self._case(number), now=self.now))
        return decided

    async def _run(self, name: str, given: Any) -> Any:
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, started_time=self.now, scheduled_time=self.now)
        return await environment.run(self.acts[name], given)

    def _case(self, number: str) -> Case:
        return Case(creditor=self.creditor, invoice=number)

    async def _with_news(self) -> list[str]:
        """The invoices whose cases have been told something since."""
        return [row.number for row in await self.stage.rows(NEWS, creditor=self.creditor)]

    async def _settle(self, number: str, act: Next) -> list[str]:
        """What follows a message: letters are posted on the next banking day, and a debtor who reads a channel reads it.

        Gives the invoices whose cases look again.
        """
        if act.channel == "letter":
            posted = self.stage.laws["NO"].calendar.add_banking_days(self.today, 1)
            await self._change(
                "update delivery set posted_on = :day where creditor_id = :creditor and channel = 'letter' "
                "and posted_on is null and state = 'accepted'",
                day=posted,
            )
        if self.reads is not None and act.channel == self.reads:
            await self._change(
                "update delivery set read_at = :at, delivered_at = :now where creditor_id = :creditor and read_at is null "
                "and channel = :channel and state = 'accepted' and not alert",
                at=self.now + READ_AFTER,
                now=self.now,
                channel=self.reads,
            )
        settled = act.channel in ("letter", self.reads)
        return self.numbers if settled else await self._with_news()

    async def _change(self, statement: str, **values: Any) -> None:
        await self.stage.change(statement, **values | {"creditor": self.creditor})

    # --- what happens ----------------------------------------------------------------------------------------

    async def case_id(self, number: str = "1001") -> int:
        """The number of an invoice's case."""
        async with self.stage.database.transaction() as connection:
            found = await case_of(connection, self.creditor, number)
        assert found is not None
        return found.id

    async def is_accepted_by_the_partner(self) -> None:
        """The collection partner takes the case."""
        await self._change(
            "update hand_off set state = 'accepted', answered_at = :now where creditor_id = :creditor", now=self.now
        )
        self.write(f"# {self.today}: accepted by the partner")

    async def pay(self, amount: str, number: str = "1001", *, dated: date | None = None) -> None:
        """Money comes for an invoice, or is taken back."""
        payment = payments.Payment(
            creditor=self.creditor,
            source="bank",
            source_id=f"{self.creditor} {self.now.isoformat()} {amount}",
            amount=Decimal(amount),
            currency="NOK",
            booked_on=dated or self.today,
            number=number,
        )
        async with self.stage.database.transaction() as connection:
            await payments.book(connection, payment, self.now)
        self.write(f"# {self.today}: paid {amount} on {number}")

    async def credit(self, amount: str, number: str = "1001") -> None:
        """A credit note lowers an invoice."""
        note = IncomingCreditNote(
            creditor=self.creditor,
            number=f"C-{number}",
            invoice_number=number,
            issue_date=self.today,
            currency="NOK",
            amount=Decimal(amount),
        )
        async with self.stage.database.transaction() as connection:
            await self.stage.intake.credit_note(connection, note, self.now)
        self.write(f"# {self.today}: credited {amount} on {number}")

    async def command(self, name: Any, number: str = "1001", **given: Any) -> None:
        """A person gives a command."""
        await self.record(COMMANDS[name].model_validate({"by": "kim", "reason_code": "asked"} | given), number)
        self.write(f"# {self.today}: {name} {given}")

    async def record(self, command: Command[Result], number: str = "1001") -> Result:
        """A command is done by the one road."""
        case, id = await self.case_id(number), f"{self.creditor} {command.name} {self.now}"
        async with self.stage.database.transaction() as connection:
            return (await record(connection, self.stage.planning, case, command, id, self.now)).result

    async def says(self, meaning: Meaning, words: str = "", number: str = "1001") -> None:
        """The debtor says on the invoice page what is the matter."""
        case = await self.case_id(number)
        async with self.stage.database.transaction() as connection:
            await said_on_page(connection, self.stage.planning, case, meaning, words, self.now, says_all=not words)
        self.write(f"# {self.today}: says {meaning} of {number}")

    async def move_due_date(self, due: date, number: str = "1001") -> None:
        """The creditor gives an invoice another due date."""
        async with self.stage.database.transaction() as connection:
            await invoices.move_due_date(connection, self.creditor, number, due, self.now)
        self.write(f"# {self.today}: due date moved to {due}")

    async def promise(self, days: int, amount: str | None = None) -> None:
        """The debtor promises to pay within so many days."""
        owed, day = Decimal(amount) if amount else None, self.today + timedelta(days=days)
        made = await self.record(PromiseToPay(pay_by=day, amount=owed, by="kim", reason_code="payday"))
        self.write(f"# {self.today}: promised {made.amount} by {made.pay_by}")

    async def agree(self, months: int) -> None:
        """The debtor agrees on an instalment plan."""
        agreed = await self.record(AgreeOnPlan(months=months, by="kim", reason_code="asked"))
        parts = ", ".join(f"{each.due_on} {each.amount}" for each in agreed.instalments)
        self.write(f"# {self.today}: agreed on {agreed.total} of which interest {agreed.interest}: {parts}")

    async def give_up_a_payment(self) -> None:
        """The debtor begins a payment on the page and does not finish it."""
        case = await self.case_id()
        (row,) = await self.stage.rows("select invoice_id from dunning_case where id = :case", case=case)
        merchant = payment_attempts.Merchant("vipps", "123456", False, "merchant_serial_number")
        calendar = self.stage.laws["NO"].calendar
        async with self.stage.database.transaction() as connection:
            found = await payment_attempts.payable(connection, row.invoice_id, calendar, self.now, lock=True)
            assert found is not None
            attempt = await payment_attempts.start(connection, found, merchant, self.now, "vipps")
            await payment_attempts.opened(connection, attempt, f"vipps-{attempt}", "https://vipps.example/pay")
            await payment_attempts.abandoned(connection, attempt, "expired", self.now)
        self.write(f"# {self.today}: began to pay {found.to_pay.amount} and gave up")

    async def wants_the_link(self) -> None:
        """The debtor is on the phone and wants the way to pay."""
        case = await self.case_id()
        asked = """insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
            select creditor_id, id, round, 'call', 'call', 'why', :now from dunning_case where id = :case returning id"""
        async with self.stage.database.transaction() as connection:
            id = (await connection.execute(text(asked), {"case": case, "now": self.now})).scalar_one()
            await send_link(connection, self.stage.planning, Desk(self.creditor), id, "kim", self.now)
        self.write(f"# {self.today}: wants the link, on the phone")

    async def draw_fails(self, due: str, amount: str = "802.00") -> None:
        """A direct-debit draw brought nothing."""
        await self._change(
            """with mandated as (
                 insert into mandate (creditor_id, debtor_id, reference, state, notify, source, happened_at)
                 select creditor_id, debtor_id, '00', 'active', true, 'file', :now from dunning_case where id = :case
                 returning *)
               insert into claim (creditor_id, case_id, mandate_id, reference, amount, currency, due_on, state, ended_at,
                 happened_at)
               select creditor_id, :case, id, '00', :amount, 'NOK', :due, 'failed', :now, :now from mandated""",
            case=await self.case_id(),
            due=date.fromisoformat(due),
            amount=Decimal(amount),
            now=self.now,
        )
        self.write(f"# {self.today}: the draw of {due} failed")

    async def is_represented_by(self, name: str, email: str) -> None:
        """Somebody stands in the debtor's place."""
        await self._change(
            """insert into life_event (debtor_id, kind, value, by, happened_at)
               select id, 'represented', to_jsonb(cast(:name as text)), 'anne', :now from debtor where creditor_id = :creditor""",
            name=name,
            now=self.now,
        )
        await self._contact("email", email, representative=True)

    async def has_direct_messages(self, number: str) -> None:
        """The debtor can be reached by direct message."""
        await self._contact("direct_message", number, representative=False)

    async def _contact(self, channel: str, address: str, *, representative: bool) -> None:
        await self._change(
            """insert into contact_point (debtor_id, channel, address, address_key, state, of_representative, last_confirmed_at,
                 happened_at)
               select id, :channel, :address, lower(cast(:address as varchar)), 'valid', :representative, :now, :now from debtor
               where creditor_id = :creditor""",
            channel=channel,
            address=address,
            representative=representative,
            now=self.now,
        )

    # --- what is said ----------------------------------------------------------------------------------------

    def write(self, line: str) -> None:
        """Write a line down."""
        self.written.append(masked(line))

    async def look_ahead(self) -> None:
        """Write down what the preview and the forecast say of the cases now."""
        plans_now = []
        async with self.stage.database.transaction() as connection:
            for number in self.numbers:
                case = await case_of(connection, self.creditor, number)
                assert case is not None
                plans_now.append(await self.stage.planning.plan(connection, case.id, self.now))
        self.write(f"## preview on {self.today}, the debtor reads {self.reads or 'nothing'}")
        ahead = [Ahead(plan.policy, plan.law, plan.case.facts) for plan in plans_now]
        for acts in preview_together(ahead, self.now, Outcome(reads=self.reads)):
            served = ", ".join(
                f"{self.numbers[place]} (fee {act.fee}, interest {act.interest})"
                for place, act in sorted(acts, key=itemgetter(0))
            )
            act = acts[0][1]
            copy = " alert" if act.action.alert else ""
            what = f"{act.action.kind} {act.action.step or act.action.outcome or ''} {act.action.channel or ''}{copy}"
            self.write(f"{local(act.at)} {' '.join(what.split())}; pay by {act.deadline}; {served}")
        self.write(f"## forecast on {self.today} of 60 days")
        for each, served in going(plans_now, self.now, self.now + timedelta(days=60)):
            self.write(f"{each.day} {each.step} {each.what} for {served}")

    async def _write_news(self, after: Next) -> None:
        """What has been said and booked since."""
        diary = re.sub(r"^\d\d \w{3} \d{4} ", "", after.diary)
        self.write(f"# {self.today} {diary}".rstrip())
        for row in await self.stage.rows(SAID, creditor=self.creditor, known=self._known):
            self._known.append(row.id)
            self._write_message(row)
        for row in await self.stage.rows(BOOKED, creditor=self.creditor, after=self._booked):
            self._booked = row.id
            self.write(f"booked on {row.number}: {row.kind} of {row.part} {row.amount} on {row.booked_on}")

    def _write_message(self, row: Any) -> None:
        copy = ", a copy" if row.alert else ""
        self.write(
            f"## {local(row.claimed_at)} {row.channel} {row.message} ({row.tone}, {row.language}, {row.state}{copy})"
        )
        for number, round_, step, bears, principal, costs, due in row.served or ():
            fee = f", bears {row.fee} {row.currency}" if bears else ""
            self.write(f"for {number}, round {round_}, {step}: asks for {principal} and {costs}, due {due}{fee}")
        self.write(f"deadline {row.deadline}, fee {row.fee}{f', not written: {row.failure}' if row.failure else ''}")
        if row.pdf:
            said = "\n".join(page.extract_text() for page in PdfReader(BytesIO(row.pdf)).pages)
        else:
            said = f"Subject: {row.document['subject']}\n" if "subject" in row.document else ""
            said += row.document.get("text", "")
        self._write_text((row.channel, row.language), masked(said).strip().splitlines())
        if "html" in row.document:
            html = masked(row.document["html"])
            self.write(f"html {hashlib.sha256(html.encode()).hexdigest()[:16]}")
            self.html = html

    def _write_text(self, form: tuple[str, str], lines: list[str]) -> None:
        """The lines of a message; the end that it has in common with the one before of its form is told once."""
        before, self._latest[form] = self._latest.get(form, []), lines
        alike = sum(
            1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(reversed(lines), reversed(before), strict=False))
        )
        shown = lines[:-alike] if alike >= LEAST_ALIKE else lines
        self.written += [f"| {line}".rstrip() for line in shown]
        if shown is not lines:
            self.written.append(f"| ({alike} lines as in the {form[0]} before)")

    async def page(self, number: str = "1001") -> str:
        """The invoice page as it is now, without what differs from run to run."""
        return masked(await self.page_shown(number))

    async def page_shown(self, number: str = "1001") -> str:
        """The invoice page as it is now, as a browser gets it."""
        await turn(self.stage.database, self.now)
        query = "select id from invoice where creditor_id = :creditor and number = :number"
        (row,) = await self.stage.rows(query, creditor=self.creditor, number=number)
        url = Links([SECRET], "https://purr.example").url(Link(row.id, 0), self.today)
        answer = await self.stage.web.get(url)
        assert answer.status_code == 200
        return answer.text

    async def status(self, number: str = "1001") -> str:
        """The case's status as the API gives it now."""
        await turn(self.stage.database, self.now)
        async with self.stage.database.transaction() as connection:
            key = await issue_api_key(connection, self.creditor, "goldens", self.now)
        answer = await self.stage.web.get(f"/v1/invoices/{number}", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 200
        return masked(json.dumps(answer.json(), indent=1, ensure_ascii=False))

    async def hand_off_file(self) -> str:
        """The day's file for the collection partner; what each message said is told by its length alone."""
        await turn(self.stage.database, self.now)
        files = HandOffFiles(self.stage.settings.hand_off_folder)
        await HandOffs(self.stage.database, self.stage.planning, files).export_hand_offs()
        (file,) = self.stage.settings.hand_off_folder.glob(f"*-{self.creditor}.json")
        content = json.loads(file.read_text())
        for each in content["hand_offs"]:
            for delivery in each["deliveries"]:
                delivery["pdf"] = delivery["pdf"] and "<pdf>"
                delivery["document"] = dict.fromkeys(sorted(delivery["document"]), "<said>")
        return masked(json.dumps(content, indent=1, ensure_ascii=False))


@asynccontextmanager
async def stage(server_url: str, folder: Path, policies: Sequence[str]) -> AsyncIterator[Stage]:
    """A stage on a fresh database, with the shipped policies and some more."""
    database = Database(fresh_database(server_url, "goldens"))
    await turn(database, BEGIN)
    laws = read_laws()
    known = read_policies(laws, TODAY)
    for written in policies:
        policy = load_policy(written, "golden.yaml", laws, on=TODAY)
        known[policy.name] = (policy, written)
    providers = Providers(auto_deliver=False, clock=lambda: BEGIN, templates=approved_by_meta())
    write_down(folder / "whatsapp")
    async with serving(create_app(providers)) as url:
        settings = Settings(
            database_url=database.url,
            public_url="https://purr.example",
            sendgrid_host=url,
            sendgrid_api_key=providers.sendgrid_api_key,
            email_sender="faktura@purr.example",
            twilio_api_base=url,
            twilio_account_sid=providers.twilio_account_sid,
            twilio_auth_token=providers.twilio_auth_token,
            twilio_sms_from="+4759440000",
            twilio_whatsapp_from="+4759440001",
            link_secrets=(SECRET,),
            whatsapp_folder=folder / "whatsapp",
            print_folder=folder / "print",
            hand_off_folder=folder / "hand-off",
            state_folder=folder / "state",
        )
        app = create_web_app(settings, database, laws)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="https://purr.example", verify=False) as web:
            parts = Parts(settings, database, laws)
            yield Stage(database, settings, laws, Intake(known, laws), parts.planning, acts_of(parts), web)
    await database.close()
