"""The emulated house brings letters in the first way that it can, and what it tells is taken, however its files fail."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import orjson
import pytest

from activities.house_folder import HouseFolder
from channels.print_batches import LetterMeta, PrintBatches
from connectors.drop_folder import DropFolder
from domain.vocabulary import Channel
from simulator.emulators.distribution_house import DistributionHouse, Fault
from tests.store import NOW, Store

TODAY = NOW.date()


class Office:
    """A house with two letters to bring: one of whoever has a mailbox, and one of who has none."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.status = store, folder / "status"
        self.batches = PrintBatches(folder / "print")
        DropFolder(self.status)
        self.house = DistributionHouse(folder / "print", self.status, mailboxes={"K-1"})
        self.folder = HouseFolder(store.database, self.batches, self.status)

    async def give(self, number: str, customer: str) -> UUID:
        letter = await self.store.claim(await self.store.invoice(number), channel=Channel.LETTER)
        await self.store.accept(letter)
        ways = ("digital mailbox", "paper")
        await self.store.do(
            "update delivery set document = cast(:document as jsonb) where id = :id",
            document=orjson.dumps({"ways": ways, "needs_paper": False}).decode(),
            id=letter,
        )
        meta = LetterMeta("Acme", "NO", 1, ways, "acme", customer)
        self.batches.add(batch="b-h1", delivery_id=str(letter), pdf=b"%PDF", meta=meta)
        return letter

    async def states(self) -> list[tuple[object, ...]]:
        return [
            (row.state, row.way, row.posted_on)
            for row in await self.store.rows("select state, way, posted_on from delivery order by serial")
        ]


@pytest.fixture
def office(store: Store, tmp_path: Path, a_while_later: None) -> Office:
    return Office(store, tmp_path)


BROUGHT = [("accepted", "digital mailbox", TODAY), ("accepted", "paper", TODAY)]


@pytest.mark.parametrize(("fault", "files"), [(None, 1), ("comes twice", 2)])
async def test_each_letter_goes_the_first_way_that_it_can(office: Office, fault: Fault | None, files: int) -> None:
    await office.give("1", "K-1")
    await office.give("2", "K-2")
    office.house.faults.extend([fault] if fault else [])
    assert len(office.house.work(TODAY)) == files
    assert await office.folder.look() == files
    assert await office.states() == BROUGHT
    assert office.house.work(TODAY + timedelta(days=1)) == []


async def test_what_was_not_told_is_told_with_the_next_days_file(office: Office) -> None:
    await office.give("1", "K-1")
    office.house.faults.append("none comes")
    assert office.house.work(TODAY) == []
    await office.give("2", "K-2")
    office.house.work(TODAY)
    await office.folder.look()
    assert await office.states() == BROUGHT


async def test_what_contradicts_itself_is_taken_in_the_kinder_reading_and_asked_about(office: Office) -> None:
    await office.give("1", "K-1")
    office.house.faults.append("contradicts itself")
    office.house.work(TODAY)
    await office.folder.look()
    assert [state for state, *_ in await office.states()] == ["failed"]
    assert await office.store.one("select count(*) from task where kind = 'letter'") == 1


async def test_a_letter_that_nobody_lives_for_is_told_as_returned_on_the_day_that_it_is_back(office: Office) -> None:
    letter = await office.give("2", "K-2")
    office.house.work(TODAY)
    await office.folder.look()
    office.house.comes_back("acme", str(letter), TODAY + timedelta(days=1))
    assert office.house.work(TODAY) == []
    assert len(office.house.work(TODAY + timedelta(days=1))) == 1
    await office.folder.look()
    assert [state for state, *_ in await office.states()] == ["failed"]
