"""Messages that come in, sorted by what they say and by whether the law asks for a stop."""
