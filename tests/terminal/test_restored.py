"""After a restore: what went out since stands as sent, once; what cannot be put back is named; nothing happens unasked."""

import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from pydantic import SecretStr
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from channels.outcomes import Listed
from channels.print_batches import LetterMeta
from composition import Parts
from config.settings import Settings
from domain.vocabulary import CHANNELS, Channel
from facts.deliveries.restored import SentSince
from facts.operations.stops import RESTORING, lift_stop, set_stop
from terminal.output import Refusal
from terminal.restored import Report, put_right
from terminal.restored_sources import Since, from_logs, read_history
from tests.facts.builders import NOON, Facts, facts_in
from tests.histories.record import FOLDER
from tests.world import laws_for_years_to_come

SINCE = NOON - timedelta(hours=1)
EMAIL = SentSince("acme", "1001", "invoice", Channel.EMAIL, NOON, uuid4(), "sg-1")


@dataclass
class Restored:
    """Facts of an earlier day, under the stop that the list begins with."""

    facts: Facts
    parts: Parts

    async def put_right(self, *sent: SentSince, **options: Any) -> Report:
        return await put_right(self.parts, Since(sent=list(sent)), Since(), SINCE, "anne", **options)

    async def next(self, case: int) -> str:
        """What the case would do when nothing stops it."""
        async with self.facts.database.transaction() as connection:
            await lift_stop(connection, "everything", "", None, "anne", NOON)
            action = (await self.parts.planning.plan(connection, case, NOON + timedelta(minutes=1))).action
            await connection.rollback()
        return f"{action.kind} {action.channel} {action.step}"


@pytest_asyncio.fixture
async def restored(postgres_url: str, tmp_path: Path) -> AsyncIterator[Restored]:
    async with facts_in(postgres_url, "restored") as facts:
        await facts.creditor("acme")
        async with facts.database.transaction() as connection:
            await set_stop(connection, "everything", "", None, "anne", RESTORING, NOON)
        folders = {name: tmp_path / name for name in ("print", "hand_off", "bank_file", "direct_debit")}
        settings = Settings(
            database_url=SecretStr(facts.database.url),
            **{f"{name}_folder": folder for name, folder in folders.items()},
        )
        yield Restored(facts, Parts(settings, facts.database, laws_for_years_to_come()))


async def test_what_went_out_stands_as_sent_under_its_own_id_and_its_case_goes_on_from_there(
    restored: Restored,
) -> None:
    case = await restored.facts.case("1001")
    assert await restored.next(case) == "deliver email invoice"
    report = await restored.put_right(EMAIL)
    assert report.put_back == ["acme/1001: invoice by email, 2026-03-02 11:00 UTC"]
    ((delivery, state, provider_id),) = await restored.facts.rows("select id, state, provider_id from delivery")
    assert (delivery, state, provider_id) == (EMAIL.delivery, "accepted", "sg-1")
    assert await restored.next(case) != "deliver email invoice"


async def test_it_may_be_done_again_and_a_dry_run_does_nothing(restored: Restored) -> None:
    case = await restored.facts.case("1001")
    assert len((await restored.put_right(EMAIL, dry_run=True)).put_back) == 1
    assert await restored.next(case) == "deliver email invoice"
    await restored.put_right(EMAIL)
    again = await restored.put_right(EMAIL, replace(EMAIL, delivery=None))
    assert (again.put_back, len(again.known)) == ([], 1)


@pytest.mark.parametrize("state", ["claimed", "unavailable"])
async def test_what_the_backup_took_in_the_middle_of_a_send_is_not_sent_again(restored: Restored, state: str) -> None:
    case = await restored.facts.case("1001")
    begun = await restored.facts.delivery(case, "invoice", channel="email", state=state)
    await restored.facts.change("update delivery set accepted_at = null where id = :id", id=begun)
    assert len((await restored.put_right(EMAIL)).put_back) == 1
    assert [tuple(row) for row in await restored.facts.rows("select id, state from delivery")] == [(begun, "accepted")]


