"""What takes back what was just done at the desk, where it can be: the page after offers it."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

CASE: Final = "/desk/case/"
UNDONE_BY: Final[Mapping[str, str]] = {
    "hold": "release",
    "release": "hold",
    "pause": "end-pause",
    "promise": "withdraw-promise",
    "plan": "end-plan",
    "send-now": "undo-send",
    "skip": "undo-skip",
    "stop": "go-on",
    "kind": "kind",
    "use-credit": "undo-credit",
    "withdraw": "unwithdraw",
}
"""By the names of acts."""


def undo_of(done: str, path: str) -> str | None:
    """Where the form is that takes back what was just done to the case whose page this is; None where nothing does."""
    act = UNDONE_BY.get(done)
    if act is None or not path.startswith(CASE):
        return None
    return f"/desk/act/{act}/{quote(path.removeprefix(CASE))}"
