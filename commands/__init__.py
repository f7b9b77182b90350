"""What anybody may ask: one module a command, one road in."""
