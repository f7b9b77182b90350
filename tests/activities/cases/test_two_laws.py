"""Who has moved has invoices under two laws: each is told of by its own, and none rides in a message of the other."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from temporalio.testing import ActivityEnvironment

from activities.cases.compose import Composer
from activities.cases.deliver import Deliveries
from channels.channel import Outgoing
from channels.outcomes import Accepted
from channels.specs import SPECS
from commands.debtor.change import DebtorChange, change_debtor
from connectors.links import Links
from connectors.reply_addresses import ReplyAddresses
from domain.vocabulary import Channel
from planning.service import PlannedCase
from tests.store import NOW, PLANNING, TODAY, Store
from tests.world import debtor
from workflows.contracts import Act, Case

SECRET = ["a secret of at least 32 characters"]
FINN: dict[str, Any] = {"debtor": debtor(country="FI", phone=None)}
EURO_ACCOUNT = """insert into bank_account (creditor_id, account, happened_at)
  values ('acme', 'FI2112345600000785', :now)"""
TOGETHER = """select array_agg(i.number order by i.number) from delivery_case d join dunning_case c on c.id = d.case_id
  join invoice i on i.id = c.invoice_id group by d.delivery_id order by 1"""


@dataclass
class Mailbox:
    """A provider that takes every mail."""

    got: list[Outgoing] = field(default_factory=list)

    async def send(self, message: Outgoing) -> Accepted:
        """Take a message."""
        self.got.append(message)
        return Accepted(f"mail-{len(self.got)}")


async def send(store: Store, number: str, mailbox: Mailbox, at: datetime) -> None:
    """The invoice of a case leaves by email."""
    composer = Composer(Links(SECRET, "https://purr.example"), SPECS)
    answers = ReplyAddresses(SECRET, "svar.purr.example")
    deliveries = Deliveries(store.database, PLANNING, composer, {Channel.EMAIL: mailbox}, answers)
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, started_time=at, scheduled_time=at)
    act = Act(case=Case(creditor="acme", invoice=number), step="invoice", channel="email")
    await environment.run(deliveries.deliver, act)


async def planned(store: Store, case: int, at: datetime) -> PlannedCase:
    """What a case does next."""
    async with store.database.transaction() as connection:
        return await PLANNING.plan(connection, case, at)


async def test_invoices_of_two_laws_that_come_on_one_day_are_told_of_apart(store: Store) -> None:
    await store.do("""update creditor set policies = policies || '{"FI consumer": "fi-gentle"}' where id = 'acme'""")
    await store.do(EURO_ACCOUNT, now=NOW)
    today: dict[str, Any] = {"reference": None, "issue_date": TODAY, "due_date": TODAY + timedelta(days=21)}
    norwegian = [await store.invoice(number, **today) for number in ("1001", "1002")]
    async with store.database.transaction() as connection:
        moved = DebtorChange(country="FI", by="anne", reason_code="called")
        await change_debtor(connection, PLANNING, "acme", "K-1", None, moved, NOW)
    for case in norwegian:
        await store.command(case, "choose_policy", policy="no-gentle")
    finnish = await store.invoice("1003", currency="EUR", **today, **FINN)
    mailbox = Mailbox()
    plans = [await planned(store, case, NOW) for case in norwegian]
    assert [(plan.action.step, plan.action.channel, plan.law.country) for plan in plans] == [
        ("invoice", "email", "NO")
    ] * 2
    at = max(plan.action.at for plan in plans if plan.action.at)
    await send(store, "1001", mailbox, at)
    later = (await planned(store, finnish, at)).action.at
    assert later is not None
    assert later.date() > at.date()  # nobody gets the same message twice a day
    await send(store, "1003", mailbox, later)
    assert [numbers for (numbers,) in await store.rows(TOGETHER)] == [["1001", "1002"], ["1003"]]
    texts = [str(each.written.document["text"]) for each in mailbox.got]
    assert [("EUR" in text or "€" in text, "1003" in text) for text in texts] == [(False, False), (True, True)]
