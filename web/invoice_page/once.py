"""One effect for one form: each form that commits to something carries a number of its own, which is done once."""

import re
from hashlib import sha256
from typing import Annotated
from uuid import uuid4

from fastapi import Form

Once = Annotated[str, Form(max_length=64)]


def fresh() -> str:
    """A number for a form that is shown now."""
    return uuid4().hex


def is_number(given: str) -> bool:
    """Whether it is such a number."""
    return re.fullmatch(r"[0-9a-f]{32}", given) is not None


def once_of(case: int, what: str, given: str, *said: object) -> str:
    """Under what a form's effect is recorded once for a case: its own number, else a new one.

    Where what it says is named too, a form that is gone back to and says something else is another one: nothing that
    somebody tells is lost without a word.
    """
    number = given if is_number(given) else fresh()
    if said:
        number = sha256("\n".join([number, *map(str, said)]).encode()).hexdigest()[:32]
    return f"page#{case}/{what}/{number}"
