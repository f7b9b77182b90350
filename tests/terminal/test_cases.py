"""Looking at cases, and waking one."""

import asyncio
import time
from pathlib import Path

import pytest
from temporalio.client import WorkflowExecutionStatus

from tests.life import begin
from tests.terminal.office import Office, Said, Typed
from tests.world import World, fresh_database
from tests.world import world as a_world


async def test_a_running_case_is_told_to_go_on(world: World, in_world: Typed) -> None:
    case = await begin(world)
    before = await case.looks()
    said = await asyncio.to_thread(in_world, "start", case.creditor, case.number)
    assert said.code == 0, said
    await case.quiet()
    assert await case.looks() > before


async def test_all_that_should_run_and_do_not_are_started_at_once(world: World, in_world: Typed) -> None:
    case = await begin(world)
    await case.quiet()
    await case.handle.terminate("lost")
    said = await asyncio.to_thread(in_world, "start", "--all", "--json")
    assert said.code == 0, said
    assert said.json["started"] >= 1
    await case.quiet()
    assert (await case.handle.describe()).status is WorkflowExecutionStatus.RUNNING
    again = await asyncio.to_thread(in_world, "start", "--all", case.creditor)
    assert again.code == 2


async def test_without_a_worker_a_command_is_answered_in_time_and_the_case_follows(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = fresh_database(postgres_url, "terminal_without_worker")
    async with a_world(url, tmp_path_factory.mktemp("without-worker")) as world:
        monkeypatch.setenv("PURR_DATABASE_URL", url)
        monkeypatch.setenv("PURR_TEMPORAL_ADDRESS", world.client.service_client.config.target_host)
        case = await begin(world)
        await world.stop_worker()
        began = time.monotonic()
        said: Said = await asyncio.to_thread(typed, "hold", f"{case.creditor}/{case.number}", "--json")
        assert time.monotonic() - began < 20  # usually two seconds, more on a busy machine
        assert said.code == 0
        assert said.json["next"]["on_hold"]
        await world.start_worker()
        await case.quiet()
        assert (await case.next()).on_hold


def test_status_tells_where_a_case_stands_and_what_happened(office: Office) -> None:
    office.invoices("j1")
    office.typed("pay", f"{office.creditor}/j1", "2.00", "--id", "j1-first")
    said = office.typed("status", f"{office.creditor}/j1")
    assert said.code == 0
    assert "800.00" in said.out
    assert [entry["what"] for entry in office.typed("status", "j1", "--json").json["timeline"]] == [
        "principal",
        "payment",
    ]


def test_a_number_that_two_creditors_have_must_be_told_apart(office: Office, tmp_path: Path) -> None:
    other = Office(office.typed, tmp_path, office.url)
    office.invoices("k1")
    other.invoices("k1")
    said = office.typed("status", "k1")
    assert said.code == 1
    first, second = sorted((office.creditor, other.creditor))
    assert f"write {first}/k1 or {second}/k1" in said.err
    assert office.typed("status", f"{other.creditor}/k1", "--json").json["creditor"] == other.creditor


def test_a_number_that_reads_as_anothers_case_is_named_by_the_cases_id(office: Office, tmp_path: Path) -> None:
    other = Office(office.typed, tmp_path, office.url)
    office.invoices("l1")
    other.invoices(f"{office.creditor}/l1")
    said = office.typed("status", f"{office.creditor}/l1")
    ids = f"dunning/{office.creditor}/l1", f"dunning/{other.creditor}/{office.creditor}/l1"
    assert (said.code, f"write {ids[0]} or {ids[1]}" in said.err) == (1, True)
    owners = [office.typed("status", id, "--json").json["creditor"] for id in ids]
    assert owners == [office.creditor, other.creditor]
    other.invoices(ids[0])  # not even a number that looks like an id takes its place
    assert office.typed("status", ids[0], "--json").json["creditor"] == office.creditor


def test_an_unknown_invoice_is_refused(office: Office) -> None:
    said = office.typed("status", "no-such-number", "--json")
    assert said.code == 1
    assert "no invoice no-such-number" in said.json["error"]


def test_list_filters_and_counts(office: Office) -> None:
    office.invoices("l1", "l2", amount="100.00")
    office.invoices("l3", amount="900.00")
    found = office.typed("list", "--where", f"creditor={office.creditor}, amount>500", "--json").json
    assert [case["invoice"] for case in found["cases"]] == ["l3"]
    some = office.typed("list", "--where", f"creditor={office.creditor}", "--limit", "2", "--json").json
    assert (len(some["cases"]), some["total"]) == (2, 3)
    assert "no such case" in office.typed("list", "--where", f"creditor={office.creditor}, amount>5000").out


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("creditor=nobody-at-all", "there is no creditor nobody-at-all: there are "),
        ("creditor!=nobody-at-all", "there is no creditor nobody-at-all: there are "),
        ("policy=no-gentel", "there is no policy no-gentel: there are "),
        ("step=reminders", "there is no step reminders: there are invoice, due-date-reminder, reminder"),
        ("flag=bank data old", "there is no flag bank data old: there are bank data stale, "),
        ("outcome=payed", "there is no outcome payed: there are paid, "),
        ("state=shut", "there is no state shut: there are open, closed"),
        ("channel=fax", "there is no channel fax: there are email, sms"),
        ("segment=north", "there is no segment north"),
        ("number=no-such", "there is no number no-such"),
        ("flag=bank data stale", None),
        ("step=hand-off", None),
        ("outcome=paid", None),
        ("policy=no-gentle", None),
    ],
)
def test_a_filter_value_that_names_nothing_is_an_error_that_lists_what_there_is(
    office: Office, written: str, says: str | None
) -> None:
    office.invoices("named")
    said = office.typed("list", "--where", f"creditor={office.creditor}, {written}")
    assert said.code == (2 if says else 0)
    assert (says or "") in said.err


