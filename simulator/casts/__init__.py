"""What the demo has of each country: its creditors, names, places, numbers, words and its bank's files."""
