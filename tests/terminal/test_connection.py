"""Where the terminal finds what runs, and what day it is there."""

import json
import socket
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from config.settings import Settings
from config.temporal import MetricsPortTakenError, prometheus_runtime
from facts.clock import CLOCK
from terminal.connection import local_day
from tests.begin import BEGIN
from tests.terminal.office import ROOT, Office


def test_late_in_the_evening_it_is_tomorrow_already_where_money_is_booked() -> None:
    assert local_day(datetime(2026, 6, 30, 21, 59, tzinfo=UTC)) == date(2026, 6, 30)
    assert local_day(datetime(2026, 6, 30, 22, 1, tzinfo=UTC)) == date(2026, 7, 1)


def test_a_server_that_is_away_lets_the_process_end_in_time(office: Office) -> None:
    office.invoices("v1")
    began = time.monotonic()
    words = [sys.executable, "starter.py", "hold", f"{office.creditor}/v1", "--json"]
    ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert time.monotonic() - began < 30  # usually two seconds, more on a busy machine
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["accepted"]
    assert "the Temporal server at 127.0.0.1:1 does not answer" in ended.stderr


def test_a_second_worker_on_a_machine_is_told_to_take_a_metrics_port_of_its_own() -> None:
    with socket.socket() as first:
        first.bind(("127.0.0.1", 0))
        first.listen()
        port = first.getsockname()[1]
        with pytest.raises(MetricsPortTakenError, match=f"127.0.0.1:{port} .*PURR_METRICS_PORT"):
            prometheus_runtime(Settings(metrics_port=port))


AHEAD = "interval '40 days'"


@pytest.fixture
def tried(office: Office) -> Office:
    """A creditor in test mode whose clock is forty days ahead, with one invoice, and a thing of each kind to act on."""
    office.creditor = f"{office.creditor}-tried"
    assert office.typed("creditor", "add", office.details(mode="test")).code == 0
    office.invoices("t1", due="2099-12-16")
    office.rows(f"update creditor_clock set ahead = {AHEAD} where creditor_id = '{office.creditor}' returning 1")
    return office


def put(office: Office, table: str, **values: str) -> int:
    """A row of the creditor's, as Purr would have it; gives its number."""
    case = f"(select id from dunning_case where creditor_id = '{office.creditor}')"
    own = {"creditor_id": f"'{office.creditor}'", "happened_at": f"timestamptz '{BEGIN}'"}
    row = own | {name: case if value == "the case" else value for name, value in values.items()}
    ((number,),) = office.rows(
        f"insert into {table} ({', '.join(row)}) values ({', '.join(row.values())}) returning id"
    )
    return int(number)


@pytest.mark.parametrize(
    ("table", "row", "words", "moment"),
    [
        ("", {}, ("pay", "{invoice}", "1.00", "--id", "{invoice}"), "select happened_at from incoming_payment"),
        ("", {}, ("hold", "{invoice}", "--by", "kim"), "select happened_at from hold h"),
        (
            "",
            {},
            ("debtor", "change", "{creditor}", "K-t1", "--phone", "+4791234567", "--by", "kim", "--reason", "called"),
            "select happened_at from contact_point where channel = 'sms'",
        ),
        (
            "task",
            {"case_id": "the case", "round": "1", "step": "'call'", "kind": "'call'", "why": "'much'"},
            ("tasks", "done", "{id}", "--by", "kim"),
            "select done_at from task where id = {id}",
        ),
        (
            "reply",
            {"channel": "'sms'", "text": "'hello'"},
            ("replies", "done", "{id}", "--by", "kim"),
            "select done_at from reply where id = {id}",
        ),
        (
            "hand_off",
            {"case_id": "the case", "state": "'exported'"},
            ("hand-offs", "answer", "{id}", "rejected", "--reason", "unknown"),
            "select happened_at from case_event where kind = 'hand_off_rejected'",
        ),
    ],
)
def test_what_is_typed_for_a_creditor_in_test_mode_happens_at_its_own_moment(
    tried: Office, table: str, row: dict[str, str], words: tuple[str, ...], moment: str
) -> None:
    names = {
        "invoice": f"{tried.creditor}/t1",
        "creditor": tried.creditor,
        "id": put(tried, table, **row) if table else 0,
    }
    said = tried.typed(*(word.format(**names) for word in words))
    assert said.code == 0, said
    query = f"select max(at) > {CLOCK} + {AHEAD} - interval '1 day' from ({moment.format(**names)}) m(at)"
    assert tried.rows(query) == [(True,)]


def test_the_day_of_what_is_typed_is_the_creditors_own(tried: Office) -> None:
    """A day that is ahead of the wall and not of its clock: booked on, on hold still, past due."""
    invoice = f"{tried.creditor}/t1"
    ((today,),) = tried.rows(f"select ({CLOCK} + {AHEAD})::date")
    tried.typed("pay", invoice, "1.00", "--id", "of-its-day")
    booked = tried.rows(f"select booked_on from incoming_payment where creditor_id = '{tried.creditor}'")
    assert abs((booked[0][0] - today).days) <= 1
    assert tried.typed("hold", invoice, "--by", "kim", "--until", f"{today - timedelta(days=9)}").code == 1
    assert tried.typed("hold", invoice, "--by", "kim", "--until", f"{today + timedelta(days=9)}").code == 0
    assert tried.typed("status", invoice, "--json").json["on_hold"] is True
    tried.rows(f"update creditor_clock set ahead = ahead * 2 where creditor_id = '{tried.creditor}' returning 1")
    assert tried.typed("status", invoice, "--json").json["on_hold"] is False
    assert tried.typed("list", "--where", f"creditor={tried.creditor}, hold=yes", "--json").json["total"] == 0


@pytest.mark.parametrize("days", [9, 39])
def test_an_import_asks_about_what_is_past_due_by_the_creditors_own_clock(tried: Office, days: int) -> None:
    ((due,),) = tried.rows(f"select ({CLOCK} + interval '{days} days')::date")
    file = tried.file(tried.line("late", due=str(due)))
    asked = tried.typed("import", file)
    assert asked.code == 1
    assert "past due" in asked.err
    judged = tried.typed("import", "--dry-run", file)
    assert "past due" in judged.err
