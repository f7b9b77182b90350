"""The demo with a small cast: real servers, thirteen weeks, a report in which every rule held."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.desk.roles import Role
from simulator import staff
from simulator.acceptance.cases import CASES
from simulator.casts.registry import HOMES
from tests.begin import BEGIN
from tests.shell import commands_of, typed
from views.queues import QUEUES

ROOT = Path(__file__).resolve().parents[2]


SCENES_AND_EIGHT_MORE = 25


@pytest.mark.timeout(600)
def test_a_small_cast_lives_through_thirteen_weeks(tmp_path: Path) -> None:
    state = tmp_path / "demo"
    output = tmp_path / "output"
    words = ["--invoices", str(SCENES_AND_EIGHT_MORE), "--state", str(state), "--begin", BEGIN.isoformat()]
    with output.open("wb") as told:
        command = [sys.executable, "-m", "simulator.demo", *words]
        demo = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"DEMO_EXIT": ""}, stdout=told, stderr=told)
    try:
        while "Everything runs on until Ctrl-C" not in output.read_text():
            assert demo.poll() is None, output.read_text()
            time.sleep(0.5)
        _the_readme_shows_how_to_look_at_it(state)
        _a_page_of_each_kind_opens(output.read_text())
        asyncio.run(_work_waits_in_every_queue(output.read_text()))
    finally:
        demo.send_signal(signal.SIGINT)
        ended = demo.wait(60)
    assert ended == 0, output.read_text()
    assert "/docs" in output.read_text()
    report = json.loads((tmp_path / "demo-report.json").read_text())
    assert report["broken_rules"] == []
    assert [case for case in report["acceptance_cases"] if case["wrong"]] == []
    assert report["invoices"] == SCENES_AND_EIGHT_MORE + sum(len(case.roles) for case in CASES)
    assert report["page_visits"] > 0
    creditors = report["creditors"]
    with_fees, without_fees, with_service = creditors["fjordnett"], creditors["nordlys"], creditors["bynett"]
    assert without_fees["fees_charged"] == with_service["fees_charged"] == "0.00"
    assert float(with_fees["fees_charged"]) > 0
    assert [creditor["invoices"] for creditor in (with_fees, without_fees, with_service)] == [20, 26, 4]
    for creditor in creditors.values():
        assert sum(creditor["outcomes"].values()) == creditor["invoices"]
        assert sum(creditor["paid_after"].values()) == creditor["outcomes"]["paid"] > 0
        taken = sum(creditor["hand_offs"].get(state, 0) for state in ("accepted", "recalled"))
        assert taken == creditor["outcomes"].get("handed off", 0)
    _money_found_its_invoice(with_fees["money"], without_fees["money"])
    _agreements_were_kept_and_broken(with_fees["money"], without_fees["money"])
    service = with_service["money"]
    assert (service["services blocked"], service["services freed"]) == (2, 2)
    assert (service["paid with Vipps"], service["given up in Vipps"]) == (2, 1)
    webhooks = report["webhooks"]
    assert webhooks["delivered"]["service.block"] == webhooks["delivered"]["service.unblock"] == 2
    assert webhooks["refused"] == 0
    assert 0 < webhooks["seconds_to_unblock"] < 10  # under a second on a quiet machine


@pytest.mark.timeout(900)
@pytest.mark.parametrize("country", [country for country in HOMES if country != "NO"])
def test_the_story_ends_well_in_every_country(country: str, tmp_path: Path, full: bool) -> None:
    if not full:
        pytest.skip("a whole demo of each country: with --full")
    words = ["--country", country, "--invoices", "20", "--state", str(tmp_path / "demo"), "--begin", BEGIN.isoformat()]
    command = [sys.executable, "-m", "simulator.demo", *words]
    demo = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"DEMO_EXIT": "1"}, capture_output=True, text=True, check=False
    )
    assert demo.returncode == 0, demo.stdout[-5_000:]
    report = json.loads((tmp_path / "demo-report.json").read_text())
    assert (report["country"], report["broken_rules"]) == (country, [])
    assert [case for case in report["acceptance_cases"] if case["wrong"]] == []
    for page in ("A kind page", "An overdue page", "A page in a plan", "A paid page"):
        assert re.search(rf"^{page} +http", demo.stdout, re.MULTILINE), page


def _the_readme_shows_how_to_look_at_it(state: Path) -> None:
    shown = [command for command in commands_of(ROOT / "README.md") if ".local/demo" in command]
    looked = typed([command.replace(".local/demo", str(state)) for command in shown], os.environ)
    assert [ended for ended in looked if ended.status] == []
    assert len(looked) == 4


async def _work_waits_in_every_queue(told: str) -> None:
    url = re.search(r"^The desk +(http://[0-9.:]+)/desk/", told, re.MULTILINE)
    call = re.search(r"^Somebody calls +(curl .*)$", told, re.MULTILINE)
    assert url
    assert call
    async with staff.at_desk(url[1], Role.CREDIT_MANAGER) as desk:
        for queue in QUEUES:
            assert "data-row" in (await desk.get(f"/desk/queues/{queue}")).text, queue
        money = re.search(r"/desk/queues/money/\d+", (await desk.get("/desk/queues/money")).text)
        assert money
        likeliest = re.search(r'aria-labelledby="likely".+?</section>', (await desk.get(money[0])).text, re.DOTALL)
        assert likeliest
        assert len(re.findall("ett siffer er feil", likeliest[0])) == 2
        for shown, what in (
            ("all", "brev"),
            ("all", "For sent"),
            ("all", "ikke knyttet til noen kunde"),
            ("snoozed", "SMS"),
        ):
            assert what in (await desk.get("/desk/inbox", params={"shown": shown})).text, (shown, what)
        assert "Svar som er for sene" in (await desk.get("/desk/")).text
        control = (await desk.get("/desk/system")).text
        for check in ("godkjenninger", "penger som venter på en person", "uleste meldinger", "svar som er for sene"):
            assert check in control.lower(), check
    async with staff.at_desk(url[1], Role.AGENT) as anne:
        assert "40003" in (await anne.get("/desk/calls")).text
        (rung,) = typed([f"{call[1]}\n"], os.environ)
        assert rung.status == 0
        (waiting,) = (await anne.get("/desk/live/calls")).json()
        opened = await anne.get(f"/desk/incoming/{waiting}")
        assert opened.headers["location"].startswith("/desk/case/nordlys/40001")
    async with staff.at_desk(url[1], Role.CALL_AGENCY) as agency:
        theirs = (await agency.get("/desk/calls")).text
        assert re.findall(r"\b400\d\d\b", theirs) == ["40004"]


def _a_page_of_each_kind_opens(told: str) -> None:
    pages = dict(re.findall(r"^(A[a-z ]+ page|A page in a plan) +(http\S+)$", told, re.MULTILINE))
    shown = {what: httpx.get(address).text for what, address in pages.items()}
    assert set(shown) == {"A kind page", "An overdue page", "A page in a plan", "A paid page"}
    assert re.search('class="due">(Betal innen|Pay by)', shown["A kind page"])
    assert re.search("Du har en avdragsplan|You have an instalment plan", shown["A page in a plan"])
    assert re.search("Betalt. Takk!|Paid. Thank you!", shown["A paid page"])


def _money_found_its_invoice(with_fees: dict[str, Any], without_fees: dict[str, Any]) -> None:
    for money in (with_fees, without_fees):
        assert money["waiting for a person"] == 0
        assert money["payers' accounts learned"] > 0
        assert money["draws failed at first"] == 1
    by_themselves = "damaged references matched by themselves"
    assert (with_fees[by_themselves], without_fees[by_themselves]) == (1, 3)
    assert (with_fees["matched by a person"], without_fees["matched by a person"]) == (1, 1)
    draws = "direct-debit draws"
    assert (with_fees[draws], without_fees[draws]) == (3, 3), "two of them of somebody who died"
    assert (with_fees["draws settled"], without_fees["draws settled"]) == (1, 3)
    assert (with_fees["overpaid and kept"], without_fees["overpaid and kept"]) == ("0", "100.00")
    assert (with_fees["overpaid and sent back"], without_fees["overpaid and sent back"]) == ("100.00", "0")


def _agreements_were_kept_and_broken(with_fees: dict[str, Any], without_fees: dict[str, Any]) -> None:
    kinds = ("plans kept", "plans broken", "promises kept", "promises broken")
    assert [without_fees[kind] for kind in kinds] == [1, 0, 1, 0]
    assert [with_fees[kind] for kind in kinds] == [0, 2, 0, 1]
