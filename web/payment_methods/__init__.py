"""The ways to pay at once on the invoice page: one module for each payment provider."""
