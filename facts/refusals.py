"""What the facts refuse, in words for whoever asked."""


class Refused(Exception):
    """The facts do not allow this: the message says what, where and what to do."""


class UnknownCreditor(Refused):
    """No creditor has this id or organisation number."""


class Conflict(Refused):
    """The same number came before with other content."""
