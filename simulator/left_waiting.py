"""What waits for people when the story is over: something in every queue of the desk, by the door that it comes by in life.

None of it is in the story's figures: it comes once the report is written, with newcomers of its own. Nobody of the story
reacts to anything any more.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any, Final

import typst
from sqlalchemy import text

from activities.schedules import watch_bank_files
from connectors.drop_folder import QUIET_SECONDS
from domain.desk.roles import Role
from domain.invoices.incoming import IncomingInvoice
from domain.moment import moment_in
from facts import clock
from simulator import staff
from simulator.acceptance.case import Before
from simulator.cast import Cast, Newcomer, newcomers
from simulator.casts.home import Home
from simulator.clock import WorldStuckError
from simulator.newcomers import TWO
from simulator.offices.bank import Bank, Order
from simulator.servers import Servers
from worker import letter_folder_of

OWES_MUCH, FOR_AGENCY, AFTER_NOTICE, UNANSWERED, BOUNCES, WRITES_A_LETTER, HAS_DIED, DISAGREES = range(8)
BY_EMAIL = Before("invoice", "email", -90)
REMINDED = Before("reminder", "letter", -50, deadline=-36)
COMING: Final = (
    Newcomer("12480", issued=-90, term=40, before=(BY_EMAIL, Before("reminder", "letter", -20, deadline=-2))),
    Newcomer("8940", issued=-90, term=40, before=(BY_EMAIL, Before("reminder", "letter", -20, deadline=-2))),
    Newcomer("6240", issued=-90, before=(BY_EMAIL, REMINDED, Before("collection-notice", "letter", -26, deadline=-8))),
    Newcomer("1249"),
    Newcomer("1249"),
    Newcomer("802"),
    Newcomer("3490"),
    Newcomer("2206", issued=-30, term=20, before=(Before("invoice", "email", -30),)),
)
"""Who comes, by their places above."""
MORNING: Final = time(10)
BANKING_DAYS: Final = 2  # until calls and approvals are due, and what was asked before is answered late
LOOKED_INTO_WITHIN: Final = 150.0  # seconds of wall time: the folder of bank files is looked into every minute
FIRST_FILE: Final = 901  # of files of the bank that are not its daily one
LOOK_EVERY: Final = 0.2
STRANGER: Final = 998  # who has this account has no invoice
NO_REFERENCE: Final = "990000000018"
SEEN: Final = re.compile(r'name="seen" value="([^"]*)"')
DUE = text("""
select count(*) from task t join dunning_case c on c.id = t.case_id join invoice i on i.id = c.invoice_id
where t.kind in ('call', 'approval') and t.done_at is null and i.number = any(:numbers)
""")
WRITTEN_BY = text("""
select max(r.id) from reply r join debtor d on d.id = r.debtor_id
where d.customer_number = :customer_number and r.done_at is null
""")
TAKEN = text("""
select (select count(*) from bank_file where name = any(:files)) = cardinality(cast(:files as text[]))
  and exists (select from reply where channel = 'letter')
