"""What guesses are compared by, so that whoever is judged worse is found: for a report alone, and never a feature."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from prediction.history.features import holding
from prediction.history.local_days import days_of
from prediction.history.past import NOT_TOLD, Chosen, Moments, Past, Words

GROUPS: Final = ("age group", "language", "postcode income")
"""As they are told of debtors, for the purpose of a fairness report."""
_THIRDS: Final = ("low", "middle", "high")


def groups_at(past: Past, rows: Chosen, moments: Moments) -> Mapping[str, Words]:
    """The groups that the debtors of invoices were in at moments, as was known then; incomes as thirds of these rows."""
    debtor = past.invoices.debtor[rows]
    today = days_of(moments, past.invoices.country.of(rows))
    found = {}
    for what in GROUPS:
        place = holding(past.told, what, debtor, today, moments)
        number = np.append(past.told.number, np.nan)[place]
        if np.isfinite(number).any():
            bounds = np.nanquantile(number, (1 / 3, 2 / 3))
            codes = np.where(np.isnan(number), NOT_TOLD, np.searchsorted(bounds, number, side="left"))
            found[what] = Words(codes.astype(np.int32), _THIRDS)
        else:
            found[what] = Words(np.append(past.told.word.codes, np.int32(NOT_TOLD))[place], past.told.word.meanings)
    return found
