"""Nobody asks the wall: the rule catches what breaks it, and no exception stands for nothing."""

from pathlib import Path

import pytest

from tools.check_clock import MAY, asked
from tools.sources import ROOT


def test_every_place_that_is_named_asks_the_wall() -> None:
    asking = [one.file for one in asked(ROOT, may=(), rooms=[place.removesuffix(".py") for place in MAY])]
    assert [place for place in MAY if not any(file.is_relative_to(place) for file in asking)] == []


@pytest.mark.parametrize(
    "source",
    [
        "now = datetime.now(UTC)",
        "def test_late(clock=datetime.now): ...",
        "day = date.today()",
        "stamp = int(time.time())",
        "Q = text('select current_date')",
        "Q = text(f'insert into hold (happened_at) values (now()) returning {column}')",
        "def late():\n    return datetime.utcnow()",
    ],
)
@pytest.mark.parametrize("room", ["facts", "tests/facts"])
def test_who_asks_the_wall_is_found(room: str, source: str, tmp_path: Path) -> None:
    write(tmp_path / room / "late.py", source)
    (found,) = asked(tmp_path)
    assert str(found).startswith(f"{room}/late.py:{len(source.splitlines())}: ")


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("facts/clock.py", "NOW = text('select clock_timestamp()')"),
        ("simulator/deep/er.py", "now = datetime.now(UTC)"),
        ("web/fine.py", "now = await clock.now(connection)"),
        ("tests/fine.py", "today = await case.today()"),
        ("tests/fine.py", "began = time.monotonic()"),
    ],
)
def test_who_asks_another_clock_is_fine(file: str, source: str, tmp_path: Path) -> None:
    write(tmp_path / file, source)
    assert asked(tmp_path) == []


def write(file: Path, source: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(source)
