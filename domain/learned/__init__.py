"""What was learned, as plain facts: what the planner may know of a guess, and until when."""
