"""What a file of a direct-debit centre cannot hold."""


class Unwritable(Exception):
    """Something does not fit its field of the file; the message says what."""
