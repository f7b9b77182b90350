"""The rules: pure functions over facts, no input or output."""