async def test_a_second_channel_of_a_step_that_the_facts_know_is_put_back_too(restored: Restored) -> None:
    case = await restored.facts.case("1001")
    await restored.facts.delivery(case, "invoice", channel="email")
    await restored.put_right(replace(EMAIL, channel=Channel.SMS, delivery=uuid4()))
    assert "sms" not in await restored.next(case)


async def test_what_cannot_be_put_back_is_named(restored: Restored) -> None:
    await restored.facts.case("1001")
    report = await restored.put_right(replace(EMAIL, number="1002"), replace(EMAIL, step="no-step"))
    assert [line.partition(":")[0] for line in report.invoices_missing] == ["acme/1002"]
    assert [line.partition(" by")[0] for line in report.steps_missing] == ["acme/1001: no-step"]


@pytest.mark.parametrize(("listed", "untold"), [(0, []), (1, []), (2, ["acme/1001: 1 by sms"])])
async def test_what_a_provider_lists_and_nobody_else_tells_is_named(
    restored: Restored, listed: int, untold: list[str]
) -> None:
    await restored.facts.case("1001")
    by_sms = replace(EMAIL, channel=Channel.SMS)
    mine = [Listed("+4791234567", name) for name in ("sg-1", "tw-2")[:listed]]
    report = await restored.put_right(by_sms, listed={Channel.SMS: [*mine, Listed("+4799999999", "tw-3")]})
    assert report.untold == untold
    holds = await restored.facts.rows("select reason_code from hold")
    assert [tuple(row) for row in holds] == [("perhaps-sent",)] * len(untold)


async def test_of_what_a_history_told_its_providers_name_is_unknown_and_one_listed_message_is_it(
    restored: Restored,
) -> None:
    await restored.facts.case("1001")
    of_a_history = replace(EMAIL, delivery=None, provider_id=None)
    for _ in range(2):
        listed = {Channel.EMAIL: [Listed("kari@example.no", "sg-1")]}
        assert (await restored.put_right(of_a_history, listed=listed)).untold == []
    listed = {Channel.EMAIL: [Listed("kari@example.no", "sg-1"), Listed("kari@example.no", "sg-2")]}
    assert (await restored.put_right(of_a_history, listed=listed)).untold == ["acme/1001: 1 by email"]


@pytest.mark.parametrize(
    ("blind", "sent", "perhaps"),
    [
        ({Channel.EMAIL}, [], ["acme/1001: invoice by email"]),
        ({Channel.SMS}, [], []),  # its next message is an email, which is listed
        (set(), [], []),
        ({Channel.EMAIL}, [EMAIL], []),  # it is known to have left, and stands as sent
    ],
)
async def test_what_may_have_left_and_nobody_lists_is_held_for_a_person_and_not_sent(
    restored: Restored, blind: set[Channel], sent: list[SentSince], perhaps: list[str]
) -> None:
    case = await restored.facts.case("1001")
    for _ in range(2):
        report = await restored.put_right(*sent, blind=blind, until=NOON + timedelta(minutes=1))
        assert report.perhaps_sent == perhaps
        perhaps = []  # held, it would send nothing
    held = await restored.facts.rows("select reason_code from hold")
    assert [tuple(row) for row in held] == [("perhaps-sent",)] * (await restored.next(case)).startswith("wait")


async def test_who_would_write_only_later_is_not_held(restored: Restored) -> None:
    await restored.facts.case("1001")
    report = await restored.put_right(blind={Channel.EMAIL}, until=NOON - timedelta(days=9))
    assert report.perhaps_sent == []


