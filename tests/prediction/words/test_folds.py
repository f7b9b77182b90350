"""Examples judged by who never saw them: what says the same stays together, and limits hold what they promise."""

import numpy as np

from domain.parties.message_classes import STOPS, MessageClass
from prediction.words.calibration import Evidence
from prediction.words.folds import RECALL, Judged, calibrate, calibration_error, folds, measured

SCORES = np.random.default_rng(7).uniform(0, 1, 400)


def judged(chance: float, true: bool, kind: MessageClass = MessageClass.DEATH) -> Judged:
    """A message of which one class has a chance, and all others next to none."""
    evidence = {each: Evidence(0.01) for each in MessageClass} | {kind: Evidence(chance)}
    return Judged(frozenset({kind if true else MessageClass.PAID}), evidence)


def made_up() -> list[Judged]:
    """Half of them stops; of a class with score s, s² are: the scores promise too much."""
    luck = np.random.default_rng(8).uniform(0, 1, len(SCORES))
    return [judged(float(score), bool(chance < score**2)) for score, chance in zip(SCORES, luck, strict=True)]


def test_what_says_the_same_is_in_one_fold() -> None:
    seen = np.random.default_rng(1).normal(size=(60, 384)).astype(np.float32)
    twice = np.concatenate([seen, seen + np.float32(0.01)])
    dealt = folds(twice)
    assert np.array_equal(dealt[:60], dealt[60:])
    assert set(dealt.tolist()) == {0, 1, 2, 3, 4}


def test_the_same_examples_are_dealt_and_weighed_the_same() -> None:
    seen = np.random.default_rng(1).normal(size=(60, 384)).astype(np.float32)
    assert np.array_equal(folds(seen), folds(seen))
    assert calibrate(made_up()) == calibrate(made_up())


def test_the_limit_of_stops_holds_as_many_as_is_asked_and_is_the_highest_that_does() -> None:
    messages = made_up()
    found = calibrate(messages)
    chances = [found.stop_chance(each.evidence) for each in messages if each.classes & STOPS]
    assert np.mean([chance >= found.stop_from for chance in chances]) >= RECALL
    assert np.mean([chance >= found.stop_from + 0.002 for chance in chances]) < 1


def test_scores_that_promise_too_much_are_weighed_down() -> None:
    messages = made_up()
    found = calibrate(messages)
    true = [MessageClass.DEATH in each.classes for each in messages]
    chances = [found.probability(MessageClass.DEATH, each.evidence[MessageClass.DEATH]) for each in messages]
    assert calibration_error(chances, true) < calibration_error(list(map(float, SCORES)), true)


def test_the_error_is_none_where_probabilities_hold_and_whole_where_they_lie() -> None:
    assert calibration_error([0.0, 1.0, 1.0], [False, True, True]) == 0
    assert calibration_error([1.0, 1.0], [False, False]) == 1
    assert calibration_error([0.5, 0.5], [True, False]) == 0


def test_what_it_is_worth_is_said_in_shares() -> None:
    found = measured(calibrate(made_up()), made_up())
    assert set(found) == {"stops_found", "held_for_nothing", "right_among_two", "calibration_error"}
    assert all(0 <= share <= 1 for share in found.values())
