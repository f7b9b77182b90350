"""Signals and updates that nothing can freeze a workflow with: whatever comes is read, or refused in words."""

import inspect
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar, cast

from pydantic import BaseModel, ValidationError
from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

Content = TypeVar("Content", bound=BaseModel)
Result = TypeVar("Result")


PLAIN = re.compile(r"[a-z_]{1,32}")  # a field that somebody meant; other names are not repeated


class NothingReadableError(Exception):
    """There is not one JSON object to be read."""


class Refusing(Protocol):
    """A workflow that says so when it is told what it cannot read."""

    def refuse_signal(self, name: str, why: str) -> None:
        """A signal of this name said nothing that can be read: why, in words."""
        ...


Of = TypeVar("Of", bound=Refusing)


def reading(kind: Any) -> Callable[[Callable[[Of, Any], None]], Callable[..., None]]:
    """Let a signal's handler have what came as `kind`, a type or a union with None; what cannot be read is refused.

    The SDK drops a signal whose values it cannot read, and retries without end a handler that gets more or fewer than it
    takes. What it reads follows the signature: where one value came for one raw parameter, it is handed over unread.
    """

    def made(handler: Callable[[Of, Any], None]) -> Callable[..., None]:
        name = handler.__name__.removesuffix("_signal")

        def signal(to: Of, *told: RawValue) -> None:
            try:
                content = _read(kind, told)
            except Exception as wrong:
                to.refuse_signal(name, _why(name, kind, wrong))
            else:
                handler(to, content)

        signal.__name__, signal.__doc__ = handler.__name__, handler.__doc__
        return _of_one_raw_value(signal)

    return made


def reading_update(
    name: str,
    words: str,
    kind: type[Content],
    check: Callable[[Any, Content], None],
    handler: Callable[[Any, Content], Awaitable[Result]],
    result: type[Result],
) -> Callable[..., Any]:
    """The update of this name, which does `words`. What is no `kind`, or what `check` raises for, is refused without a trace."""

    def read(told: Sequence[RawValue]) -> Content:
        try:
            content: Content = _read(kind, told)
        except Exception as wrong:
            raise ApplicationError(_why(name, kind, wrong)) from None
        return content

    async def update(to: Any, *told: RawValue) -> Result:
        return await handler(to, read(told))

    def validator(to: Any, *told: RawValue) -> None:
        check(to, read(told))

    update.__name__, update.__annotations__ = name, {"told": RawValue, "return": result}  # the SDK reads both
    made: Any = workflow.update(description=f"{words} {takes(kind)}")(_of_one_raw_value(update))
    made.validator(_of_one_raw_value(validator))
    return cast("Callable[..., Any]", made)


def takes(kind: type[BaseModel]) -> str:
    """An input that a handler takes, in words."""
    return f"Input: {_example(kind)}"


def _example(kind: type[BaseModel]) -> str:
    return json.dumps({name: field.examples[0] for name, field in kind.model_fields.items() if field.examples})


def _of_one_raw_value(handler: Callable[..., Result]) -> Callable[..., Result]:
    parameters = [inspect.Parameter(each, inspect.Parameter.POSITIONAL_OR_KEYWORD) for each in ("self", "told")]
    handler.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return handler


def _read(kind: Any, told: Sequence[RawValue]) -> Any:
    if len(told) > 1:
        raise NothingReadableError(f"{len(told)} inputs came, and it takes one")
    (one,) = told or (None,)
    content = one and workflow.payload_converter().from_payload(one.payload, kind)
    if not isinstance(content, kind):  # nothing came, or bytes, which are read as they are
        raise NothingReadableError("no input came, or one that is no JSON object")
    return content


def _why(name: str, kind: Any, wrong: Exception) -> str:
    """What is wrong with an input, field by field with what is allowed; what was given is not repeated."""
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return f"{name} refused: its input cannot be read"
    return f"{name} refused: {'; '.join(_wrong(kind, wrong))}. It takes {_example(kind)}"


def _wrong(kind: type[BaseModel], wrong: Exception) -> list[str]:
    if isinstance(wrong, ValidationError):
        return [
            _of_field(kind, str(where[0]), error["type"]) if (where := error["loc"]) else "the input is no JSON object"
            for error in wrong.errors()
        ]
    return [str(wrong) if isinstance(wrong, NothingReadableError) else "the input is no JSON that can be read"]


def _of_field(kind: type[BaseModel], name: str, problem: str) -> str:
    if problem == "extra_forbidden":
        unknown = name if PLAIN.fullmatch(name) else "that"
        return f"there is no field {unknown}: the fields are {', '.join(kind.model_fields)}"
    allowed = kind.model_fields[name].description
    return f"{name} is missing: give {allowed}" if problem == "missing" else f"{name} is wrong: give {allowed}"