async def test_a_letter_lies_in_its_batch_once_and_one_that_nobody_tells_of_is_named(restored: Restored) -> None:
    await restored.facts.case("1001")
    batches, meta = restored.parts.print_batches, LetterMeta(creditor="acme", country="NO", pages=1)
    told, untold = uuid4(), uuid4()
    for each in (told, untold):
        batches.add(batch="b-1", delivery_id=str(each), pdf=b"%PDF", meta=meta)
    letter = replace(EMAIL, channel=Channel.LETTER, delivery=told, provider_id=f"b-1/{told}.pdf")
    report = await restored.put_right(letter)
    assert report.letters == [f"b-1/{untold}.pdf"]
    assert [tuple(row) for row in await restored.facts.rows("select batch, posted_on from delivery")] == [("b-1", None)]


async def test_a_case_whose_draw_is_at_the_bank_is_held_and_its_file_stays(restored: Restored) -> None:
    case = await restored.facts.case("1001", reference="006402710013")
    out = restored.parts.direct_debit_folder._folder
    line = f"NY212130{1:07}020326{'':11}{80200:017}{'006402710013':>25}"
    (out / "acme-claims-0000007.txt").write_text(line + "\n")
    for _ in range(2):
        report = await restored.put_right()
        assert (report.held, report.direct_debit_files) == (["acme/1001"], ["acme-claims-0000007.txt"])
    holds = await restored.facts.rows("select case_id, reason_code from hold")
    assert [tuple(row) for row in holds] == [(case, "claim-at-the-bank")]


async def test_nothing_is_put_back_while_cases_may_act(restored: Restored) -> None:
    async with restored.facts.database.transaction() as connection:
        await lift_stop(connection, "everything", "", None, "anne", NOON)
    with pytest.raises(Refusal, match="stop on everything --reason restore"):
        await restored.put_right(EMAIL)


def test_logs_tell_what_was_sent_and_what_was_asked_at_the_doors(tmp_path: Path) -> None:
    about = {"timestamp": NOON.isoformat(), "case": "dunning/acme/a/1"}
    lines: list[dict[str, Any]] = [
        about | {"event": "message_sent", "step": "invoice", "channel": "sms", "delivery_id": str(uuid4())},
        about | {"event": "message_sent", "step": "invoice", "channel": "sms", "delivery_id": str(uuid4()),
                 "timestamp": (SINCE - timedelta(seconds=1)).isoformat()},
        about | {"event": "request_handled", "method": "POST", "route": "/v1/invoices/{number:path}/commands"},
        about | {"event": "request_handled", "method": "GET", "route": "/v1/invoices/{number:path}"},
        {"timestamp": NOON.isoformat(), "event": "worker_started"},
    ]  # fmt: skip
    log = tmp_path / "worker.log"
    log.write_text("a line of somebody else\n" + "".join(json.dumps(line) + "\n" for line in lines) + '{"event": "mess')
    found = from_logs([log], SINCE)
    assert [(each.creditor, each.number, each.step, each.channel) for each in found.sent] == [
        ("acme", "a/1", "invoice", CHANNELS["sms"])
    ]
    assert [what for _, what, _ in found.heard] == ["POST /v1/invoices/{number:path}/commands"]


@pytest.mark.parametrize(
    ("name", "sent", "asked"),
    [
        ("full_ladder_to_the_hand_off", {"email", "sms", "letter"}, {"approve_hand_off"}),
        ("paid_after_the_first_message", {"email"}, {"payment_received"}),
        ("held_and_released", set(), {"hold", "release"}),
    ],
)
async def test_a_history_tells_what_was_sent_and_what_its_case_heard(
    name: str, sent: set[str], asked: set[str]
) -> None:
    recorded = gzip.decompress((FOLDER / "dunning" / f"{name}.json.gz").read_bytes()).decode()
    history = WorkflowHistory.from_json("dunning/acme/1001", recorded)

    async def events() -> AsyncIterator[HistoryEvent]:
        for event in history.events:
            yield event

    found = Since()
    await read_history(
        "dunning/acme/1001", events(), history.events[0].event_time.ToDatetime(tzinfo=NOON.tzinfo), found
    )
    assert {each.channel for each in found.sent} >= sent
    assert {what for _, what, _ in found.heard} >= asked
