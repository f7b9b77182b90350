"""The acts of a case, one module per capability: facts in, channel out, facts in."""
