"""`make demo CAST=portfolio`: a portfolio lives through some weeks by two plans at once, on real parts, and is compared.

Every step ends on one of the day's fixed hours, and what people do follows from the hour and from themselves: how fast the
machine is changes nothing. So the same seed and the same beginning give the same figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Final

from rich.console import Console
from sqlalchemy import text

from commands.debtor.change import DebtorChange, change_debtor
from domain.countries.calendar import Calendar
from domain.invoices.incoming import IncomingInvoice
from domain.policy.loader import load_policy
from facts import clock
from facts.invoices.intake import Intake
from facts.money.bank_accounts import imported_through
from facts.parties.creditors import register
from facts.refusals import Refused
from simulator.agenda import Act, Agenda
from simulator.cast import Cast
from simulator.debtors import Debtors
from simulator.live_view import LiveView, Story
from simulator.offices.bank import Bank
from simulator.offices.daily_work import OFFICE, DailyWork
from simulator.offices.direct_debit_centre import DirectDebitCentre
from simulator.portfolio.cast import BASELINE, cast, deaths, ids, unreachable
from simulator.servers import Servers

PORTS: Final = (7253, 8253, 8020)  # of Temporal, its web UI and the web app
HOURS: Final = tuple(time(hour, 30) for hour in range(8, 23, 2))
"""Of every day: whatever is due is done at the next of these."""
BILLING, INTO_THE_BANK, OFFICE_HOUR = time(8), time(12), time(10)
HEARD_OF_DEATH = timedelta(weeks=1)  # by customer service, so long after it
BASELINE_FILE: Final = Path(__file__).with_name(f"{BASELINE}.yaml")
COUNTERS = text("""
select count(*) filter (where c.state = 'open' and not usual) as open,
  count(*) filter (where c.outcome = 'paid' and not usual) as paid,
  count(*) filter (where c.state = 'open' and usual) as "open, usual",
  count(*) filter (where c.outcome = 'paid' and usual) as "paid, usual",
  (select count(*) from delivery where channel = 'email') as emails, (select count(*) from delivery where channel = 'sms') as sms,
  (select count(*) from delivery where channel = 'letter') as letters
from dunning_case c cross join lateral (select c.creditor_id = any(:usual) as usual) u
""")


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Everything that runs, and everybody in it."""

    on: Servers
    cast: Cast
    agenda: Agenda
    story: Story
    debtors: Debtors
    centre: DirectDebitCentre
    weeks: int

    @property
    def last_day(self) -> date:
        """The last of the weeks."""
        return self.on.first_day + timedelta(weeks=self.weeks, days=-1)


async def set_up(on: Servers, *, invoices: int, seed: int, weeks: int) -> Portfolio:
    """Ten creditors and everybody who gets invoices from them: each is imported on the day of issue."""
    agenda, story = Agenda(), Story(on.country)
    everybody = cast(on.first_day, invoices=invoices, seed=seed, weeks=weeks)
    on.providers.bad_addresses |= unreachable(everybody, seed)
    accounts = [account for each in on.creditors for account in each.accounts]
    bank = Bank(on.database, on.state / "bank", accounts, everybody.home.bank_files)
    centre = DirectDebitCentre(
        on.database, everybody, on.law.calendar, on.settings.direct_debit_folder, on.state / "bank"
    )
    debtors = Debtors(everybody, on, agenda, story, bank=bank, centre=centre, seed=seed)
    on.providers.on_sent = debtors.message_came
    DailyWork(everybody, debtors, on, agenda, story, bank=bank, centre=centre, seed=seed).open(on.first_day, weeks * 7)
    async with on.database.transaction() as connection:
        now = await clock.now(connection)
        for creditor in on.creditors:
            await register(connection, creditor, now)
            for account in creditor.accounts:
                await imported_through(connection, creditor.id, account, on.first_day - timedelta(days=1), now)
    signed = set[str]()  # a mandate is for all that its debtor gets
    for invoice in everybody.invoices:
        customer = invoice.debtor.customer_number or ""
        if everybody.person(customer).habit.draw and customer not in signed:
            signed.add(customer)
            centre.sign(invoice.account or "", invoice.reference or "", standing=True)
    portfolio = Portfolio(on, everybody, agenda, story, debtors, centre, weeks)
    intake = _intake(on)
    for day, of_day in groupby(sorted(everybody.invoices, key=_issued), key=_issued):
        agenda.plan(on.law.calendar.at(day, BILLING), _billing(portfolio, intake, list(of_day)))
    for customer, number in deaths(everybody, seed, weeks * 7).items():
        died = on.law.calendar.at(on.first_day + timedelta(days=number), OFFICE_HOUR)
        agenda.plan(died, _dies(portfolio, customer), customer)
        agenda.plan(died + HEARD_OF_DEATH, _heard_of(portfolio, customer), customer)
    return portfolio


