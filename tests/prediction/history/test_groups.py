"""Who is compared with whom, in a report alone: by what was told for it, as was known at the moment."""

import numpy as np

from prediction.history.groups import GROUPS, groups_at
from tests.pasts import AFact, AnInvoice, past_of


def test_debtors_are_in_the_groups_that_were_told_of_them() -> None:
    told = [
        *(AFact(debtor, "postcode income", number=income) for debtor, income in enumerate((100, 200, 300))),
        AFact(0, "age group", word="18-25"),
        AFact(1, "age group", word="26-40", known_at="2026-06-01T00:00:00"),
    ]
    past = past_of([AnInvoice(debtor=debtor) for debtor in range(4)], told=told)
    found = groups_at(past, np.arange(4), np.full(4, np.datetime64("2026-03-01T00:00:00", "s")))
    said = {
        what: [column.meanings[code] if code >= 0 else None for code in column.codes] for what, column in found.items()
    }
    assert tuple(found) == GROUPS
    assert said["postcode income"] == ["low", "middle", "high", None]
    assert said["age group"] == ["18-25", None, None, None]
    assert said["language"] == [None] * 4
