"""All personal data is in the register, with why, how long and how it is erased: what is missing there, or gone, is named."""

import ast
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from pydantic import BaseModel
from sqlmodel import SQLModel

from config import search_attributes
from facts import tables  # noqa: F401  the tables fill the metadata
from terminal.history import history
from tests.world import fresh_database
from tools.sources import parsed
from workflows import contracts

ROOT = Path(__file__).resolve().parents[1]
REGISTER = yaml.safe_load((ROOT / "docs" / "personal-data.yaml").read_text(encoding="utf-8"))
PERIODS = REGISTER["periods"]
EVERYWHERE = REGISTER["everywhere"]
NOT_THE_PRODUCT = {"tests", "docs", "tools", "benchmarks", "simulator"}
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
WRITES = {"write_text", "write_bytes"}
WRITERS = {"connectors.whole_files", "connectors.published_files"}


def columns() -> dict[str, list[str]]:
    """The columns of each table."""
    return {name: [column.name for column in table.columns] for name, table in SQLModel.metadata.tables.items()}


def everywhere(*, personal: bool) -> set[str]:
    """The columns that mean the same in every table."""
    return {*EVERYWHERE["staff"]["columns"], *EVERYWHERE["notes"]["columns"]} if personal else set(EVERYWHERE["ids"])


def entries() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each thing that is told of personal data, and of what."""
    yield from ((what, EVERYWHERE[what]) for what in ("staff", "notes"))
    yield from ((table, entry) for table, told in REGISTER["tables"].items() for entry in told.get("personal", ()))
    yield from REGISTER["files"].items()


def statements() -> Iterator[tuple[str, list[str], str]]:
    """Each table with columns that are erased, these, and the statement that does it; what a command erases has none."""
    for table, told in REGISTER["tables"].items():
        for entry in told.get("personal", ()):
            if not entry["erase"].startswith("starter.py "):
                yield table, entry["columns"], entry["erase"]
    for entry in (EVERYWHERE["staff"], EVERYWHERE["notes"]):
        for table, names in columns().items():
            for column in sorted(set(names) & set(entry["columns"])):
                if "case_id" in names or "case_id" not in entry["erase"]:
                    yield table, [column], entry["erase"].format(table=table, column=column)


@cache
def modules() -> dict[str, ast.Module]:
    """The product's modules by their file."""
    files = (path for path in ROOT.rglob("*.py") if not path.relative_to(ROOT).parts[0].startswith("."))
    names = {path.relative_to(ROOT).as_posix(): path for path in files}
    return {
        name: parsed(path.read_text(encoding="utf-8"))
        for name, path in sorted(names.items())
        if name.partition("/")[0] not in NOT_THE_PRODUCT and "/migrations/" not in name
    }


def test_every_column_is_in_the_register_once() -> None:
    told = {
        table: sorted([*of.get("other", ()), *(name for entry in of.get("personal", ()) for name in entry["columns"])])
        for table, of in REGISTER["tables"].items()
    }
    known = everywhere(personal=True) | everywhere(personal=False)
    assert told == {table: sorted(set(names) - known) for table, names in columns().items()}


def test_all_that_is_personal_has_its_reason_its_time_and_its_end() -> None:
    assert [
        what for what, entry in entries() if not entry["why"] or not entry["erase"] or entry["period"] not in PERIODS
    ] == []
    assert {entry["period"] for _, entry in entries()} == PERIODS.keys()


def test_what_erases_it_runs_and_forgets_no_column(postgres_url: str) -> None:
    plain = fresh_database(postgres_url, "register").replace("+psycopg", "")
    with psycopg.connect(plain) as connection:
        for table, erased, statement in statements():
            connection.execute("explain " + statement.replace(":debtor", "1").replace(":person", "'anne'"))
            assert re.match(rf"(update|delete from) {table}\b", statement)
            if statement.startswith("update"):
                changed, _, _ = statement.partition(" where ")
                assert [name for name in erased if not re.search(rf"\b{name}\b", changed)] == []


