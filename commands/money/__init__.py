"""What is done about money besides booking it."""
