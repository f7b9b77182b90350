"""What a model leans on is found by shuffling it; what it does not look at is not named."""

from prediction.payments.importance import importance
from tests.prediction.payments.book import tried


def test_what_was_planted_is_leant_on_most() -> None:
    trial = tried()
    found = importance(trial.models["ratio"], trial.slices.measured)
    assert set(found) == {"late_share", "days_past_due"}
    assert found["late_share"] > 0


def test_the_most_important_comes_first_and_what_was_shuffled_is_put_back() -> None:
    trial = tried()
    known = trial.slices.measured.known.copy()
    found = importance(trial.models["boosted"], trial.slices.measured)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert (known == trial.slices.measured.known)[known == known].all()
    assert "credit_score" not in found, "of nobody it was known"
