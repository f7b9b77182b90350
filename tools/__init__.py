"""What developers and the Makefile run around the code: set-up, the Temporal CLI, checks."""
