"""Arrows point one way: finds every import that leads from an inner room to an outer one."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.sources import ROOT, Found, found, tell

DOORS = frozenset({"worker", "starter", "terminal", "web", "simulator", "tools", "benchmarks"})
INNER = frozenset(
    {
        "domain",
        "config",
        "messages",
        "connectors",
        "channels",
        "facts",
        "prediction",
        "workflows",
        "planning",
        "commands",
        "views",
        "activities",
        "relays",
        "composition",
        "purr_client",
    }
)
ROOMS = DOORS | INNER

ALLOWED: dict[str, frozenset[str]] = {
    "domain": frozenset(),
    "config": frozenset({"domain"}),
    "messages": frozenset({"domain"}),
    "connectors": frozenset({"domain"}),
    "channels": frozenset({"domain", "messages", "config.settings", "connectors.whole_files"}),
    "facts": frozenset({"domain"}),
    "prediction": frozenset({"domain", "facts"}),
    "workflows": frozenset({"config.search_attributes"}),
    "planning": frozenset({"domain", "facts", "workflows.contracts"}),
    "commands": frozenset({"domain", "facts", "planning", "channels", "connectors", "workflows.contracts"}),
    "views": frozenset({"domain", "facts", "messages", "planning", "connectors.links"}),
    "activities": frozenset(
        {
            "domain",
            "facts",
            "messages",
            "connectors",
            "channels",
            "planning",
            "commands",
            "views",
            "workflows.contracts",
        }
    ),
    "relays": frozenset({"domain", "facts", "connectors", "workflows.contracts", "config.search_attributes"}),
    "composition": INNER - {"purr_client", "prediction"},
    "purr_client": frozenset(),
    **dict.fromkeys(DOORS, ROOMS - {"purr_client"}),
}
"""The rooms, or modules of rooms, that a room may import besides itself."""

SUBJECTS: dict[str, frozenset[str]] = {
    "agreements": frozenset({"money", "webhooks"}),
    "cases": frozenset({"agreements.plans", "collection.service_blocks", "operations.tasks", "webhooks"}),
    "collection": frozenset(
        {"money.bank_accounts", "money.postings", "operations.tasks", "parties.life_events", "webhooks"}
    ),
    "deliveries": frozenset({"cases.load", "money", "operations.rounds", "parties.debtors"}),
    "direct_debit": frozenset({"cases", "operations.tasks"}),
    "invoices": frozenset(
        {
            "money",
            "operations.rounds",
            "operations.tasks",
            "operations.unsettled",
            "parties.contacts",
            "parties.families",
            "webhooks",
        }
    ),
    "migrations": frozenset({"cases.circumstances"}),
    "money": frozenset(
        {
            "agreements.plans",
            "cases.circumstances",
            "collection",
            "direct_debit.outcomes",
            "operations.unsettled",
            "parties.families",
            "webhooks",
        }
    ),
    "operations": frozenset({"webhooks"}),
    "parties": frozenset({"operations.tasks", "operations.unsettled"}),
    "prediction": frozenset(),
    "webhooks": frozenset(),
}
"""What a subject of the facts may import besides itself and the kernel: more that crosses subjects is a command."""

EXCEPTIONS: dict[str, frozenset[str]] = {
    "facts/migrations": frozenset({"config"}),
    "facts/migrate.py": frozenset({"config"}),
}
"""Places that are started by themselves, as a door is, and so read the settings."""

LIBRARIES: dict[str, frozenset[str]] = {
    "domain": frozenset({"babel", "pydantic", "holidays", "dateutil", "stdnum", "phonenumbers", "yaml"}),
    "workflows": frozenset({"temporalio", "pydantic"}),
    "purr_client": frozenset({"temporalio"}),
}
"""The libraries besides the standard one that a room may import; a room not named here may import any."""


def broken_imports(root: Path) -> list[Found]:
    """Every import in the rooms under a project's root that breaks a rule, in the order of files."""
    return found(root, ROOMS, _check)


def _check(file: Path, source: ast.AST) -> Iterator[tuple[int, str]]:
    for line, module in _imports(file, source):
        if rule := _rule_broken(file, module):
            yield line, rule


def _imports(file: Path, source: ast.AST) -> Iterator[tuple[int, str]]:
    """The modules a file imports, wherever in it, those for type checking alone included."""
    package = file.with_suffix("").parts[:-1]
    for node in ast.walk(source):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *filter(None, [node.module])))
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def _rule_broken(file: Path, module: str) -> str | None:
    room = file.with_suffix("").parts[0]
    target = module.split(".")[0]
    if target == room:
        return _subject_crossed(file, module) if room == "facts" else None
    if target == "tests":
        return f"{room} may not import the tests ({module})"
    if target in ROOMS:
        allowed = ALLOWED[room].union(*(more for place, more in EXCEPTIONS.items() if file.is_relative_to(place)))
        if any(f"{module}.".startswith(f"{name}.") for name in allowed):
            return None
        return f"{room} may not import {module}: it may import {_listed(allowed)}"
    libraries = LIBRARIES.get(room)
    if libraries is None or target in sys.stdlib_module_names or target in libraries:
        return None
    return f"{room} may not import {module}: of libraries it may import {_listed(libraries)}"


def _subject_crossed(file: Path, module: str) -> str | None:
    """The rule that an import between two subjects of the facts breaks; the kernel may be imported from anywhere."""
    of, subject = file.parts[1], module.split(".")[1]
    if subject not in SUBJECTS or subject == of:
        return None
    allowed = frozenset(f"facts.{name}" for name in SUBJECTS.get(of, ()))
    if any(f"{module}.".startswith(f"{name}.") for name in allowed):
        return None
    return f"facts may not import {module} in {of}: of other subjects that may import {_listed(allowed)}"


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "none"


if __name__ == "__main__":
    tell(broken_imports(ROOT))
