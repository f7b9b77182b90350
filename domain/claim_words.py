"""Words that belong to claims: nobody who is told of something else may read them."""

NEVER_SAID = (
    *("inkasso", "purring", "betalingsanmerkning", "namsmann", "forliksråd", "rettslig"),
    *("betalningspåminnelse", "betalningsanmärkning", "kronofogd", "indrivning", "utsökning", "rättslig"),
    *("maksumuistutus", "perintä", "perinnä", "ulosot", "maksuhäiriö", "luottotiedo"),
    *("debt collection", "payment reminder", "credit rating", "enforcement"),
)
"""Who is told what many are told is not to think that they owe anything."""