def test_what_a_command_erases_is_erased_by_one_that_there_is() -> None:
    commands = [entry["erase"] for _, entry in entries() if entry["erase"].startswith("starter.py ")]
    assert commands == ["starter.py history forget CREDITOR CUSTOMER_NUMBER"]
    assert "forget" in {command.name for command in history.registered_commands}


def test_every_module_that_writes_files_is_in_the_register() -> None:
    told = {name for file in REGISTER["files"].values() for name in file["written_by"]} | REGISTER[
        "files_of_nobody"
    ].keys()
    assert {name for name, tree in modules().items() if writes_files(tree)} == told


def test_every_field_of_a_payload_and_every_search_attribute_is_in_the_register() -> None:
    told = REGISTER["payloads"]
    staff = set(told["staff"])
    models = {
        name: [field for field in model.model_fields if field not in staff]
        for name, model in inspect.getmembers(contracts, inspect.isclass)
        if issubclass(model, BaseModel) and model.__module__ == contracts.__name__ and not name.startswith("_")
    }
    assert {name: sorted(fields) for name, fields in told["other"].items()} == {
        name: sorted(fields) for name, fields in models.items()
    }
    assert told["search_attributes"] == [key.name for key in search_attributes.ALL]


def test_every_field_of_a_log_event_is_in_the_register() -> None:
    told = {*REGISTER["logs"]["staff"], *REGISTER["logs"]["other"]}
    assert {field for tree in modules().values() for field in logged(tree)} == told


# --- what it finds ---------------------------------------------------------------------------------------------


def writes_files(tree: ast.Module) -> bool:
    """Whether a module writes, moves or prepares files."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module)) if module in WRITERS:
                return True
            case ast.Call(func=ast.Attribute(attr=name)) if name in WRITES:
                return True
            case ast.Call(func=ast.Attribute(attr="rename"), args=[_]):
                return True
            case ast.Call(func=ast.Attribute(attr="open") | ast.Name(id="open"), args=args) if any(
                isinstance(mode, ast.Constant) and re.fullmatch(r"[rwaxbt+]*[wax+][rwaxbt+]*", str(mode.value))
                for mode in args
            ):
                return True
    return False


def logged(tree: ast.Module) -> Iterator[str]:
    """The fields of a module's log events; `**` where they are not written out."""
    speakers = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and any(map(_speaks, ast.walk(node.value)))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (
            _speaks(node.func, speakers) or _named(node.func, {*speakers, "bound_contextvars"})
        ):
            yield from (keyword.arg or "**" for keyword in node.keywords)


def _speaks(node: ast.AST, speakers: Iterable[str] = ()) -> bool:
    loggers = {"log", "logger", *speakers}
    return isinstance(node, ast.Attribute) and node.attr in {*LEVELS, "bind"} and _named(node.value, loggers)


def _named(node: ast.AST, names: Iterable[str]) -> bool:
    return (isinstance(node, ast.Name) and node.id in names) or (isinstance(node, ast.Attribute) and node.attr in names)


@pytest.mark.parametrize(
    ("source", "fields"),
    [
        ("log.info('letter_sent', to=name)", ["to"]),
        ("say = log.warning if odd else log.info\nsay('letter_sent', to=name)", ["to"]),
        ("told = log.bind(to=name)\ntold.info('letter_sent', at=place)", ["to", "at"]),
        ("workflow.logger.info('letter_sent', to=name)", ["to"]),
        ("log.info('letter_sent', **person)", ["**"]),
        ("with structlog.contextvars.bound_contextvars(to=name): pass", ["to"]),
        ("register.info(to=name)", []),
    ],
)
def test_fields_of_log_events_are_found(source: str, fields: list[str]) -> None:
    assert list(logged(ast.parse(source))) == fields


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("path.write_bytes(pdf)", True),
        ("path.open('ab')", True),
        ("open(path, 'w')", True),
        ("path.rename(done)", True),
        ("debtors.rename(connection, debtor, name)", False),
        ("from connectors.published_files import PublishedFiles", True),
        ("path.open('rb')", False),
        ("path.open()", False),
        ("from connectors import signatures", False),
    ],
)
def test_what_writes_a_file_is_found(source: str, found: bool) -> None:
    assert writes_files(ast.parse(source)) is found
