"""The jobs of the day and of the hour."""
