"""What goes in and out of workflows: news and results may say more than is known, orders may not."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from workflows.contracts import Hold, News, Next, PaymentReceived, StepOrder, why_past

NOW = datetime(2026, 7, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "known"),
    [(News, {"seq": 3}), (PaymentReceived, {"seq": 3}), (Next, {"act": "wait", "why": "why", "label": "label"})],
)
def test_what_a_newer_version_tells_besides_is_passed_over(
    kind: type[News | PaymentReceived | Next], known: dict[str, object]
) -> None:
    assert kind.model_validate(known | {"of_next_year": True}) == kind.model_validate(known)


@pytest.mark.parametrize("kind", [Hold, StepOrder])
def test_an_order_that_says_more_than_is_known_is_refused(kind: type[Hold | StepOrder]) -> None:
    with pytest.raises(ValidationError, match="of_next_year"):
        kind.model_validate({"by": "kim", "reason_code": "why", "step": "reminder", "of_next_year": True})


def test_money_whose_amount_is_misspelt_is_still_money_to_be_refused_aloud() -> None:
    assert PaymentReceived.model_validate({"payment_id": "P-1", "ammount": "802.00"}).brings_money
    assert not PaymentReceived.model_validate({"seq": 1, "provider": "vipps"}).brings_money


def test_a_step_is_ahead_where_the_next_action_says_so() -> None:
    following = Next(act="wait", why="why", label="label", open_steps=("reminder", "call"))
    assert following.why_not_ahead("call") is None
    assert following.why_not_ahead("hand-off") == "'hand-off' is no step ahead in this case; ahead are: reminder, call"


def test_a_moment_is_ahead_or_past() -> None:
    assert why_past(NOW.replace(hour=11), NOW) is None
    assert why_past(NOW, NOW) == "2026-07-01T10:00:00+00:00 is past: give a moment ahead, or none"
