"""One effect for one form: each form that commits to something carries a number of its own, which is done once."""

import re
from uuid import uuid4


def fresh() -> str:
    """A number for a form that is shown now."""
    return uuid4().hex


def once_of(case: int, what: str, given: str) -> str:
    """Under what a form's effect is recorded once for a case: its own number, else a new one."""
    number = given if re.fullmatch(r"[0-9a-f]{32}", given) else fresh()
    return f"page#{case}/{what}/{number}"
