"""Signals that nothing can freeze a workflow with: whatever comes, it is read or refused."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from temporalio import workflow
from temporalio.common import RawValue


class Refusing(Protocol):
    """A workflow that says so when it is told what it cannot read."""

    def refuse_signal(self, name: str) -> None:
        """A signal of this name said nothing that can be read."""
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
            except Exception:
                to.refuse_signal(name)
            else:
                handler(to, content)

        signal.__name__, signal.__doc__ = handler.__name__, handler.__doc__
        parameters = [inspect.Parameter(each, inspect.Parameter.POSITIONAL_OR_KEYWORD) for each in ("self", "told")]
        signal.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return signal

    return made


def _read(kind: Any, told: Sequence[RawValue]) -> Any:
    (one,) = told or (None,)
    content = one and workflow.payload_converter().from_payload(one.payload, kind)
    if not isinstance(content, kind):  # nothing came, or bytes, which are read as they are
        raise ValueError(f"no {kind}")
    return content