def _dies(portfolio: Portfolio, customer: str) -> Act:
    async def die() -> None:
        portfolio.debtors.dead.add(customer)

    return die


def _heard_of(portfolio: Portfolio, customer: str) -> Act:
    async def hear() -> None:
        on = portfolio.on
        told = DebtorChange(by=OFFICE, reason_code="told", stop_reason="deceased")
        creditor = next(i.creditor or "" for i in portfolio.cast.invoices if i.debtor.customer_number == customer)
        async with on.database.transaction() as connection:
            now = await clock.now(connection)
            await change_debtor(connection, on.parts.planning, creditor, customer, None, told, now)

    return hear


def _issued(invoice: IncomingInvoice) -> date:
    return invoice.issue_date


def _intake(on: Servers) -> Intake:
    """What imports, with the usual plan beside the policies that ship."""
    usual = BASELINE_FILE.read_text("utf-8")
    policy = load_policy(usual, BASELINE_FILE.name, on.laws, on=on.first_day)
    shipped = on.parts.intake(on.first_day)
    return Intake({**shipped.policies, policy.name: (policy, usual)}, on.laws)


def _billing(portfolio: Portfolio, intake: Intake, invoices: Sequence[IncomingInvoice]) -> Act:
    async def bill() -> None:
        on = portfolio.on
        async with on.database.transaction() as connection:
            for imported in await intake.invoices(connection, invoices):
                if isinstance(imported, Refused):
                    raise imported
        for invoice in invoices:
            if invoice.already_sent:
                shows = on.law.calendar.at(invoice.issue_date, INTO_THE_BANK)
                portfolio.agenda.plan(shows, _shown(portfolio, invoice.number), portfolio.cast.fate(invoice.number))

    return bill


def _shown(portfolio: Portfolio, number: str) -> Act:
    async def show() -> None:
        await portfolio.debtors.bank_shows(number)

    return show


async def play(portfolio: Portfolio, console: Console) -> None:
    """Let the weeks pass, from one of the day's hours to the next at which something is due."""
    on, calendar = portfolio.on, portfolio.on.law.calendar
    last = calendar.at(portfolio.last_day, HOURS[-1])
    end = calendar.at(portfolio.last_day + timedelta(days=1), time())
    view = LiveView(console, calendar.at(on.first_day, time()), end, on.country)
    portfolio.story.listener = view if console.is_terminal else None  # thousands of lines are nothing to read
    with view.running():
        await on.clock.rest()
        while (hour := next_hour(calendar, await _next_moment(portfolio, end))) <= last:
            await on.clock.move_to(hour)
            await portfolio.agenda.carry_out(hour)
            await on.clock.rest()
            async with on.database.transaction() as connection:
                counters = (await connection.execute(COUNTERS, {"usual": list(ids("baseline"))})).mappings().one()
            view.move(hour, dict(counters))
        await on.clock.move_to(last)


async def _next_moment(portfolio: Portfolio, end: datetime) -> datetime:
    moments = (await portfolio.on.clock.next_due(), portfolio.agenda.next_moment, end)
    return min(moment for moment in moments if moment is not None)


def next_hour(calendar: Calendar, moment: datetime) -> datetime:
    """The first of the days' hours that is not before a moment."""
    day = calendar.local_date(moment)
    hours = (calendar.at(each, hour) for each in (day, day + timedelta(days=1)) for hour in HOURS)
    return next(hour for hour in hours if hour >= moment)
