"""The demo with a small cast: real servers, thirteen weeks, a report in which every rule held."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(180)
def test_a_small_cast_lives_through_thirteen_weeks(tmp_path: Path) -> None:
    state = tmp_path / "demo"
    played = subprocess.run(
        [sys.executable, "-m", "simulator.demo", "--invoices", "12", "--state", str(state)],
        cwd=ROOT,
        env=os.environ | {"DEMO_EXIT": "1"},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert played.returncode == 0, played.stdout + played.stderr
    assert "/docs" in played.stdout
    report = json.loads((tmp_path / "demo-report.json").read_text())
    assert report["broken_rules"] == []
    assert report["invoices"] == 12
    assert report["page_visits"] > 0
    with_fees, without_fees = report["creditors"]["fjordnett"], report["creditors"]["nordlys"]
    assert without_fees["fees_charged"] == "0.00"
    assert float(with_fees["fees_charged"]) > 0
    for creditor in (with_fees, without_fees):
        assert sum(creditor["outcomes"].values()) == creditor["invoices"] == 6
        assert creditor["outcomes"]["paid"] > 0
        assert sum(creditor["paid_after"].values()) == creditor["outcomes"]["paid"]
        assert creditor["hand_offs"] == {"accepted": creditor["outcomes"]["handed off"]}
