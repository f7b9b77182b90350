"""What the facts refuse, in words for whoever asked."""


class Refused(Exception):
    """The facts do not allow this: the message says what, where and what to do."""


class Unknown(Refused):
    """Nothing has this number, or nothing of the creditor's."""


class UnknownCreditor(Refused):
    """No creditor has this id or organisation number."""


class UnknownInvoice(Refused):
    """The creditor has no invoice of this number, or not yet."""


class Conflict(Refused):
    """It stands otherwise by now: the same number came before with other content, or it is decided already."""


class CommandRefused(Conflict):
    """The case is in no state for this command. `kind` tells programs which refusal it is, and never changes."""

    def __init__(self, why: str, kind: str = "conflict") -> None:
        super().__init__(why)
        self.kind = kind
