"""Commands about the tasks of people."""
