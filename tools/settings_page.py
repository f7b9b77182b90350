"""`python -m tools.settings_page` writes docs/settings.md: every variable that Purr is configured with, from its class."""

import ast
import re
from collections.abc import Iterator, Mapping
from inspect import getsource
from itertools import pairwise
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from config.settings import REQUIRED_IN_PRODUCTION, Settings, variable
from config.temporal import connect
from tools.sources import ROOT
from web.payment_methods.registry import METHODS

PAGE = ROOT / "docs" / "settings.md"
SHARED = ("composition.py", "config/files.py", "config/running.py")
PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "worker": ("worker.py", "activities", "channels", "relays", "config/temporal.py", "config/logs.py", *SHARED),
    "web app": ("web", "config/logs.py", *SHARED),
    "terminal": ("terminal", *SHARED),
    "`make run`": ("tools/run_embedded.py",),
}
"""The programs, and the rooms in which each reads settings."""
HEAD = """# Settings

Purr is configured by environment variables alone. This page is written by `python -m tools.settings_page`.
What is *required* must be given where `PURR_ENVIRONMENT` is `production`; a *secret* is never shown, logged or repeated in an
error. `.env.example` is a file to begin with.
"""
COLUMNS = "| variable | meaning | default | read by |\n|---|---|---|---|\n"


def page() -> str:
    """The page as the classes have it today."""
    parts: list[tuple[str, type[BaseSettings]]] = [
        ("Purr", Settings),
        *((f"Payments by {name}", kind) for name, kind in METHODS.items()),
    ]
    return HEAD + "".join(f"\n## {title}\n\n{COLUMNS}{''.join(_rows(kind))}" for title, kind in parts)


def _rows(kind: type[BaseSettings]) -> Iterator[str]:
    sources = {program: _text(places) for program, places in PROGRAMS.items()}
    meanings = {name: words for each in reversed(kind.__mro__) for name, words in _meanings(each)}
    for name, field in kind.model_fields.items():
        secret = "Secret" in str(field.annotation) or "Secret" in repr(field)
        words = " ".join(meanings.get(name, "").split()).replace("|", "\\|")
        marks = [word for word, holds in (("secret", secret), ("required", name in _required(kind))) if holds]
        readers = [each for each, text in sources.items() if re.search(rf"\bsettings\.(takes_)?{name}\b", text)]
        where = ", ".join(readers) if kind is Settings and readers else "web app, worker"
        marked = f" *({', '.join(marks)})*" if marks else ""
        yield f"| `{variable(name, kind)}` | {words}{marked} | {_default(field, secret=secret)} | {where} |\n"


def _meanings(kind: type) -> Iterator[tuple[str, str]]:
    """What stands below each field of a class. No program waits for it to be read: the page alone tells it."""
    if not issubclass(kind, BaseSettings) or kind is BaseSettings:
        return
    (found,) = ast.parse(getsource(kind)).body
    assert isinstance(found, ast.ClassDef)
    for field, words in pairwise(found.body):
        match field, words:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(meaning))):
                yield name, meaning


def _required(kind: type[BaseSettings]) -> tuple[str, ...]:
    return REQUIRED_IN_PRODUCTION if kind is Settings else ()


def _default(field: FieldInfo, *, secret: bool) -> str:
    value = field.get_default(call_default_factory=True)
    return "" if secret or value in ("", None, (), {}) or field.is_required() else f"`{value}`"


def _text(places: tuple[str, ...]) -> str:
    files = [file for place in places for file in _files(ROOT / place)]
    return "\n".join([getsource(connect), *(file.read_text(encoding="utf-8") for file in files)])


def _files(place: Path) -> list[Path]:
    return sorted(place.rglob("*.py")) if place.is_dir() else [place]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
