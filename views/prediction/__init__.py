"""What is guessed of cases and debtors, to be read: with what it is made of, of which version, and what it may be used for."""
