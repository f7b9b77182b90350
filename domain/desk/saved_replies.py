"""Saved replies: words with fields in braces, which are filled from a case before anybody sends them."""

import re
from collections.abc import Mapping
from typing import Final

FIELDS: Final = ("name", "amount", "due_date", "invoice", "creditor", "link")
"""What a saved reply may ask for: the debtor's name, what is owed, until when, on which invoice, to whom, and its page."""
_FIELD = re.compile(r"\{([^{}]*)\}")


def unknown_fields(words: str) -> list[str]:
    """The fields that are none of ours, as they are written: nothing would fill them."""
    return [field for field in _FIELD.findall(words) if field not in FIELDS]


def filled(words: str, values: Mapping[str, str]) -> str:
    """The words with what is known of a case. What is not known stays as it is written, so that a person sees it."""
    return _FIELD.sub(lambda match: values.get(match[1], match[0]), words)


def unfilled(words: str) -> list[str]:
    """The fields that still stand in an answer: it is not ready to be sent."""
    return [field for field in _FIELD.findall(words) if field in FIELDS]
