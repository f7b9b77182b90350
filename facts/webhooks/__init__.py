"""What a creditor's own system is told."""
