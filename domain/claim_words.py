"""Words that belong to claims: nobody who is told of something else may read them."""

NEVER_SAID = (
    *("inkasso", "purring", "betalingsanmerkning", "namsmann", "forliksråd", "rettslig"),
    *("debt collection", "payment reminder", "credit rating", "enforcement"),
)
"""Who is told what many are told is not to think that they owe anything."""
