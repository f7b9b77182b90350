"""Amounts, how they are shared out, interest, charges and payment references."""
