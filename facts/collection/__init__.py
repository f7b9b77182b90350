"""Hand-offs to the collection partner."""
