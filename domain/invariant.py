"""What must always be true: where it is not, a case waits for a person and the others go on."""

FLAG = "invariant broken"


class InvariantBroken(Exception):
    """What cannot be is; the message says what, in words and without personal data. Trying again does not help."""
