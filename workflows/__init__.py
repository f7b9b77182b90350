"""The loop, one per invoice, and its messages."""
