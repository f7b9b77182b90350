"""No day is taken from a moment but by its country: the rule catches what breaks it."""

from pathlib import Path

import pytest

from tools.check_days import taken_days


@pytest.mark.parametrize(
    "source",
    [
        "day = now.date()",
        "day = datetime.now(UTC).date()",
        "day = date.today()",
        "day = datetime.today()",
        "day = date.fromtimestamp(0)",
        "Q = text('select current_date')",
        "Q = text('select now()::date')",
        "Q = text('select cast(d.accepted_at as date)')",
        "Q = text('select cast(coalesce(d.posted_at, min(x.at)) as date)')",
        "Q = text('select cast(:now as date)')",
        "Q = text('select d.accepted_at::date')",
        "Q = text('select extract(dow from d.accepted_at)')",
        "day = now.isoformat()[:10]",
        "def late(now: datetime, today: date) -> bool: ...",
        "async def late(self, at: datetime, *, today: date) -> bool: ...",
        "here = now.astimezone(zone)",
        "here = now.astimezone()",
        "at = datetime.combine(day, time(9), OSLO)",
        "at = datetime.combine(day, time(9))",
        "def late():\n    return (now + PAUSE).date()",
    ],
)
def test_a_day_in_utc_is_found(source: str, tmp_path: Path) -> None:
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "late.py").write_text(source)
    (found,) = taken_days(tmp_path)
    assert str(found).startswith(f"facts/late.py:{len(source.splitlines())}: ")


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("facts/fine.py", "day = moment_in(country, now).day"),
        ("facts/fine.py", "day = law.calendar.local_date(now)"),
        ("facts/fine.py", "day = services.today(now)"),
        ("facts/fine.py", "at = calendar.at(day, time(9))"),
        ("facts/fine.py", "def late(now: Moment) -> bool: ..."),
        ("facts/fine.py", "def late(due: date, today: date) -> bool: ..."),
        ("facts/fine.py", "at = there.astimezone(UTC)"),
        ("facts/fine.py", "due = datetime.combine(due_date, time(), UTC)"),
        ("facts/fine.py", "Q = text('select cast(:due as date), null::date, extract(epoch from :now - min(next_at))')"),
        ("domain/countries/calendar.py", "at = datetime.combine(day, clock, zone).astimezone(UTC)"),
        ("facts/fine.py", "Q = text('select cast(d.accepted_at at time zone :zone as date)')"),
        ("domain/moment.py", "day = local.date()"),
        ("tests/test_any.py", "day = now.date()"),
    ],
)
def test_a_local_day_is_fine(file: str, source: str, tmp_path: Path) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(source)
    assert taken_days(tmp_path) == []
