"""Invoice files that are dropped into the folder: imported, answered in a report, and put away."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from activities.invoice_folder import InvoiceFolder
from activities.watched_folder import alone_in
from connectors.drop_folder import DropFolder
from tests.connectors.invoice_files.test_ubl import a_document
from tests.store import TODAY, Store

HEAD = "creditor,kind,number,invoice_number,issue_date,due_date,amount,currency,debtor_name,debtor_customer_number"
AHEAD = TODAY.replace(year=TODAY.year + 1)


def line(number: str, amount: str = "802.00", due: str = f"{AHEAD}", owner: str = "acme") -> str:
    return f"{owner},invoice,{number},,{TODAY},{due},{amount},NOK,Kari Nordmann,K-{number}"


@dataclass
class Dropped:
    """A folder that is looked into."""

    place: Path
    folder: InvoiceFolder
    store: Store

    def drop(self, name: str, content: str | bytes) -> None:
        (self.place / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    async def look(self) -> int:
        return await self.folder.look()

    def report(self, place: str, name: str) -> Any:
        return orjson.loads((self.place / place / f"{name}.report.json").read_bytes())

    def lying(self, place: str = "") -> list[str]:
        return sorted(file.name for file in (self.place / place).iterdir() if file.is_file() and file.name[0] != ".")


@pytest.fixture
def dropped(store: Store, tmp_path: Path, a_while_later: None) -> Dropped:
    place = tmp_path / "invoices"
    folder = InvoiceFolder(store.database, place, lambda _now: store.intake)
    DropFolder(place)
    return Dropped(place, folder, store)


async def test_what_is_taken_is_done_and_each_invoice_is_answered(dropped: Dropped) -> None:
    note = f"acme,credit_note,K1,1,{TODAY},,100.00,NOK,,"
    dropped.drop("a.csv", "\n".join([HEAD, note, line("1"), line("2", "0")]))
    dropped.drop("1.pdf", b"%PDF-1.7")
    assert await dropped.look() == 1
    assert (dropped.lying(), dropped.lying("done")) == ([], ["1.pdf", "a.csv", "a.csv.report.json"])
    report = dropped.report("done", "a.csv")
    told = [(each["place"], each["number"], each["status"]) for each in report["invoices"]]
    assert told == [("line 3", "1", "started"), ("line 4", "2", "rejected"), ("line 2", "K1", "credited")]
    assert (report["invoices"][1]["reason"], report["reason"]) == ("amount is not more than 0", None)
    assert await dropped.store.one("select count(*) from invoice where pdf_sha256 is not null") == 1
    assert "Kari" not in str(report)


async def test_the_same_file_again_is_known_and_changes_nothing(dropped: Dropped) -> None:
    for name in ("a.csv", "b.csv"):
        dropped.drop(name, "\n".join([HEAD, line("1")]))
        await dropped.look()
    assert [each["status"] for each in dropped.report("done", "b.csv")["invoices"]] == ["known"]
    assert await dropped.store.one("select count(*) from invoice") == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("Dear Purr", "is no invoice file"),
        (f"{HEAD}\n{line('1', owner='nobody')}", "no creditor 'nobody'"),
        (a_document(), "no creditor '987654325'"),
    ],
)
async def test_what_holds_nothing_that_is_taken_is_refused(dropped: Dropped, content: str, reason: str) -> None:
    dropped.drop("a", content)
    await dropped.look()
    assert dropped.lying("refused") == ["a", "a.report.json"]
    (told,) = dropped.report("refused", "a")["invoices"]
    assert reason in told["reason"]


async def test_new_invoices_that_are_past_due_wait_for_a_person_with_all_of_their_file(dropped: Dropped) -> None:
    day = TODAY.replace(year=TODAY.year - 1)
    old = line("2", due=f"{day}").replace(f"{TODAY}", f"{day}")
    dropped.drop("a.csv", "\n".join([HEAD, line("1"), old]))
    await dropped.look()
    assert dropped.report("refused", "a.csv")["reason"].startswith(
        f"1 new invoices are past due, the oldest since {day}"
    )
    assert await dropped.store.one("select count(*) from invoice") == 0


async def test_a_pdf_alone_waits_and_what_is_being_written_is_left_alone(dropped: Dropped) -> None:
    dropped.drop("7.pdf", b"%PDF-1.7")
    dropped.drop("a.csv.part", line("1"))
    assert (await dropped.look(), dropped.lying()) == (0, ["7.pdf", "a.csv.part"])


async def test_of_two_workers_one_looks(dropped: Dropped) -> None:
    dropped.drop("a.csv", f"{HEAD}\n{line('1')}")
    with alone_in(dropped.place) as is_alone:
        assert is_alone
        assert await dropped.look() == 0
    assert await dropped.look() == 1
