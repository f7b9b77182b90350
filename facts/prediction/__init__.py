"""What was learned: versions of models with their weights, which of them is in use, and what was guessed by them."""