def test_long_values_fit_eighty_columns_and_stop_switches_are_told(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In words nothing is cut, only broken; for machines every field of every case is there."""
    monkeypatch.setenv("COLUMNS", "80")
    long = "A" * 30 + "/" + "9" * 33
    office.invoices(long, "short", amount="9999999999.99")
    stop = ("creditor", office.creditor)
    office.typed("stop", "on", *stop, "--by", "kim", "--reason", "storm")
    office.typed("stop", "on", "channel", "email", "--creditor", office.creditor, "--by", "kim")
    office.typed("hold", f"{office.creditor}/{long}", "--by", "kim", "--facts")
    ours = ("--where", f"creditor={office.creditor}")
    shown, status = office.typed("list", *ours).out, office.typed("status", f"{office.creditor}/{long}").out
    assert [line for line in (shown + status).splitlines() if len(line) > 80] == []
    head, _, *lines = shown.splitlines()[1:]
    begins = [head.index(name) for name in ("invoice", "due", "balance", "note")]
    ends = [*begins[1:], None]
    columns = ["".join(line[a:b].strip() for line in lines) for a, b in zip(begins, ends, strict=True)]
    assert f"{office.creditor}/{long}" in columns[0]
    assert "9999999999.99NOK" in columns[2].replace(" ", "")
    notes = columns[3].replace(" ", "")
    assert f"onhold,stopped:creditor{office.creditor},stopped:channelemail" in notes
    assert f"creditor {office.creditor}" in status
    assert "channel email" in status
    found = office.typed("list", *ours, "--json").json["cases"]
    assert {case["invoice"] for case in found} == {long, "short"}
    assert all(case["stopped"] == [f"creditor {office.creditor}", "channel email"] for case in found)
    head, *rows = office.typed("list", *ours, "--output", "csv").out.splitlines()
    assert (head.split(","), len(rows)) == (list(found[0]), 2)
    office.typed("stop", "off", *stop, "--by", "kim")
    office.typed("stop", "off", "channel", "email", "--creditor", office.creditor, "--by", "kim")


def test_the_timeline_tells_in_words_what_happened_in_its_order(office: Office) -> None:
    office.invoices("t1")
    who = f"{office.creditor}/t1"
    office.typed("hold", who, "--by", "kim", "--reason", "moved", "--until", "2090-06-30")
    office.typed("pay", who, "2.00", "--id", "t1-first", "--on", "2026-03-20")
    lines = office.typed("status", who).out.partition("timeline")[2].splitlines()[3:]
    told = [line.partition("  ")[2].strip() for line in lines if line.strip()]
    assert told == [
        "invoice over 802.00 NOK (by invoice, booked 2026-03-02)",
        "hold, until 01 Jul 2090 00:00 CEST, moved (by kim)",
        "2.00 NOK paid (by terminal, booked 2026-03-20)",
    ]


def test_starting_a_case_with_no_server_says_so_and_keeps_the_news(office: Office) -> None:
    office.invoices("s1")
    said = office.typed("start", office.creditor, "s1")
    assert said.code == 1
    assert "the news is stored and the case starts when it is back" in said.err
    assert office.typed("start", office.creditor, "no-such").code == 1
