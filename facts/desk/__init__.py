"""Who works at the desk, where they are signed in, and what they looked at and did."""
