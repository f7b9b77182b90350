"""Who speaks for a debtor is told by what is known of the debtor's life, and says what may be asked."""

from datetime import date

import pytest

from domain.parties.life_events import LifeKind
from domain.parties.speakers import (
    ASKERS,
    MAY_ASK,
    SPEAKERS,
    Ask,
    addressee_of,
    in_the_name_of,
    speaker_of,
    who_entered,
)
from domain.parties.standing import standing_of
from tests.domain.parties.test_standing import event
from workflows.contracts import why_own

TODAY = date(2026, 7, 1)


@pytest.mark.parametrize(
    ("kinds", "who"),
    [
        ([], None),
        ([LifeKind.MINOR], None),
        ([LifeKind.REPRESENTED], "adviser"),
        ([LifeKind.MINOR, LifeKind.REPRESENTED], "guardian"),
        ([LifeKind.GUARDIAN], "guardian"),
        ([LifeKind.MINOR, LifeKind.GUARDIAN], "guardian"),
        ([LifeKind.GUARDIAN, LifeKind.DECEASED, LifeKind.ESTATE], "estate"),
        ([LifeKind.DECEASED, LifeKind.ESTATE], "estate"),
        ([LifeKind.REPRESENTED, LifeKind.DECEASED, LifeKind.ESTATE], "estate"),
        ([LifeKind.DECEASED], None),
    ],
)
def test_a_guardian_is_one_at_any_age_a_minors_adviser_is_one_too_and_an_estates_contact_speaks_for_the_dead(
    kinds: list[LifeKind], who: str | None
) -> None:
    standing = standing_of([event(kind) for kind in kinds], TODAY)
    assert speaker_of(standing) == who
    assert addressee_of(standing) == ("guardian" if LifeKind.MINOR in kinds else who)


def test_nobody_who_gives_orders_bears_the_name_of_who_speaks_for_a_debtor() -> None:
    assert all(why_own(name) for name in SPEAKERS)
    assert [in_the_name_of("anne", asker) for asker in (None, *ASKERS)] == [
        "anne",
        "anne for the adviser",
        "anne for the guardian",
        "anne for the estate",
    ]


def test_whoever_enters_something_is_the_same_person_whomever_they_do_it_for() -> None:
    assert {who_entered(in_the_name_of("anne", asker)) for asker in (None, *ASKERS)} == {"anne"}


def test_nothing_is_agreed_with_an_estate_but_by_a_person() -> None:
    assert MAY_ASK["estate"].isdisjoint({Ask.PLAN, Ask.PROMISE, Ask.PAUSE})
    assert MAY_ASK["adviser"] == MAY_ASK["guardian"] == set(Ask)
