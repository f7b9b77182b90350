"""What was sent, what became of it, and what came back."""
