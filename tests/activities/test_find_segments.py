"""Segments and behaviour are found creditor by creditor, kept once, and told once however often the act is tried."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.find_segments import Finder, FindSegments
from domain.learned.behaviour import Behaviour, Pattern
from domain.learned.segments import STARTS, Segment
from facts.database import Database
from facts.prediction.segments import FoundDebtor
from prediction.payments import finding
from tests.begin import turn
from tests.store import NOW, Store
from tests.world import debtor

OLA = {"name": "Ola Nordmann", "customer_number": "K-10", "email": "ola@example.no", "phone": "+4798765432"}
IN = """select d.creditor_id, s.segment from debtor_segment s join debtor d on d.id = s.debtor_id order by 1"""


class Foreseen:
    """Finds every debtor of a creditor in one segment, as a test says; reading the past of one may break."""

    def __init__(self, segment: str = "habit", breaks: str = "") -> None:
        self.segment, self.breaks = segment, breaks
        self.read: list[str] = []
        self.before: list[Sequence[Segment]] = []

    async def read_past(self, database: Database, now: datetime, creditor: str) -> Any:
        self.read.append(creditor)
        if creditor == self.breaks:
            raise RuntimeError("the database went away")
        return (await finding.read_past(database, now, creditor)).invoices.debtor.tolist()

    def found(
        self, past: Any, before: Sequence[Segment], was_in: Mapping[int, str]
    ) -> tuple[Sequence[Segment], Sequence[FoundDebtor]]:
        self.before.append(before)
        start = STARTS[self.segment]
        return [Segment(self.segment, start, len(past))] if past else [], [
            FoundDebtor(each, self.segment, start, []) for each in sorted(set(past))
        ]

    def version(self) -> str:
        return "v1"


async def find(store: Store, finder: Finder, *progress: str) -> int:
    """The act, as Temporal has it done; tried again it knows how far it was."""
    here = ActivityEnvironment()
    here.info = replace(here.default_info(), heartbeat_details=list(progress))
    return await here.run(FindSegments(store.database, finder).find_segments)


async def two_creditors(store: Store) -> None:
    await turn(store.database, NOW)
    await store.invoice()
    await store.invoice("2001", creditor="beta", debtor=debtor(**OLA))
    for creditor in ("acme", "beta"):
        await store.do(
            """insert into webhook_endpoint (id, creditor_id, url, events, secret_version, happened_at)
            values (gen_random_uuid(), :creditor, 'https://hook.example/', '["*"]', 1, :now)""",
            creditor=creditor,
            now=NOW,
        )


async def told(store: Store) -> int:
    many: int = await store.one("select count(*) from webhook_message where type = 'debtor.behaviour_changed'")
    return many


async def test_each_creditors_debtors_are_found_by_themselves(store: Store) -> None:
    await two_creditors(store)
    finder = Foreseen()
    assert await find(store, finder) == 0
    assert finder.read == ["acme", "beta"]
    assert [tuple(row) for row in await store.rows(IN)] == [("acme", "habit"), ("beta", "habit")]
    again = Foreseen()
    await find(store, again)
    assert [[each.key for each in before] for before in again.before] == [["habit"], ["habit"]]


async def test_an_act_that_was_broken_off_goes_on_and_tells_nobody_twice(store: Store) -> None:
    await two_creditors(store)
    await find(store, Foreseen())
    with pytest.raises(RuntimeError):
        await find(store, Foreseen("forgets", breaks="beta"))
    assert await told(store) == 1
    goes_on = Foreseen("forgets")
    assert await find(store, goes_on, (NOW + timedelta(hours=1)).isoformat(), "acme") == 1
    assert goes_on.read == ["beta"]
    assert await find(store, Foreseen("forgets")) == 0
    assert await told(store) == 2


async def test_who_objects_is_not_looked_at_at_all(store: Store) -> None:
    await two_creditors(store)
    await store.known("no profiling")
    await find(store, Foreseen())
    assert await store.rows(IN) == []


async def test_how_somebody_pays_is_found_in_purrs_own_facts(store: Store) -> None:
    await turn(store.database, NOW)
    for place in range(4):
        await store.invoice(f"100{place}", reference=None)
        await store.pay(f"p{place}", reference=None, number=f"100{place}", amount=Decimal("802.00"))
    await find(store, finding)
    ((patterns, version),) = await store.rows("select patterns, version from debtor_behaviour")
    assert version == finding.version()
    assert Pattern.METHOD in [Behaviour(*each).pattern for each in patterns]
    assert await store.rows(IN) == []
