"""Files of customer relations that are dropped into the folder: each event once, answered in a report, and put away."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from activities.relation_folder import RelationFolder
from activities.watched_folder import alone_in
from connectors.drop_folder import DropFolder
from tests.store import Store

HEAD = "creditor,id,customer_number,kind,on,product,monthly_margin,currency,reason"


def started(id: str, customer: str = "K-1", owner: str = "acme", margin: str = "250.00") -> str:
    return f"{owner},{id},{customer},started,2025-01-15,power,{margin},NOK,"


@dataclass
class Dropped:
    """A folder that is looked into."""

    place: Path
    folder: RelationFolder
    store: Store

    def drop(self, name: str, *lines: str) -> None:
        (self.place / name).write_text("\n".join(lines))

    def report(self, place: str, name: str) -> Any:
        return orjson.loads((self.place / place / f"{name}.report.json").read_bytes())

    def lying(self, place: str = "") -> list[str]:
        return sorted(file.name for file in (self.place / place).iterdir() if file.is_file() and file.name[0] != ".")

    async def kept(self) -> int:
        return int(await self.store.one("select count(*) from customer_relation"))


@pytest.fixture
def dropped(store: Store, tmp_path: Path, a_while_later: None) -> Dropped:
    place = tmp_path / "customer-relations"
    DropFolder(place)
    return Dropped(place, RelationFolder(store.database, place), store)


async def test_each_line_is_kept_or_answered_why_not(dropped: Dropped) -> None:
    dropped.drop("a.csv", HEAD, started("1"), started("2", owner="nobody"), started("3", margin="1,234"), started("4"))
    assert await dropped.folder.look() == 1
    assert (dropped.lying(), dropped.lying("done")) == ([], ["a.csv", "a.csv.report.json"])
    told = dropped.report("done", "a.csv")
    assert [(each["line"], each["id"], each["status"]) for each in told["events"]] == [
        (2, "1", "new"), (3, "2", "rejected"), (4, "3", "rejected"), (5, "4", "new"),
    ]  # fmt: skip
    assert "nobody" in told["events"][1]["reason"]
    assert await dropped.kept() == 2


async def test_the_same_events_again_are_known_whatever_the_name_of_their_file(dropped: Dropped) -> None:
    for name in ("a.csv", "b.csv", "a.csv"):
        dropped.drop(name, HEAD, started("1"))
        await dropped.folder.look()
    assert await dropped.kept() == 1
    assert [each["status"] for each in dropped.report("done", "b.csv")["events"]] == ["known"]
    assert len(dropped.lying("done")) >= 5  # none has taken another one's place


async def test_an_event_that_is_told_otherwise_is_refused_and_what_is_kept_stays(dropped: Dropped) -> None:
    dropped.drop("a.csv", HEAD, started("1"))
    await dropped.folder.look()
    dropped.drop("b.csv", HEAD, started("1", margin="9.00"))
    await dropped.folder.look()
    assert dropped.lying("refused") == ["b.csv", "b.csv.report.json"]
    assert await dropped.store.one("select monthly_margin = 250 from customer_relation")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["Dear Purr"], "no CSV of customer relations"),
        (["customer_number,kind,on", "K-1,started,2025-01-15"], "has no column id"),
        ([f"{HEAD},colour", f"{started('1')},red"], "not known: colour"),
        ([HEAD], "no event below its header line"),
        ([], "no CSV of customer relations"),
    ],
)
async def test_a_file_of_something_else_is_refused_whole(dropped: Dropped, lines: list[str], why: str) -> None:
    dropped.drop("a.csv", *lines)
    dropped.drop("b.csv", HEAD, started("1"))
    await dropped.folder.look()
    assert why in dropped.report("refused", "a.csv")["reason"]
    assert (dropped.lying("done"), await dropped.kept()) == (["b.csv", "b.csv.report.json"], 1)


async def test_more_than_a_transaction_holds_is_taken_whole(dropped: Dropped) -> None:
    dropped.drop("a.csv", HEAD, *(started(str(number), f"K-{number}") for number in range(450)))
    await dropped.folder.look()
    assert await dropped.kept() == 450


async def test_what_is_being_written_waits_and_of_two_workers_one_looks(dropped: Dropped) -> None:
    dropped.drop("a.csv.part", HEAD, started("1"))
    assert await dropped.folder.look() == 0
    dropped.drop("a.csv", HEAD, started("1"))
    with alone_in(dropped.place) as is_alone:
        assert is_alone
        assert await dropped.folder.look() == 0
    assert await dropped.folder.look() == 1
