"""Cases: their facts, decisions and commands."""
