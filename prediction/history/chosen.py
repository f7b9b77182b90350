"""A past with the choices that Purr itself made, beside those that an imported file tells."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC

import numpy as np

from domain.learned.choices import Choice
from prediction.history.imported import stacked
from prediction.history.past import Events, Happened, Moments, Past, words
from prediction.history.ways import as_choice


def with_choices(past: Past, choices: Sequence[Choice]) -> Past:
    """The same past, in which choices are known from when they were made. Of cases that are not in it nothing is said."""
    row_of = {case: row for row, case in enumerate(past.invoices.id.tolist()) if case >= 0}
    through = past.through.astype("datetime64[s]").item().replace(tzinfo=UTC)
    ours = [each for each in choices if each.case in row_of and each.at <= through]
    at: Moments = np.array([each.at.astimezone(UTC).replace(tzinfo=None) for each in ours], dtype="datetime64[s]")
    made = Events(
        invoice=np.array([row_of[each.case] for each in ours], dtype=np.int32),
        kind=np.full(len(ours), Happened.CHOICE, dtype=np.int8),
        at=at,
        known_at=at,
        amount=np.array([each.propensity for each in ours], dtype=np.float64),
        channel=words([each.arm.channel for each in ours]),
        detail=words([as_choice(each.step, each.arm.name) for each in ours]),
    )
    events: Events = stacked(Events, [past.events, made])
    return replace(past, events=events.of(np.argsort(events.known_at, kind="stable")))
