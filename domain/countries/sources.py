"""Where what a country file says comes from, and whether a source confirms it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """Where a table or a dated row of a country file comes from."""

    of: str
    """The row, as `fees from 2026-07-01`."""
    at: str
    """File and line: `no.yaml:14`."""
    row: Mapping[str, str]
    """What is written there, by its words."""
    named: str
    """The law or practice behind it, as the file names it; empty where it names none."""
    verified: bool
    """Whether a source confirms it."""
