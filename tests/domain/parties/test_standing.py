"""How things stand with a debtor follows from what became known: the latest of a kind, while it holds."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.parties.life_events import LifeEvent, LifeKind
from domain.parties.standing import STOPS, TABLE, Says, Thing, standing_of
from tests.domain.builders import NORWAY

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


def allowed(*kinds: LifeKind, born: date | None = None, issued: date | None = None) -> set[Thing]:
    """What may be done without anybody's approval."""
    told = [event(kind, value="Guri Verge") for kind in kinds]
    told += [event(LifeKind.BORN, since=None, value=born.isoformat())] if born else []
    standing = standing_of(told, TODAY, NORWAY)
    return {thing for thing in Thing if standing.says(thing, issued) is Says.ALLOWED}


EVERYTHING = set(Thing)
PERSONAL = {Thing.LOOKUP, Thing.TRACKING, Thing.PROFILING, Thing.OFFER}
HARD = {Thing.FEE_REMINDER, Thing.NOTICE, Thing.CALL, Thing.BLOCK, Thing.HAND_OFF, Thing.EXPORT}
CHARGED = {Thing.FEE, Thing.INTEREST}
DEAD = {Thing.PAYMENT, Thing.DIGITAL, Thing.ADDRESS}  # whoever wants to pay for the estate may
OF_THE_ESTATE = {*DEAD, Thing.INVOICE, Thing.OCCASION, Thing.PLAIN_LETTER}
STOPPED = {*DEAD, *PERSONAL} - {Thing.OFFER}
BY_LETTER = (
    EVERYTHING - CHARGED - PERSONAL - {Thing.CALL, Thing.CREDIT, Thing.BLOCK, Thing.HAND_OFF, Thing.DIGITAL}
) | {Thing.LOOKUP}
APPROVED = {Thing.PLAIN_LETTER, Thing.LETTER, Thing.HAND_OFF}
LEFT_ALONE = EVERYTHING - HARD - CHARGED - {Thing.REMINDER, Thing.LETTER, Thing.DRAW, Thing.CREDIT, Thing.OFFER}
CHILD, ADULT = TODAY.replace(year=TODAY.year - 15), TODAY.replace(year=TODAY.year - 40)


@pytest.mark.parametrize(
    ("kinds", "may"),
    [
        ((), EVERYTHING),
        ((LifeKind.DECEASED,), DEAD),  # whoever wants to pay for the estate may
        (
            (LifeKind.DECEASED, LifeKind.ESTATE),
            OF_THE_ESTATE,
        ),
        (
            (LifeKind.ESTATE, LifeKind.DECEASED),
            OF_THE_ESTATE,
        ),
        ((LifeKind.DECEASED, LifeKind.ESTATE, LifeKind.ESTATE_REJECTED), DEAD),
        ((LifeKind.INSOLVENT,), STOPPED),
        ((LifeKind.DEBT_SETTLEMENT,), STOPPED),
        ((LifeKind.OTHER,), STOPPED),
        (
            (LifeKind.MINOR,),
            BY_LETTER,
        ),
        ((LifeKind.REPRESENTED,), EVERYTHING - {Thing.CALL, Thing.CREDIT, Thing.OFFER}),
        ((LifeKind.GUARDIAN,), EVERYTHING - {Thing.CALL, Thing.CREDIT, Thing.OFFER}),
        (
            (LifeKind.PROTECTED_ADDRESS,),
            EVERYTHING - APPROVED - {Thing.ADDRESS, Thing.LOOKUP},
        ),
        ((LifeKind.NOT_ME,), EVERYTHING - HARD - CHARGED - {Thing.CREDIT, Thing.OFFER}),
        ((LifeKind.PAUSE,), LEFT_ALONE),
        ((LifeKind.NO_CALLS,), EVERYTHING - {Thing.CALL}),
        ((LifeKind.DANGER,), EVERYTHING - {Thing.BLOCK}),
        ((LifeKind.NO_TRACKING, LifeKind.NO_PROFILING), EVERYTHING - {Thing.TRACKING, Thing.PROFILING}),
        ((LifeKind.PREFERS, LifeKind.OFFERS, LifeKind.NAMED, LifeKind.MOVED, LifeKind.LANGUAGE), EVERYTHING),
    ],
)
def test_what_a_life_leaves_to_be_done(kinds: tuple[LifeKind, ...], may: set[Thing]) -> None:
    assert allowed(*kinds) == may


def test_an_age_says_what_a_persons_word_says() -> None:
    assert allowed(born=CHILD) == allowed(LifeKind.MINOR) == allowed(LifeKind.MINOR, born=CHILD)
    assert allowed(born=ADULT) == EVERYTHING


def test_what_waits_needs_no_law_because_a_minors_case_waits_for_nothing() -> None:
    assert not any(TABLE[LifeKind.MINOR].forbids.values())


@pytest.mark.parametrize("kind", [LifeKind.INSOLVENT, LifeKind.DEBT_SETTLEMENT])
def test_what_is_owed_from_later_invoices_runs_apart_from_what_is_filed(kind: LifeKind) -> None:
    assert Thing.REMINDER not in allowed(kind, issued=TODAY)
    assert allowed(kind, issued=TODAY + timedelta(days=1)) == EVERYTHING


def test_a_later_invoice_of_one_who_died_waits_as_the_others() -> None:
    assert Thing.INVOICE not in allowed(LifeKind.DECEASED, issued=TODAY + timedelta(days=1))


def test_the_estates_contact_is_written_to_before_anybody_who_stood_in_before() -> None:
    stands_in = standing_of(
        [event(LifeKind.REPRESENTED, value="Guri Verge"), event(LifeKind.ESTATE, value="Ola Arving")], TODAY
    ).stands_in
    assert stands_in is not None
    assert stands_in.value == "Ola Arving"
    assert (
        standing_of([event(LifeKind.ESTATE_REJECTED), event(LifeKind.ESTATE, value="Ola Arving")], TODAY).stands_in
        is None
    )


def test_each_row_says_something_about_everything_with_its_words_and_its_source() -> None:
    for rule in TABLE.values():
        assert list(rule.says) == list(rule.forbids) == list(Thing)
        assert rule.why
        assert rule.source
        assert all(rule.forbids[thing] for thing in rule.said)


DAYS = st.none() | st.dates(TODAY - timedelta(days=9), TODAY + timedelta(days=9))
EVENTS = st.lists(st.builds(event, st.sampled_from(LifeKind), since=DAYS, until=DAYS, value=st.integers()), max_size=12)


@given(EVENTS)
def test_the_latest_of_each_kind_alone_decides(told: list[LifeEvent]) -> None:
    standing = standing_of(told, TODAY)
    latest = {each.kind: each for each in told}
    assert dict(standing.events) == {kind: each for kind, each in latest.items() if each.holds(TODAY)}
    holding = [each for each in told if each.kind in STOPS and standing.events.get(each.kind) is each]
    assert standing.stop is (holding[-1] if holding else None)
