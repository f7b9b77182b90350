"""Commands to a case."""
