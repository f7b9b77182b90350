"""The law and the calendar of each country."""
