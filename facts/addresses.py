"""Which contact points are their debtor's now, and which were: the states that every statement asks for."""

THEIRS = "('valid', 'bounced', 'opted out')"
"""Whether or not it works. What is wrong is somebody else's, and of what was given nobody has made sure."""
PAST = "('replaced', 'left')"
"""Another address took its place."""
