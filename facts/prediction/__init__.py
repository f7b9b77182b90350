"""What was learned: versions of models with their weights, and which of them is in use."""
