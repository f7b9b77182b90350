"""What a case can do, one module per capability: facts in, channel out, facts in."""
