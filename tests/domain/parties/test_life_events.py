"""How things stand with a debtor follows from what became known: the latest of a kind, while it holds."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.parties.life_events import STOPS, LifeEvent, LifeKind, standing_of

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 11, tzinfo=UTC)


def event(kind: LifeKind, *, since: date | None = TODAY, until: date | None = None, **changes: Any) -> LifeEvent:
    told: dict[str, Any] = {"value": None, "by": "anne", "reason_code": "called", "note": None, "happened_at": NOW}
    return LifeEvent(kind, since, until, **told | changes)


def ended(kind: LifeKind) -> LifeEvent:
    return event(kind, since=None, until=TODAY)


def test_nothing_is_known_of_whom_nothing_was_told() -> None:
    standing = standing_of([], TODAY)
    assert standing.stop is None
    assert [standing.value(kind) for kind in LifeKind] == [None] * len(LifeKind)


def test_the_standing_says_who_told_it_and_why() -> None:
    stop = standing_of([event(LifeKind.DECEASED, by="ola", reason_code="letter-from-the-estate")], TODAY).stop
    assert stop is not None
    assert (stop.kind, stop.since, stop.by, stop.reason_code) == ("deceased", TODAY, "ola", "letter-from-the-estate")


def test_what_has_ended_or_not_begun_does_not_hold() -> None:
    began = event(LifeKind.INSOLVENT, since=TODAY, until=TODAY + timedelta(days=2))
    days = [TODAY + timedelta(days=day) for day in (-1, 0, 1, 2)]
    assert [standing_of([began], day).stop is not None for day in days] == [False, True, True, False]
    assert standing_of([event(LifeKind.DECEASED), ended(LifeKind.DECEASED)], TODAY).stop is None


def test_another_reason_takes_the_place_of_one_that_ended_and_may_come_back() -> None:
    told = [event(LifeKind.DECEASED), ended(LifeKind.DECEASED), event(LifeKind.OTHER)]
    stop = standing_of(told, TODAY).stop
    assert stop is not None
    assert stop.kind == LifeKind.OTHER
    again = standing_of([*told, event(LifeKind.DECEASED, by="ola")], TODAY).stop
    assert again is not None
    assert (again.kind, again.by) == (LifeKind.DECEASED, "ola")


def test_what_was_told_last_is_the_name() -> None:
    told = [event(LifeKind.NAMED, value=name) for name in ("Kari Nordmann", "Kari Hansen")]
    assert standing_of(told, TODAY).value(LifeKind.NAMED) == "Kari Hansen"


DAYS = st.none() | st.dates(TODAY - timedelta(days=9), TODAY + timedelta(days=9))
EVENTS = st.lists(st.builds(event, st.sampled_from(LifeKind), since=DAYS, until=DAYS, value=st.integers()), max_size=12)


@given(EVENTS)
def test_the_latest_of_each_kind_alone_decides(told: list[LifeEvent]) -> None:
    standing = standing_of(told, TODAY)
    latest = {each.kind: each for each in told}
    assert dict(standing.events) == {kind: each for kind, each in latest.items() if each.holds(TODAY)}
    holding = [each for each in told if each.kind in STOPS and standing.events.get(each.kind) is each]
    assert standing.stop is (holding[-1] if holding else None)
