"""Of whom anything may be guessed or learned: one condition, for whatever reads a past and whatever keeps a guess.

Both ask it at the moment `:now` (UTC), each anew: who reads may have looked before the debtor said so.
"""

from typing import Final

# The days of a life are local. Kinder is the day before: an objection ends, and a minor is of age, when it is so everywhere.
_A_DAY_BEFORE = "cast(:now as timestamptz) - interval '1 day'"
OBJECTS: Final = f"""(select coalesce(e.until > {_A_DAY_BEFORE}, true) from life_event e
  where e.debtor_id = d.id and e.kind = 'no profiling' order by e.id desc limit 1) is true"""
"""SQL: whether the debtor `d` objects to guesses."""
OF_WHOM: Final = f"""d.stop_reason is null and not d.protected_address and not {OBJECTS}
    and (d.birth_date is null or d.birth_date <= {_A_DAY_BEFORE} - interval '18 years') and d.name <> 'erased'"""
"""SQL: the debtors `d` of whom anything may be guessed. Nowhere here do people come of age later."""
