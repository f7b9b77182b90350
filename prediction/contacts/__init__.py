"""How a contact is best made: what channels, hours and tones did where they were left to chance, and what is proposed by it."""
