"""What is answered, taken apart: the named parts of a record, and values as JSON has them."""

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import Any


def fields_of(value: Any) -> dict[str, Any]:
    """The named parts of a dataclass, a mapping or a database row."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    return dict(value._asdict())


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) or hasattr(value, "_asdict"):
        return fields_of(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    return str(value)
