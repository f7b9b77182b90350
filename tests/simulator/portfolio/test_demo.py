"""A small portfolio lives through five weeks as a whole program, twice: the same seed, the same figures and pages."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from simulator.beginning import OSLO, still_ahead
from simulator.portfolio.cast import BUSINESSES, PLANS
from simulator.portfolio.demo import asked

ROOT = Path(__file__).resolve().parents[3]
SMALL = ("--invoices", "24", "--weeks", "5", "--seed", "15333")  # of whom four are late, and one dies
ENDINGS = (".json", ".html", "-purr.html", "-baseline.html")


def played(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The program, until it ends."""
    command = [sys.executable, "-m", "simulator.portfolio.demo", "--state", str(state), *words]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | {"DEMO_EXIT": "1"}, capture_output=True, text=True, check=False
    )


@pytest.mark.timeout(600)
def test_the_same_seed_gives_the_same_report_which_agrees_with_the_ledger(tmp_path: Path) -> None:
    ended = [played(tmp_path / name / "portfolio", *SMALL) for name in ("one", "two")]
    assert [each.returncode for each in ended] == [0, 0], "\n".join(each.stdout + each.stderr for each in ended)
    for ending in ENDINGS:
        one, two = ((tmp_path / name / f"portfolio{ending}").read_text("utf-8") for name in ("one", "two"))
        assert one == two, ending
    report = json.loads((tmp_path / "one" / "portfolio.json").read_text("utf-8"))
    assert report["broken_rules"] == []  # one of which is that the ageing is what the ledger adds up to
    assert list(report["plans"]) == list(PLANS)
    for plan in report["plans"].values():
        _its_figures_agree(plan)
        assert list(plan["creditors"]) == [business.name for business in BUSINESSES]
        for name in ("invoiced", "collected", "outstanding", "cost"):
            assert sum(Decimal(each[name]) for each in plan["creditors"].values()) == Decimal(plan[name])
    purr, usual = report["plans"]["purr"], report["plans"]["baseline"]
    assert purr["invoiced"] == usual["invoiced"]
    assert purr["collected_by_week"] != usual["collected_by_week"], "nobody was late"
    told = ended[0].stdout
    for words in (
        "kroner invoiced",
        "outstanding",
        "days sales outstanding",
        "one email and one letter",
        "portfolio.json",
    ):
        assert words in told


def _its_figures_agree(plan: dict[str, Any]) -> None:
    owed = sum(Decimal(amount) for amount in plan["ageing"].values())
    assert owed == Decimal(plan["outstanding"])
    assert owed + Decimal(plan["credit"]) == Decimal(plan["balance"])
    assert Decimal(plan["outstanding"]) - Decimal(plan["ageing"]["not_due"]) == Decimal(plan["late"])
    assert sum(Decimal(amount) for amount in plan["collected_by_week"]) == Decimal(plan["collected"]) > 0
    assert plan["cases"]["invoices"] == 24


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--begin", "2027-02-29T10:00"], "2027-02-29T10:00 is no moment: write it as 2027-12-24T10:00"),
        (["--begin", "2999-01-01"], "too far away"),
        (["--seed", "seven"], "--seed"),
        (["--invoices", "-5"], "-5 is no number above zero"),
        (["--invoices", "19"], "with 20 in 13 weeks every creditor has a customer"),
        (["--weeks", "53"], "53 weeks are too many"),
    ],
)
def test_what_cannot_be_played_is_refused_in_a_sentence(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        asked(words)
    assert refused.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("day", ["2028-02-29", "2027-03-28", "2027-10-31", "2027-03-25", "2026-12-31", "2020-02-29"])
def test_it_begins_on_any_day_there_is(day: str) -> None:
    wall = datetime(2026, 11, 29, tzinfo=UTC)
    begins = still_ahead(asked(["--begin", f"{day}T08:00"]).begin, wall).astimezone(OSLO)
    assert begins > wall
    assert f"{begins:%m-%d %H:%M}" == f"{day[5:]} 08:00"


@pytest.mark.parametrize(
    ("words", "says"), [(["CAST=crowd"], "there is no cast crowd"), (["SEED=7"], "add CAST=portfolio")]
)
def test_make_names_what_it_does_not_know(words: list[str], says: str) -> None:
    made = subprocess.run(["make", "--dry-run", "demo", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert made.returncode != 0
    assert says in made.stderr
