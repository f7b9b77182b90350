"""Commands about what was learned: which version is in use."""
