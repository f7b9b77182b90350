"""The words a case waits or ends under: what a person must look at, and what became of a case."""

FLAGS = (
    "bank data stale",
    "letter not posted",
    "no address",
    "no sender",
    "protected address",
    "notice renewed",
    "limitation",
    "approval waiting",
    "approval overdue",
    "hand-off rejected",
    "disputed",
    "payment in review",
    "reply unread",
    "not me",
    "debtor stopped",
    "step unlawful",
    "not running",
    "stuck",
    "invariant broken",
    "law missing",
    "policy unsettled",
)
"""What a person must look at; the operators' guide says what to do about each."""

OUTCOMES = (
    "paid",
    "credited",
    "balance ignored",
    "withdrawn",
    "recalled",
    "handed off",
    "ladder finished",
    "shadow finished",
)
"""What became of a case that is closed."""
