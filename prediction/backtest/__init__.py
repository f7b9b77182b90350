"""What a policy would have done to a past: the planner's own decisions, for a million invoices at once."""
