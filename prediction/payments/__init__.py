"""Who pays, when, and why not yet: learned from a past, measured against simple guesses, and used only where it is better."""
