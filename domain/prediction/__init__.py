"""What is learned, as plain facts: what is likely of a case or a debtor, with what it is made of, in words."""
