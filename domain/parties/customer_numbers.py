"""A creditor's number of its customer: shown where no personal data may be, as long as it is no more than a number."""

import re

PLAIN = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9._/#-]{0,39}")
IDENTITY = re.compile(r"(\d\d)?(\d\d)(\d\d)(\d\d)[-+A-FU-Y]?\d{3}[0-9A-Z]{1,2}")  # as the Nordic countries write them
OTHER_DAYS, OTHER_MONTHS = (
    (0, 40, 60),
    (0, 20, 40, 60, 80),
)  # added for people without a number of their own, and in tests


def is_plain(number: str) -> bool:
    """Whether a number says nothing of the person: no name, no address, and nothing that may be a national identity number."""
    if not PLAIN.fullmatch(number):
        return False
    identity = IDENTITY.fullmatch(number)
    if identity is None:
        return True
    _, first, second, third = identity.groups()
    return not (_born(day=first, month=second) or _born(day=third, month=second))


def _born(*, day: str, month: str) -> bool:
    days, months = {int(day) - each for each in OTHER_DAYS}, {int(month) - each for each in OTHER_MONTHS}
    return bool(days & set(range(1, 32))) and bool(months & set(range(1, 13)))
