"""An invoice is past due the day after its due date, where the debtor lives."""

from datetime import UTC, date, datetime

import pytest

from domain.invoices.past_due import is_past_due
from tests.world import invoice

NEW_YEARS_EVE = date(2035, 12, 31)


@pytest.mark.parametrize(
    ("now", "is_over"),
    [
        (datetime(2035, 12, 30, 12, tzinfo=UTC), False),
        (datetime(2035, 12, 31, 12, tzinfo=UTC), False),
        (datetime(2035, 12, 31, 22, 59, tzinfo=UTC), False),  # a minute before midnight in Norway
        (datetime(2035, 12, 31, 23, 0, tzinfo=UTC), True),  # 1 January there, and not in UTC
        (datetime(2036, 1, 1, 12, tzinfo=UTC), True),
    ],
)
def test_the_day_ends_where_the_debtor_lives(now: datetime, is_over: bool) -> None:
    assert is_past_due(invoice(issue_date=date(2035, 12, 17), due_date=NEW_YEARS_EVE), now) is is_over
