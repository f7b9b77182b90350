"""Customers who left after a choice, and what that cost: counted once, with those of their invoices that were chosen for before.

Who was a customer when the choice was made, of whom nobody had told that they leave, and who is none when the window ends, left
in it. What is not known of a customer's margin counts nothing, and is said.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from prediction.effects.choices import Choices
from prediction.history.local_days import days_of
from prediction.history.lost import LOST, MARGIN, SINCE
from prediction.history.past import NOT_TOLD, Numbers, Past, Told

TOLD_OF_RELATIONS: Final = (LOST, MARGIN, SINCE)


@dataclass(frozen=True, slots=True)
class Left:
    """Of each choice its share of a customer who left, and of what that cost; and of how many customers what is known."""

    customers: Numbers
    margin: Numbers
    asked: int  # customers of all choices
    not_told: int  # of these, those of whose relation nothing is told
    left: int
    without_margin: int  # of those who left, those whose margin is not told in the currency of what they owed

    def said(self) -> Iterator[str]:
        """What is not known, in words."""
        if self.asked and self.not_told == self.asked:
            yield "which customers left is not told (customers import): what losing them costs is left out"
        elif self.not_told:
            yield f"of {self.not_told} of {self.asked} customers no relation is told: they count as if they had stayed"
        if self.without_margin:
            yield (
                f"of {self.without_margin} of {self.left} customers who left the margin is not told in the currency of their "
                "invoices: losing them counts as nothing"
            )


def left_after(past: Past, choices: Choices, horizon_days: int) -> Left:
    """Who left within so many days after each choice."""
    invoices, told = past.invoices, past.told
    debtor = invoices.debtor[choices.invoice]
    day = days_of(choices.at, invoices.country.of(choices.invoice))
    ends = day + np.timedelta64(horizon_days, "D")
    currency = invoices.currency.of(choices.invoice)
    customers, margin = np.zeros(len(choices)), np.zeros(len(choices))
    order = np.argsort(debtor, kind="stable")
    sorted_by_debtor = debtor[order]
    lost = _lost(told)
    first, last = (np.searchsorted(sorted_by_debtor, told.debtor[lost], side=side) for side in ("left", "right"))
    left, without_margin = set[int](), set[int]()
    for fact, begin, end in zip(lost.tolist(), first.tolist(), last.tolist(), strict=True):
        rows = order[begin:end]
        since, until = told.since[fact], told.until[fact]
        then = (day[rows] < since) & (since <= ends[rows]) & (choices.at[rows] < told.known_at[fact])
        rows = rows[then & (np.isnat(until) | (until > ends[rows]))]
        if not len(rows):
            continue
        who = int(told.debtor[fact])
        left.add(who)
        share = 1 / len(np.unique(choices.invoice[rows]))
        customers[rows] += share
        alike = np.array([_word(currency.meanings, code) for code in currency.codes[rows]]) == _word(
            told.word.meanings, told.word.codes[fact]
        )
        if np.isnan(told.number[fact]) or not alike.all():
            without_margin.add(who)
        margin[rows[alike]] += share * np.nan_to_num(told.number[fact])
    asked = np.unique(debtor)
    known = told.debtor[told.what.among(*TOLD_OF_RELATIONS)]
    not_told = int((~np.isin(asked, known)).sum())
    return Left(customers, margin, len(asked), not_told, len(left), len(without_margin))


def _lost(told: Told) -> NDArray[np.intp]:
    """The facts of customers who were lost, by day: of one day what was told last; who is lost already is not lost again."""
    rows = np.flatnonzero(told.what.among(LOST) & ~np.isnat(told.since))
    rows = rows[np.lexsort((rows, told.known_at[rows], told.since[rows], told.debtor[rows]))]
    found: list[int] = []
    for row in rows.tolist():
        before = found[-1] if found and told.debtor[found[-1]] == told.debtor[row] else None
        if before is not None and told.since[before] == told.since[row]:
            found[-1] = row
        elif before is None or told.until[before] <= told.since[row]:
            found.append(row)
    return np.array(found, dtype=np.intp)


def _word(meanings: tuple[str, ...], code: int) -> str | None:
    return None if code == NOT_TOLD else meanings[code]
