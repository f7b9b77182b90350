"""Choices of a past: each contact that was made in one way of several, how probable that way was, and what came of it.

A choice is made when its day begins where the debtor lives: what comes on that day comes after it, at whichever hour the
message went out, so that a late hour is not judged by money that came before it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prediction.history.local_days import begins_of, days_of
from prediction.history.past import Chosen, Codes, Happened, Moments, Numbers, Past, Words
from prediction.history.settled import turns_of
from prediction.history.ways import is_chance, step_and_way
from prediction.payments.snapshots import Snapshots, came_after, open_at

WINDOW_DAYS: Final = 14
"""In which a contact is seen to have done something: before the next one comes."""


@dataclass(frozen=True, slots=True)
class Choices:
    """A row each choice, by invoice and step; of a step and invoice the first one."""

    invoice: Codes  # its row in the past
    step: Words
    way: Words  # HELD_OUT among them: nothing was sent
    at: Moments  # when the day began there on which it was made
    propensity: Numbers  # how probable the way was, of all that might have been chosen then
    unsound: int  # choices left out, for nobody told how probable they were, or told what is no chance

    def __len__(self) -> int:
        return len(self.invoice)

    def of(self, rows: Chosen) -> "Choices":
        """Some of them."""
        return Choices(
            self.invoice[rows],
            self.step.of(rows),
            self.way.of(rows),
            self.at[rows],
            self.propensity[rows],
            self.unsound,
        )


def choices_of(past: Past) -> Choices:
    """The choices of a past about invoices that were open then, of which it is told how probable they were."""
    events = past.events.of(past.events.kind == Happened.CHOICE)
    country = past.invoices.country.of(events.invoice)
    at = np.maximum(begins_of(days_of(events.at, country), country), past.invoices.known_at[events.invoice])
    made, code = np.unique(events.detail.codes, return_inverse=True)
    apart = [step_and_way(events.detail.meanings[each]) for each in made]
    step, way = (_column(code, [pair[place] for pair in apart]) for place in (0, 1))
    found = Choices(events.invoice, step, way, at, events.amount, 0)
    asked = Snapshots(events.invoice.astype(np.intp), at)
    found = found.of(open_at(turns_of(past), asked)) if len(found) else found
    order = np.lexsort((found.at, found.step.codes, found.invoice))
    first = np.ones(len(order), dtype=bool)
    pairs = np.column_stack([found.invoice, found.step.codes])[order]
    first[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    found = found.of(order[first])
    sound = is_chance(found.propensity)
    kept = found.of(sound)
    return Choices(kept.invoice, kept.step, kept.way, kept.at, kept.propensity, int((~sound).sum()))


def paid_within(past: Past, choices: Choices, days: int = WINDOW_DAYS) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each invoice was paid within so many days, and whether it was watched for as long: else it does not count."""
    waited, seen = came_after(past, Snapshots(choices.invoice.astype(np.intp), choices.at))
    return waited < days, seen >= days


def _column(code: NDArray[np.intp], words: list[str]) -> Words:
    """A column of words that several codes may share."""
    meanings = {word: place for place, word in enumerate(sorted(set(words)))}
    return Words(np.array([meanings[word] for word in words], dtype=np.int32)[code], tuple(meanings))
