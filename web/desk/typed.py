"""What is typed at the desk, checked as every door checks it."""

from pydantic import TypeAdapter, ValidationError

from facts.refusals import Refused
from workflows.contracts import By, Code

_CODE: TypeAdapter[str] = TypeAdapter(Code)
_BY: TypeAdapter[str] = TypeAdapter(By)


def reason(typed: str) -> str:
    """A reason as a short code. Raises Refused."""
    return _checked(_CODE, typed, "a reason")


def short_name(typed: str) -> str:
    """The name of somebody who gives orders. Raises Refused."""
    return _checked(_BY, typed, "a short name")


def _checked(kind: TypeAdapter[str], typed: str, what: str) -> str:
    try:
        return kind.validate_python(typed.strip())
    except ValidationError as wrong:
        told = str(wrong.errors()[0]["msg"]).removeprefix("Value error, ")
        if "pattern" in told or "at least" in told or "at most" in told:
            told = f"{what} is up to 64 letters, digits, spaces and . _ : @ + -"
        raise Refused(told) from None
