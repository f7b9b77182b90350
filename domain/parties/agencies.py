"""Agencies that call for a creditor: how they may be called."""

import re

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@+-]{0,29}")


def why_no_agency(name: str) -> str | None:
    """Why an agency cannot be called so, in words: its name stands before each of its people's in the diary."""
    if _NAME.fullmatch(name):
        return None
    return "an agency is called by up to 30 letters, digits and ._@+- with spaces between, such as Ring AS"
