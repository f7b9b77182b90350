"""What a case does next, when and why."""
