"""Who will pay, and when: learned from a past, measured against simple guesses, and used only where it is better."""
