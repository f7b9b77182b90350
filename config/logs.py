"""One line per event, JSON or console, for structlog, Temporal, uvicorn and every other logger alike; no person in it."""

import logging
import sys
import traceback
from collections.abc import Iterator
from typing import TextIO

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from temporalio import activity, workflow
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from config.settings import Settings

# What we log ourselves names no person at any level. Libraries log what they are handed: addresses of pages and of
# providers, with the tokens and phone numbers in them. Below a warning they are not heard, whatever the level.
OURS = frozenset(
    {
        "__main__",
        "activities",
        "channels",
        "commands",
        "config",
        "connectors",
        "domain",
        "facts",
        "messages",
        "planning",
        "prediction",
        "security",
    }
    | {"composition", "relays", "simulator", "starter", "terminal", "tools", "views", "web", "worker", "workflows"}
)
# What fails when something else is away, full or slow: its kind says all, and its place is the same every time.
EXPECTED = (OSError, OperationalError, InterfaceError, RPCError, ApplicationError)
TOLD_FROM_INFO = frozenset({"temporalio", "uvicorn", "uvicorn.error"})  # that they start, stop and fail


def configure_logs(settings: Settings) -> None:
    """Send every logger of this process to stderr in the settings' format, from the settings' level up.

    Tracebacks carry neither local variables nor the messages of libraries: both could hold personal data.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _without_the_core,
        _without_what_a_task_held,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(settings)],
        )
    )
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    logging.getLogger().handlers = [handler]
    logging.getLogger().setLevel(max(level, logging.WARNING))
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    for name in TOLD_FROM_INFO:
        logging.getLogger(name).setLevel(max(level, logging.INFO))
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    # A line for each request, with its address: whoever has a page's address may act for its debtor. `web.operations.watch` tells
    # the route instead. Without handlers uvicorn does not even ask for the line.
    logging.getLogger("uvicorn.access").handlers = []
    logging.getLogger("uvicorn.access").propagate = False
    workflow.logger.workflow_info_on_message = False
    activity.logger.activity_info_on_message = False


def _without_the_core(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event.pop("temporal_log", None)  # what Temporal's core logged, once more as an object
    return event


def _without_what_a_task_held(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    if event.get("logger") == "asyncio":  # the further lines show the task with its error, and whatever that quotes
        event["event"] = str(event["event"]).partition("\n")[0]
    return event


def _rendering(settings: Settings) -> list[structlog.typing.Processor]:
    if settings.log_format == "json":
        return [structlog.processors.ExceptionRenderer(_told), structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(exception_formatter=_print_told)]


def _print_told(output: TextIO, exc_info: structlog.typing.ExcInfo) -> None:
    output.write("\n" + _told(exc_info))


def _told(exc_info: structlog.typing.ExcInfo) -> str:
    """Where it happened and what kind of error it was, the first cause first; of what is expected the kind alone."""
    error = exc_info[1]
    return _kind(error) if isinstance(error, EXPECTED) else "\n".join(_lines(error))


def _lines(error: BaseException) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _lines(before)
        yield "which led to:"
    for each in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _lines(each)
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip()
    yield _kind(error)


def _kind(error: BaseException) -> str:
    kind = type(error)
    ours = kind.__module__.partition(".")[0] in OURS | TOLD_FROM_INFO or isinstance(error, OSError)
    return f"{kind.__module__}.{kind.__qualname__}" + (f": {error}" if ours else "")
