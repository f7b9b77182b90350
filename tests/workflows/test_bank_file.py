"""The folder of bank files on a real server: each file is booked once, and a flagged one waits for a person."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.service import RPCError

from activities import bank_files
from activities.schedules import watch_bank_files
from connectors.bank_files.reader import examine
from connectors.drop_folder import QUIET_SECONDS
from domain.countries.no import kid_with_check_digit
from simulator.offices.bank import Order as BankOrder
from simulator.offices.bank import ocr_file
from tests.world import World, creditor, debtor, eventually, invoice
from workflows.bank_file import BankFileWorkflow
from workflows.contracts import TASK_QUEUE, Acceptance, BankFileFound, BankFileStands, Order

NUMBERS = count(5_000_000)
DAY = date(2026, 3, 20)
ADD_ACCOUNT = text("insert into bank_account (creditor_id, account, happened_at) values (:creditor, :account, :now)")


@dataclass
class Office:
    """A creditor with an account of its own and open invoices, and its files in the folder."""

    world: World
    creditor: str
    account: str
    kids: list[str]

    @property
    def folder(self) -> Path:
        """The folder that is watched."""
        return self.world.settings.bank_file_folder

    def content(self, *accounts: str, transactions: int = 3) -> str:
        """An OCR giro file that pays the creditor's invoices, on the first account."""
        accounts = accounts or (self.account,)
        orders = [BankOrder(accounts[0], kid, Decimal("802.00")) for kid in self.kids[:transactions]]
        return ocr_file(DAY, accounts, orders)

    def leave(self, content: str) -> Path:
        """The bank leaves a file, a while ago."""
        path = self.folder / f"OCR.{next(NUMBERS)}"
        path.write_text(content, encoding="latin-1")
        return path

    def clear(self) -> None:
        """What lies in the folder is taken away."""
        for path in self.folder.glob("OCR.*"):
            path.unlink()

    async def start(self, path: Path) -> WorkflowHandle[Any, BankFileStands]:
        """Start the file's workflow as the watcher does."""
        sha256 = examine(path).sha256 or ""
        return await self.world.client.start_workflow(
            BankFileWorkflow.run,
            BankFileFound(name=path.name, sha256=sha256),
            id=f"bank-file/{sha256[:16]}",
            task_queue=TASK_QUEUE,
        )

    async def add_account(self, account: str) -> None:
        """Register one more account of the creditor's."""
        values = {"creditor": self.creditor, "account": account, "now": self.world.clock.now()}
        async with self.world.database.transaction() as connection:
            await connection.execute(ADD_ACCOUNT, values)

    async def paid(self) -> int:
        """How many of the invoices are paid."""
        rows = await self.world.rows(
            "select 1 from dunning_case where creditor_id = :creditor and balance = 0", creditor=self.creditor
        )
        return len(rows)


async def opened(world: World) -> Office:
    """The office of a creditor of its own, with three open invoices."""
    number = next(NUMBERS)
    here = Office(world, f"bank-{number}", f"{30_000_000_000 + number}", [])
    await world.register(creditor(id=here.creditor, organisation_number=None, accounts=(here.account,)))
    for place in range(3):
        kid = kid_with_check_digit(f"{next(NUMBERS):09}")
        here.kids.append(kid)
        details = {"creditor": here.creditor, "reference": kid, "account": here.account}
        await world.send_invoice(invoice(f"{place}", **details, debtor=debtor(customer_number=f"K-{place}")))
    return here


@pytest_asyncio.fixture
async def office(world: World) -> AsyncIterator[Office]:
    here = await opened(world)
    yield here
    here.clear()


async def waits(handle: WorkflowHandle[Any, BankFileStands]) -> BankFileStands:
    """The file once it waits for a person."""

    async def flagged() -> BankFileStands | None:
        try:
            stands = await handle.query(BankFileWorkflow.status)
        except RPCError as error:  # its first task is not there yet: it begins at the moment that the test names
            if "not scheduled yet" not in str(error):
                raise
            return None
        return stands if stands.flags and stands.state == "flagged" else None

    found: BankFileStands = await eventually(flagged)
    return found


