"""What a script can do: what people, customer service and the creditor's systems do, over the doors that everybody has."""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from domain.countries.calendar import Calendar
from domain.invoices.incoming import IncomingInvoice
from simulator.acceptance.case import Seen
from simulator.cast import Person
from simulator.casts.home import Home
from simulator.clock import WorldClock
from simulator.debtors import Debtors
from simulator.emulators.providers import Providers
from simulator.live_view import Story
from simulator.offices.bank import Order
from simulator.offices.direct_debit_centre import DirectDebitCentre

ROOT = Path(__file__).resolve().parents[2]
OFFICE = "customer-service"
MORNING = time(10)


class DoorRefusedError(Exception):
    """A door did not do what a script asked of it: which one, and what it said."""


@dataclass(frozen=True, slots=True)
class Doors:
    """The ways into the world, the same for all cases."""

    home: Home
    clock: WorldClock
    calendar: Calendar
    story: Story
    debtors: Debtors
    providers: Providers
    centre: DirectDebitCentre
    web: httpx.AsyncClient
    keys: Mapping[str, str]  # of the API, by creditor
    state: Path


class Stage:
    """One case's invoices and people, by their place among its roles, and what can be done to them."""

    def __init__(
        self, doors: Doors, first_day: date, invoices: Sequence[IncomingInvoice], people: Sequence[Person]
    ) -> None:
        self.doors, self.first_day = doors, first_day
        self.invoices, self.people = invoices, people
        self.seen: Mapping[int, Seen] = {}

    def __getitem__(self, place: int) -> Seen:
        return self.seen[place]

    @property
    def home(self) -> Home:
        """The country that is played in."""
        return self.doors.home

    @property
    def a_place(self) -> dict[str, Any]:
        """Where somebody lives, as customer service records it."""
        postcode, city = self.home.places[0]
        return {"address_lines": [self.home.street.format(999)], "postcode": postcode, "city": city}

    def is_there(self, place: int) -> bool:
        """Whether the invoice has come."""
        return place in self.seen

    def tell(self, where: str, what: str, place: int = 0) -> None:
        """Tell a line of the case's story."""
        self.doors.story.tell(self.doors.clock.now(), where, what, self.invoices[place].number)

    def named(self, place: int = 0) -> str:
        """Who owes an invoice, and which."""
        return f"{self.people[place].name} ({self.invoices[place].number})"

    # --- time ---------------------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        """The day where everybody lives."""
        return self.doors.calendar.local_date(self.doors.clock.now())

    def day(self, number: int, hour: time = MORNING) -> datetime:
        """An hour of a day, counted from the first."""
        return self.doors.calendar.at(self.first_day + timedelta(days=number), hour)

    def in_days(self, days: int, hour: time = MORNING) -> datetime:
        """An hour so many days from now."""
        return self.on(self.today + timedelta(days=days), hour)

    def on(self, day: date, hour: time = MORNING) -> datetime:
        """An hour of a day."""
        return self.doors.calendar.at(day, hour)

    def working_days(self, days: int) -> datetime:
        """The morning so many banking days from now."""
        return self.on(self.doors.calendar.add_banking_days(self.today, days))

    # --- money --------------------------------------------------------------------------------------------------

    def pays_in_bank(self, place: int = 0, *, as_if_for: int | None = None, account: str | None = None) -> None:
        """Order what is owed in the bank: with the invoice's own KID or another's, from one's own account or another."""
        invoice, seen = self.invoices[place], self[place]
        kid = self.invoices[place if as_if_for is None else as_if_for].reference
        payer = account or self.people[place].account
        self.doors.debtors.order(Order(invoice.account or "", kid or "", seen.balance, payer), invoice.number)

    async def payment(self, place: int = 0, kind: str = "received", **told: Any) -> None:
        """A payment source tells of a payment over its webhook: of all that is owed, and of today, unless told otherwise."""
        invoice = self.invoices[place]
        usual = {"amount": str(self[place].balance), "booked_on": str(self.today), "payment_id": f"pos-{uuid4()}"}
        await self.doors.debtors.told_paid(
            invoice.creditor or "", invoice.number, kind, usual | {"reference": invoice.reference} | told
        )

    def signs_mandate(self, place: int) -> None:
        """The debtor has let the creditor draw this invoice."""
        invoice = self.invoices[place]
        self.doors.centre.sign(invoice.account or "", invoice.reference or "")

    # --- words --------------------------------------------------------------------------------------------------

    async def writes(self, words: str, place: int = 0) -> None:
        """The debtor answers by SMS."""
        await self.doors.providers.inbound_sms(self.people[place].phone, words)
        self.tell("person", f"{self.named(place)} writes: {words}", place)

    async def on_page(self, form: str, place: int = 0) -> str:
        """Press a form of the page behind the latest link; gives what the page shows afterwards."""
        page = self.doors.debtors.pages[self.invoices[place].number]
        await self.doors.web.post(f"{page}/{form}", data={})
        return (await self.doors.web.get(page)).text

    # --- customer service -----------------------------------------------------------------------------------------

    async def becomes_known(self, place: int = 0, **known: Any) -> None:
        """Customer service records what it has been told of the debtor."""
        number = self.people[place].debtor.customer_number
        await self.api("PATCH", f"/v1/debtors/{number}", {"by": OFFICE, "reason_code": "told"} | known, place)

    async def command(self, command: str, place: int = 0, **given: Any) -> None:
        """Customer service gives a command about the invoice."""
        asked = {"command": command, "by": OFFICE, "reason_code": "looked-into"} | given
        await self.api("POST", f"/v1/invoices/{self.invoices[place].number}/commands", asked, place)

    async def reads_replies(self, result: str, place: int = 0) -> None:
        """Customer service has read what this debtor wrote, and says what came of it."""
        number = self.people[place].debtor.customer_number
        for reply in (await self.api("GET", "/v1/replies", None, place))["replies"]:
            if reply["customer_number"] == number and reply["done_at"] is None:
                await self.api("POST", f"/v1/replies/{reply['id']}/done", {"by": OFFICE, "result": result}, place)

    async def api(self, method: str, path: str, body: Any, place: int = 0) -> Any:
        """One request to the API as the invoice's creditor. Raises DoorRefusedError."""
        headers = {"Authorization": f"Bearer {self.doors.keys[self.invoices[place].creditor or '']}"}
        of_file = {"content": body} if isinstance(body, bytes) else {"json": body} if body is not None else {}
        answer = await self.doors.web.request(method, path, headers=headers, **of_file)
        if answer.status_code >= 400:
            raise DoorRefusedError(f"{method} {path}: {answer.text}")
        return answer.json()

    async def types(self, *words: str) -> None:
        """An operator types a command into a terminal. Raises DoorRefusedError."""
        typed = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "starter.py"),
            "--state",
            str(self.doors.state),
            *words,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=os.environ | {"PURR_LOG_FORMAT": "json"},
        )
        said, _ = await typed.communicate()
        if typed.returncode:
            raise DoorRefusedError(f"starter.py {' '.join(words)}: {said.decode()}")
