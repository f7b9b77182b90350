"""What is logged here: by a test and by what it starts, not by what another test left running in the same process."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from structlog import DropEvent
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs
from structlog.typing import EventDict, WrappedLogger

_HERE = ContextVar[object | None]("here", default=None)


@contextmanager
def logged_here() -> Iterator[list[EventDict]]:
    """The events that are logged within the block, with the fields of their context."""
    here = object()

    def of_here(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        if _HERE.get() is not here:
            raise DropEvent
        return event

    before = _HERE.set(here)
    try:
        with capture_logs([of_here, merge_contextvars]) as logs:
            yield logs
    finally:
        _HERE.reset(before)
