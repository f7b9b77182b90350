"""What a score is worth: more evidence is never less probable, and what is kept is what was chosen."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from domain.parties.message_classes import STOPS, MessageClass
from prediction.words.calibration import Evidence, read_calibration

KEPT = read_calibration()
scores = st.floats(0, 1)


@given(scores, scores, st.sampled_from(list(MessageClass)))
def test_more_that_speaks_for_a_class_makes_it_no_less_probable(one: float, other: float, kind: MessageClass) -> None:
    low, high = sorted((one, other))
    assert 0 <= KEPT.probability(kind, Evidence(low)) <= KEPT.probability(kind, Evidence(high)) <= 1


@given(scores, st.sampled_from(sorted(STOPS)))
def test_a_rule_that_says_it_raises_and_words_that_take_it_back_lower(score: float, kind: MessageClass) -> None:
    plain = KEPT.probability(kind, Evidence(score))
    assert (
        KEPT.probability(kind, Evidence(score, doubted=True))
        <= plain
        <= KEPT.probability(kind, Evidence(score, ruled=True))
    )


@given(scores, scores)
def test_what_stops_holds_the_rather_and_a_promise_beside_it_the_less(one: float, other: float) -> None:
    low, high = sorted((one, other))
    silent = {kind: Evidence(0.05) for kind in MessageClass}

    def stop(dispute: float, promise: float) -> float:
        return KEPT.stop_chance(
            silent | {MessageClass.DISPUTE_PART: Evidence(dispute), MessageClass.PROMISE: Evidence(promise)}
        )

    assert stop(low, 0.5) <= stop(high, 0.5)
    assert stop(0.5, low) >= stop(0.5, high)


def test_a_rule_holds_whatever_was_learned_and_whatever_else_is_said() -> None:
    paid = {kind: Evidence(0.001) for kind in MessageClass} | {MessageClass.PAID: Evidence(0.999)}
    assert KEPT.stop_chance(paid) < KEPT.stop_from
    for kind in STOPS:
        assert KEPT.stop_chance(paid | {kind: Evidence(0.001, ruled=True)}) == 1


def test_what_is_kept_is_read_as_it_was_written(tmp_path: Path) -> None:
    KEPT.write(tmp_path)
    assert read_calibration(tmp_path) == KEPT
