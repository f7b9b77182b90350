"""What a channel, an hour and a tone do, where they were left to chance: planted effects are found, and where none is, none."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from prediction.contacts.effects import (
    ALL,
    PLAIN,
    Effects,
    Part,
    TooThin,
    Unreadable,
    effects_of,
    parts_of,
    read_effects,
)
from prediction.history.past import Happened, Past
from simulator.history.truths import Truths
from simulator.history.written import past_of
from tests.pasts import AnEvent, AnInvoice
from tests.pasts import past_of as rows_as_past

CASES = 5_000
HOURS = ["09:00", "13:00", "18:00"]
NOTHING = {
    "channel": {"email": 0.5, "sms": 0.5, "letter": 0.5},
    "liked_channel": 0.0,
    "tone": {"kind": {}, "neutral": {}, "firm": {}},
}
EVENING = {"consumer": {9: 0.0, 13: 0.0, 18: 1.6}, "business": {9: 3.0, 13: 0.0, 18: 0.0}}
ALL_LISTEN = dict.fromkeys(Truths().listens, 1.0)


@cache
def a_past(seed: int = 3) -> Past:
    """A past in which the hour matters, otherwise to businesses, and nothing else about a contact does."""
    truths = replace(Truths(), hour=EVENING, listens=ALL_LISTEN, letter_finds_moved=0.0, **NOTHING)
    return past_of(seed, CASES, truths).past


@cache
def planted() -> Effects:
    return effects_of(a_past())


def test_the_hour_that_was_planted_is_found_for_each_kind_of_debtor() -> None:
    assert planted().best("consumer", "clock", "09:00", HOURS) == "18:00"
    assert planted().best("business", "clock", "18:00", HOURS) == "09:00"


def test_what_is_best_already_stays_and_what_is_not_planted_is_not_found() -> None:
    assert planted().best("consumer", "clock", "18:00", HOURS) == "18:00"
    assert planted().best("consumer", "tone", "neutral", ["kind", "firm"]) == "neutral"


@pytest.mark.parametrize("part", ["channel", "tone"])
def test_what_does_nothing_is_hardly_ever_taken_to_be_better(part: Part, full: bool) -> None:
    found, times = 0, range(3, 13 if full else 4)
    for seed in times:
        effects = planted() if seed == 3 else effects_of(a_past(seed))
        values = effects.values(part)
        found += sum(effects.best(kind, part, values[0], values) != values[0] for kind in ("consumer", "business"))
    assert found <= len(times) // 5  # each with a chance of one in twenty


def test_an_unknown_kind_of_debtor_is_judged_as_all_are() -> None:
    assert planted().best("estate", "clock", "09:00", HOURS) == planted().best(ALL, "clock", "09:00", HOURS)


def test_a_value_of_which_nothing_is_known_is_neither_left_nor_chosen() -> None:
    assert planted().best("consumer", "clock", "07:30", HOURS) == "07:30"
    assert planted().best("consumer", "clock", "18:00", ["07:30"]) == "18:00"


def test_a_sentence_is_judged_beside_saying_none_and_not_beside_nothing_sent_or_what_no_policy_says() -> None:
    ways = {"sms 09:00 kind quick": 0.6, "sms 09:00 kind": 0.2, "none": 0.9, "sms 09:00 a poem": 0.9}
    events = []
    for at, (way, share) in enumerate((way, share) for way, share in ways.items() for _ in range(200)):
        events.append(AnEvent(at, Happened.CHOICE, "2026-02-01T10:00:00", detail=f"nudge: {way}", amount=0.25))
        if at % 10 < share * 10:
            events.append(AnEvent(at, Happened.PAYMENT, "2026-02-04T10:00:00", amount=100.0))
    effects = effects_of(rows_as_past([AnInvoice(debtor=at) for at in range(200 * len(ways))], events))
    assert effects.values("content") == [PLAIN, "quick"]
    assert effects.best("consumer", "content", PLAIN, ["quick"]) == "quick"


def test_too_little_says_so() -> None:
    with pytest.raises(TooThin, match="tried by chance 150 times each"):
        effects_of(past_of(1, 300).past)


def test_a_past_of_which_no_choice_is_told_says_so() -> None:
    past = a_past()
    silent = replace(past, events=past.events.of(np.zeros(len(past.events.kind), dtype=bool)))
    with pytest.raises(TooThin):
        effects_of(silent)


def test_the_same_past_gives_the_same_bytes_and_they_are_read_again() -> None:
    kept = planted().to_bytes()
    assert effects_of(a_past()).to_bytes() == kept
    assert read_effects(kept) == planted()


@pytest.mark.parametrize("bytes_", [b"", b"nonsense", planted])
def test_what_is_damaged_is_refused(bytes_: object) -> None:
    kept = bytes_ if isinstance(bytes_, bytes) else planted().to_bytes()[:200]
    with pytest.raises(Unreadable):
        read_effects(kept)


@pytest.mark.parametrize(
    ("way", "parts"),
    [
        ("sms 18:00 kind", {"channel": "sms", "clock": "18:00", "tone": "kind"}),
        ("letter 9", {"channel": "letter", "clock": "09:00"}),
        ("sms 18:00 kind help-first", {"channel": "sms", "clock": "18:00", "tone": "kind", "content": "help-first"}),
        ("none", {}),
        ("carrier pigeon 25:00", {}),
        ("", {}),
    ],
)
def test_a_ways_name_is_read_in_parts_and_what_no_policy_says_is_nothing(way: str, parts: dict[str, str]) -> None:
    assert parts_of(way) == parts