""")


@dataclass(frozen=True, slots=True)
class LeftWaiting:
    """Leaves work for the desk of a world; `keys` are of the API, by creditor."""

    on: Servers
    everybody: Cast
    bank: Bank
    keys: Mapping[str, str]

    async def leave(self) -> None:
        """Leave something in every queue. Raises WorldStuckError where something does not come there."""
        invoices = await self._come()
        files = self._put_files(invoices)
        await self._days_pass([invoice.number for invoice in invoices])
        await self._words_come(invoices)
        await self._files_are_taken(files)
        await self.on.clock.rest()

    def incoming_call(self) -> str:
        """What to type so that somebody who came after the story calls the agent at the desk."""
        caller = newcomers(self.everybody, self.on.first_day, TWO)[0]
        agent, _ = staff.PEOPLE[Role.AGENT]
        told = f'{{"call": "\'$RANDOM\'", "agent": "{agent}", "number": "{caller.debtor.phone}"}}'
        key = self.keys[caller.creditor or ""]
        address = f"{self.on.settings.public_url}/v1/calls/incoming"
        return f"curl {address} -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' -d '{told}'"

    # --- what comes -------------------------------------------------------------------------------------------------

    async def _come(self) -> Sequence[IncomingInvoice]:
        """The invoices are imported; one's email bounces, of another's nobody ever hears."""
        today = self._today()
        invoices = newcomers(self.everybody, today, COMING, first=len(TWO))
        providers = self.on.providers
        providers.bad_addresses[invoices[BOUNCES].debtor.email or ""] = "550 5.1.1 user unknown"
        providers.unanswered.add(invoices[UNANSWERED].debtor.email or "")
        async with self.on.database.transaction() as connection:
            now = await clock.now(connection)
            for invoice in invoices:
                await self.on.parts.intake(today).invoice(connection, invoice, now)
        await self.on.clock.rest()
        return invoices

    async def _days_pass(self, numbers: Sequence[str]) -> None:
        """Banking days pass, with the bank's file of each, until there is somebody to call and somebody to hand off."""
        for passed in range(1, 15):
            day = self.on.law.calendar.add_banking_days(self._today(), 1)
            morning = self.on.law.calendar.at(day, MORNING)
            while (due := await self.on.clock.next_due()) is not None and due < morning:
                await self.on.clock.move_to(due)
            await self.on.clock.move_to(morning)
            await self.bank.close_day(day)
            await self.on.clock.rest()
            if passed >= BANKING_DAYS and await self._is_due(numbers):
                return
        raise WorldStuckError(f"nobody is to be called, or handed off, of the invoices {', '.join(numbers)}")

    async def _is_due(self, numbers: Sequence[str]) -> bool:
        async with self.on.database.transaction() as connection:
            due: int = (await connection.execute(DUE, {"numbers": list(numbers)})).scalar_one()
        return due == len((OWES_MUCH, FOR_AGENCY, AFTER_NOTICE))

    async def _words_come(self, invoices: Sequence[IncomingInvoice]) -> None:
        """Two write; what is said of others is recorded, a call given to the agency, and one answer put off."""
        providers, bounces, said = self.on.providers, invoices[BOUNCES].debtor, self.home.said
        await providers.inbound_sms(bounces.phone or "", said.new_address)
        await providers.inbound_sms(self.home.somebody, said.lost_letter)
        await self.on.clock.rest()
        who = {"by": staff.PEOPLE[Role.AGENT][0], "reason_code": "told"}
        died, disagrees = invoices[HAS_DIED], invoices[DISAGREES]
        await self._ask("PATCH", f"/v1/debtors/{died.debtor.customer_number}", who | {"stop_reason": "deceased"})
        disputed = who | {"command": "dispute", "note": said.disputed}
        await self._ask("POST", f"/v1/invoices/{disagrees.number}/commands", disputed)
        for call in (await self._ask("GET", "/v1/calls?all=true"))["calls"]:
            if call["invoice"] == invoices[FOR_AGENCY].number:
                given = {"by": who["by"], "agency": staff.AGENCY}
                await self._ask("POST", f"/v1/calls/{call['id']}/give", given)
        await self._answer_later(bounces.customer_number or "")

    async def _answer_later(self, customer_number: str) -> None:
        """An agent puts off, at the desk, what somebody wrote: until they have what they wait for."""
        async with self.on.database.transaction() as connection:
            found = await connection.execute(WRITTEN_BY, {"customer_number": customer_number})
            thread = f"/desk/inbox/{found.scalar_one()}"
        day = self.on.law.calendar.add_banking_days(self._today(), 1)
        async with staff.at_desk(self.on.settings.public_url, Role.AGENT) as desk:
            seen = SEEN.search((await desk.get(thread)).text)
            until = {"until": f"{day}T{MORNING:%H:%M}", "seen": seen[1] if seen else ""}
            put_off = await desk.post(f"{thread}/snooze", data=until)
        if put_off.status_code != 303:
            raise WorldStuckError(f"the thread {thread} cannot be put off")

    # --- files ------------------------------------------------------------------------------------------------------

    def _put_files(self, invoices: Sequence[IncomingInvoice]) -> Sequence[str]:
        """Files of the bank lie in their folder, and a letter in its own; gives the names of those of the bank.

        One has a payment whose reference is a slip of two invoices of the same amount, and one with a reference of nothing;
        the other contradicts itself.
        """
        day = self._today()
        account, one, other = self.home.without_fees.accounts[0], invoices[UNANSWERED], invoices[BOUNCES]
        reference, slip = one.reference or "", f"{(one.reference or '')[:-1]}{(other.reference or '')[-1]}"
        odd = [self._order(account, slip, one.amount), self._order(account, NO_REFERENCE, self.home.amount(700))]
        files = self.home.bank_files
        some, more = (
            files.write(day, [account], [self._order(account, reference, self.home.amount(kroner))], FIRST_FILE + 1)
            for kroner in (100, 200)
        )
        written = {
            f"{files.name(day)}.late": files.write(day, [account], odd, FIRST_FILE),
            f"{files.name(day)}.damaged": contradicting(some, more),
        }
        for name, content in written.items():
            (self.on.settings.bank_file_folder / name).write_text(content, encoding=files.encoding)
        writer = invoices[WRITES_A_LETTER]
        words = self.home.said.letter.format(
            city=writer.debtor.city, day=f"{day:%d.%m.%Y}", name=writer.debtor.name, reference=writer.reference
        )
        letter = typst.compile(words.encode(), format="pdf", ignore_system_fonts=True)
        (self.on.settings.letter_in_folder / "skannet-0001.pdf").write_bytes(letter)
        return list(written)

    async def _files_are_taken(self, names: Sequence[str]) -> None:
        """Whoever watches the folders looks into them. Raises WorldStuckError where that brings nothing."""
        await asyncio.sleep(QUIET_SECONDS)  # what was written just now is left alone, and the first look comes at once
        await watch_bank_files(self.on.clock.client)
        letters, loop = letter_folder_of(self.on.parts), asyncio.get_running_loop()
        deadline = loop.time() + LOOKED_INTO_WITHIN
        while True:
            await letters.look()
            async with self.on.database.transaction() as connection:
                taken = (await connection.execute(TAKEN, {"files": list(names)})).scalar_one()
            if taken:
                return
            if loop.time() > deadline:
                raise WorldStuckError(f"the files {', '.join(names)} and a letter are not taken")
            await asyncio.sleep(LOOK_EVERY)

    def _order(self, account: str, reference: str, amount: Decimal) -> Order:
        return Order(account, reference, amount, self.home.account(STRANGER))

    # --- the world --------------------------------------------------------------------------------------------------

    @property
    def home(self) -> Home:
        """The country that is played in."""
        return self.everybody.home

    def _today(self) -> date:
        return moment_in(self.home.country, self.on.clock.now()).day

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One request to the API as the newcomers' creditor. Raises WorldStuckError."""
        headers = {"Authorization": f"Bearer {self.keys[self.home.without_fees.id]}"}
        answer = await self.on.web.request(method, path, json=body, headers=headers)
        if answer.status_code >= 400:
            raise WorldStuckError(f"{method} {path}: {answer.text}")
        return answer.json()


def contradicting(some: str, more: str) -> str:
    """The first half of one file and the second of another, of as many lines: what it holds is not what it adds up to."""
    lines, others = some.splitlines(keepends=True), more.splitlines(keepends=True)
    half = len(lines) // 2
    return "".join([*others[:half], *lines[half:]])
