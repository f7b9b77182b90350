"""The rules are read from the shipped folders or from those that the environment names; a broken file is refused."""

import os
import re
import subprocess
import sys
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from config.files import COUNTRIES, POLICIES, read_laws, read_policies
from config.settings import read_settings
from domain.countries.law_loader import LawError
from domain.planner.preview import Outcome, PreviewedAct, preview
from domain.planner.sample import sample_case
from domain.policy.loader import PolicyError
from domain.policy.policy import law_of
from domain.vocabulary import Channel

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2026, 11, 2)
NO = (COUNTRIES / "no.yaml").read_text(encoding="utf-8")
GENTLE = (POLICIES / "no-gentle.yaml").read_text(encoding="utf-8")
ROW = "  - {from: 2027-01-01, interest: 11.75, b2b_compensation: 440, inkassosats: 780, verified: true}"


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of one's own, with a country and a policy in them."""
    for name, file, text in (("countries", "no.yaml", NO), ("policies", "mine.yaml", GENTLE)):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text(text)
        monkeypatch.setenv(f"PURR_{name.upper()}_FOLDER", str(tmp_path / name))
    return tmp_path


def test_a_row_and_a_policy_of_ones_own_are_there_at_the_next_start(rules: Path) -> None:
    (rules / "countries" / "no.yaml").write_text(f"{NO.rstrip()}\n{ROW}\n")
    (rules / "policies" / "mine.yaml").write_text(GENTLE.replace("name: no-gentle", "name: mine"))
    laws = read_laws()
    assert laws["NO"].statutory_fee(date(2027, 1, 1)) == 39
    assert set(read_policies(laws, DAY)) == {"mine"}
    assert read_settings().countries_folder == rules / "countries"


@pytest.mark.parametrize(
    ("country", "step", "interest"), [("SE", "inkassokrav", "0.95"), ("FI", "last-reminder", "1.06")]
)
def test_the_row_that_a_waiting_case_asks_for_is_all_that_it_takes(
    rules: Path, country: str, step: str, interest: str
) -> None:
    """A business's invoice of 1 June over 100, due on the 15th: interest runs from 1 July, thirty days after the invoice.

    At 2.5 + 8 percent Sweden's notice of 3 August claims 33 days, 100 x 0.105 x 33 / 365 = 0.95, Finland's of the 7th 37, 1.06.
    """
    file = f"{country.lower()}.yaml"
    text = (COUNTRIES / file).read_text()
    (rules / "countries" / file).write_text(text)
    policy = read_policies(read_laws(COUNTRIES), DAY, POLICIES)[f"{country.lower()}-business"][0]

    def acts() -> list[PreviewedAct]:
        law = law_of(policy, read_laws())
        issued, due = date(2026, 6, 1), date(2026, 6, 15)
        case = sample_case(policy, issued, due, Decimal(100), "business", (Channel.EMAIL, Channel.LETTER))
        return preview(policy, law, case, law.calendar.at(issued, time(0)), Outcome())

    waits = acts()[-1].action
    assert waits.flag == "law missing"
    asked = re.search(r"has no row in half_years .*: add `(?P<row>- {.*})`", waits.why)
    assert asked
    row = (
        asked["row"]
        .replace("reference: …", "reference: 2.50")
        .replace("verified: …", "verified: true, source: the bank")
    )
    (rules / "countries" / file).write_text(f"{text.rstrip()}\n  {row}\n")
    (notice,) = [act for act in acts() if act.action.step == step and not act.action.alert]
    assert notice.interest == Decimal(interest)


@pytest.mark.parametrize("named", [None, ""])
def test_without_a_name_the_shipped_rules_are_read(named: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("PURR_COUNTRIES_FOLDER", "PURR_POLICIES_FOLDER"):
        monkeypatch.delenv(variable, raising=False)
        if named is not None:
            monkeypatch.setenv(variable, named)
    laws = read_laws()
    assert set(read_policies(laws, DAY)) == {path.stem for path in POLICIES.glob("*.yaml")}


def test_a_broken_country_file_is_refused_with_its_line(rules: Path) -> None:
    (rules / "countries" / "no.yaml").write_text(NO.replace("zone: Europe/Oslo", "zone: Europe/Bergen"))
    line = next(number for number, text in enumerate(NO.splitlines(), 1) if text.startswith("zone:"))
    with pytest.raises(LawError, match=f"^no.yaml:{line}: 'Europe/Bergen' is not a known time zone"):
        read_laws()


@pytest.mark.parametrize(
    ("content", "why"), [(b"\xff\xfe", "no.yaml:1: is no UTF-8 text"), (None, "no file here is of NO")]
)
def test_a_folder_without_the_home_country_or_with_something_else_is_refused(
    rules: Path, content: bytes | None, why: str
) -> None:
    file = rules / "countries" / "no.yaml"
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    with pytest.raises(LawError, match=why):
        read_laws()


def test_two_policies_of_one_name_are_refused(rules: Path) -> None:
    (rules / "policies" / "other.yaml").write_text(GENTLE)
    with pytest.raises(PolicyError, match="another file is of no-gentle too"):
        read_policies(read_laws(), DAY)


@pytest.mark.parametrize(
    ("program", "url", "why"),
    [
        (["worker.py"], "", "names no database"),
        (["-m", "web"], "facts.example:5432", "is no database URL"),
        pytest.param(["worker.py"], "facts.example:5432", "is no database URL", marks=pytest.mark.thorough),
        pytest.param(["-m", "web"], "", "names no database", marks=pytest.mark.thorough),
    ],
)
def test_a_process_without_a_database_says_so_in_a_sentence(program: list[str], url: str, why: str) -> None:
    done = subprocess.run(
        [sys.executable, *program],
        cwd=ROOT,
        env=os.environ | {"PURR_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert [line for line in done.stderr.splitlines() if "PURR_DATABASE_URL" in line and why in line]
    assert "Traceback" not in done.stderr


def test_a_worker_does_not_start_on_a_broken_file(rules: Path) -> None:
    (rules / "countries" / "no.yaml").write_text(NO.replace("country: NO", "country: NOR"))
    done = subprocess.run(
        [sys.executable, "worker.py"],
        cwd=ROOT,
        env=os.environ | {"PURR_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("no.yaml:3: country cannot be `NOR`")
