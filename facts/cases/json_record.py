"""A record that a query builds as JSON: one tuple of fields makes both its SQL and what reads it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Field(NamedTuple):
    """A field of a record, the SQL that gives it, and how its JSON is read; a null is None."""

    name: str
    sql: str
    read: Callable[[Any], object] | None = None


@dataclass(frozen=True, slots=True)
class JsonRecord(Generic[T]):
    """A record with its fields."""

    make: Callable[..., T]
    fields: tuple[Field, ...]

    @property
    def sql(self) -> str:
        """The JSON array of the fields."""
        return f"json_build_array({', '.join(field.sql for field in self.fields)})"

    def read(self, values: Sequence[Any]) -> T:
        """The record that such an array tells of."""
        return self.make(
            **{
                name: value if read is None or value is None else read(value)
                for (name, _, read), value in zip(self.fields, values, strict=True)
            }
        )
