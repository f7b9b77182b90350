"""How the web app is, and what its API looks like."""