async def test_a_file_in_the_folder_is_booked_and_put_away_with_a_summary(office: Office) -> None:
    client = office.world.client
    path, hidden = office.leave(office.content()), office.folder / ".OCR.being-written"
    hidden.write_text(office.content(transactions=1))
    await asyncio.sleep(QUIET_SECONDS)
    for _ in range(2):  # as two workers do
        await watch_bank_files(client)
    watcher = client.get_workflow_handle("bank-folder")
    file = client.get_workflow_handle_for(BankFileWorkflow.run, f"bank-file/{(examine(path).sha256 or '')[:16]}")

    async def put_away() -> bool:
        await office.world.skip(watcher, timedelta(minutes=1))
        return not path.exists()

    await eventually(put_away, within=30)
    stands = await file.result()
    assert (stands.state, stands.booked, stands.known, stands.review) == ("done", 3, 0, 0)
    assert stands.totals == {"NOK": Decimal("2406.00")}
    assert stands.imported_through == {office.account: DAY}
    assert await office.paid() == 3
    assert (office.folder / "done" / path.name).exists()
    assert hidden.exists()
    hidden.unlink()
    await watcher.terminate()


async def test_a_flagged_file_is_booked_when_a_person_accepts_it(office: Office) -> None:
    path = office.leave(office.content().replace("NY000089000000", "NY000089000007"))
    handle = await office.start(path)
    stands = await waits(handle)
    assert stands.acceptable
    assert await office.paid() == 0
    await handle.execute_update(BankFileWorkflow.accept, Acceptance(by="kim"))
    done = await handle.result()
    assert (done.state, done.booked, list(done.flags)) == ("done", 3, list(stands.flags))
    assert (office.folder / "done" / path.name).exists()
    assert await office.paid() == 3
    with pytest.raises((WorkflowUpdateFailedError, RPCError)):
        await handle.execute_update(BankFileWorkflow.accept, Acceptance(by="kim"))


async def test_a_refused_file_is_put_away_and_refused_when_it_comes_again(office: Office) -> None:
    content = office.content().replace("NY000089000000", "NY000089000007")
    path = office.leave(content)
    handle = await office.start(path)
    await waits(handle)
    await handle.execute_update(BankFileWorkflow.refuse, Order(by="kim", reason_code="not-ours"))
    assert (await handle.result()).state == "refused"
    assert (office.folder / "refused" / path.name).exists()
    again = office.leave(content)
    assert (await (await office.start(again)).result()).state == "refused"
    assert (office.folder / "refused" / again.name).exists()
    assert await office.paid() == 0


async def test_an_account_of_nobody_is_booked_once_it_is_registered(office: Office) -> None:
    stranger = f"{40_000_000_000 + next(NUMBERS)}"
    handle = await office.start(office.leave(office.content(stranger, office.account)))
    stands = await waits(handle)
    assert (stands.left_out, stands.acceptable) == (3, False)
    with pytest.raises(WorkflowUpdateFailedError):
        await handle.execute_update(BankFileWorkflow.accept, Acceptance(by="kim"))
    await office.add_account(stranger)
    await office.world.skip(handle, timedelta(hours=1))
    done = await handle.result()
    assert (done.state, done.booked, done.left_out) == ("done", 3, 0)


async def test_a_file_that_is_taken_away_ends_its_workflow(office: Office) -> None:
    path = office.leave(office.content().replace("NY000089000000", "NY000089000007"))
    handle = await office.start(path)
    await waits(handle)
    path.write_text("another file")
    await handle.signal(BankFileWorkflow.look_again)
    assert (await handle.result()).state == "gone"
    assert path.exists()


async def test_a_long_file_is_booked_in_parts(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_files, "AT_ONCE", 1)
    monkeypatch.setattr(bank_files, "CHUNK", 1)
    handle = await office.start(office.leave(office.content()))
    assert (await handle.result()).booked == 3
    assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED
    history = await handle.fetch_history()
    asked = [e for e in history.events if e.HasField("activity_task_scheduled_event_attributes")]
    names = [e.activity_task_scheduled_event_attributes.activity_type.name for e in asked]
    assert names == ["examine_bank_file", *["book_bank_file"] * 3, "put_away_bank_file"]
