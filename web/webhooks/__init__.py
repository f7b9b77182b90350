"""What providers tell: signed, late, twice and in any order."""
