"""Where the terminal finds what runs, and what day it is there."""

import json
import socket
import subprocess
import sys
import time
from datetime import UTC, date, datetime

import pytest

from config.settings import Settings
from config.temporal import MetricsPortTakenError, prometheus_runtime
from terminal.connection import local_day
from tests.terminal.office import ROOT, Office


def test_late_in_the_evening_it_is_tomorrow_already_where_money_is_booked() -> None:
    assert local_day(datetime(2026, 6, 30, 21, 59, tzinfo=UTC)) == date(2026, 6, 30)
    assert local_day(datetime(2026, 6, 30, 22, 1, tzinfo=UTC)) == date(2026, 7, 1)


def test_a_server_that_is_away_lets_the_process_end_in_time(office: Office) -> None:
    office.invoices("v1")
    began = time.monotonic()
    words = [sys.executable, "starter.py", "hold", f"{office.creditor}/v1", "--json"]
    ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert time.monotonic() - began < 15  # usually two seconds, more on a busy machine
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
