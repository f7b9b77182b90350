"""From what a payer wrote to the invoice it is for."""
