"""What in the tree nothing reaches: names that nobody uses, fields that nobody reads or gives, columns that nobody asks for."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tools.sources import parsed

BY_ITSELF = frozenset(
    {
        "abstractmethod",
        "asynccontextmanager",
        "cache",
        "cached_property",
        "classmethod",
        "contextmanager",
        "dataclass",
        "property",
        "staticmethod",
    }
)
"""Decorators that call nothing. Every other one hands what it decorates to a framework, which calls it."""
EQUIPMENT = frozenset(
    {"simulator", "benchmarks", "purr_client"}
)  # what stands there may be for tests, or others, alone
NOT_THE_PRODUCT = frozenset({"tests", "docs"})
IN_TEMPLATE = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}", re.S)
TEMPLATES = frozenset({".j2", ".html"})
WORD = re.compile(r"\w+")
# What a statement names only to write it, to call it otherwise or to hand a value in.
ONLY_WRITTEN = re.compile(
    r"(?<=\binto )(?P<table>\w+(?: as \w+)?)\s*\([^)]*\)|(?<=\bset )\w+(?= =)|(?<=, )\w+(?= =)|\bas \w+|(?<!:):\w+|--.*"
)


@dataclass(frozen=True)
class Source:
    """A file, and what it uses."""

    file: Path
    tree: ast.Module

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Everything in it."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def module(self) -> str:
        """Its dotted name."""
        return ".".join(self.file.with_suffix("").parts)

    @cached_property
    def imports(self) -> dict[str, str]:
        """The dotted name of the module, or of the name in a module, that each imported name stands for."""
        package = self.file.parts[:-1]
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found |= {alias.asname or alias.name: alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                base = package[: len(package) - node.level + 1] if node.level else ()
                module = ".".join((*base, *filter(None, [node.module])))
                found |= {alias.asname or alias.name: f"{module}.{alias.name}" for alias in node.names}
        return found

    @cached_property
    def names(self) -> frozenset[str]:
        """The bare names it reads."""
        return frozenset(
            node.id for node in self.nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        )

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The names it reads of something: `x.name`, `case X(name=…)`, and those it spells out, as for `getattr`."""
        found: set[str] = set()
        for node in self.nodes:
            match node:
                case ast.Attribute(attr=name, ctx=ast.Load()):
                    found.add(name)
                case ast.MatchClass(kwd_attrs=read):
                    found.update(read)
                case ast.Call(func=ast.Name("getattr"), args=[_, ast.Constant(str(name)), *_]):
                    found.add(name)
        return frozenset(found)

    @cached_property
    def from_elsewhere(self) -> frozenset[str]:
        """The dotted names of other modules that it uses."""
        through_modules = {
            f"{self.imports[node.value.id]}.{node.attr}"
            for node in self.nodes
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in self.imports
        }
        return frozenset(self.imports.values()) | through_modules

    @cached_property
    def handed_on(self) -> frozenset[str]:
        """The modules that it hands on whole: whoever gets one reads names of it as of any object."""
        looked_into = {id(node.value) for node in self.nodes if isinstance(node, ast.Attribute)}
        bare = (node for node in self.nodes if isinstance(node, ast.Name) and id(node) not in looked_into)
        return frozenset(self.imports[node.id] for node in bare if node.id in self.imports)

    @cached_property
    def classes(self) -> tuple[ast.ClassDef, ...]:
        """The classes it defines."""
        return tuple(node for node in self.nodes if isinstance(node, ast.ClassDef))

    @cached_property
    def calls(self) -> dict[str, list[ast.Call]]:
        """What it calls, by the last part of its name."""
        found: dict[str, list[ast.Call]] = defaultdict(list)
        for node in self.nodes:
            if isinstance(node, ast.Call):
                found[_last(node)].append(node)
        return found

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The texts in it; one with values in it as a whole."""
        whole = [node for node in self.nodes if isinstance(node, ast.JoinedStr)]
        parts = {id(part) for node in whole for part in node.values}
        plain = [node for node in self.nodes if isinstance(node, ast.Constant) and id(node) not in parts]
        return (
            *(" ".join(str(part.value) for part in node.values if isinstance(part, ast.Constant)) for node in whole),
            *(node.value for node in plain if isinstance(node.value, str)),
        )

    @property
    def is_equipment(self) -> bool:
        """Whether tests may be all that uses it."""
        return self.file.parts[0] in EQUIPMENT


@dataclass(frozen=True)
class Tree:
    """The product, without its migrations, and its tests."""

    root: Path

    @cached_property
    def product(self) -> tuple[Source, ...]:
        """The files of the product."""
        paths = (path for path in self._files(".py") if path.parts[0] not in NOT_THE_PRODUCT)
        return tuple(self._source(path) for path in paths if "migrations" not in path.parts)

    @cached_property
    def words_of_tests(self) -> frozenset[str]:
        """Every word in the tests."""
        paths = (path for path in self._files(".py") if path.parts[0] == "tests")
        return _union(WORD.findall(self._text(path)) for path in paths)

    def unused(self) -> Iterator[str]:
        """Functions, classes, constants and methods that no code of the product uses."""
        used = _union(source.from_elsewhere for source in self.product)
        read = self._attributes | self._in_templates
        ours = {each.name for source in self.product for each in source.classes}
        handed_on = _union(source.handed_on for source in self.product)
        for source in self.product:
            reached = self.words_of_tests if source.is_equipment else frozenset()
            if source.module in handed_on:
                reached |= read
            for name, line in _defined(source):
                if name not in source.names and name not in reached and f"{source.module}.{name}" not in used:
                    yield f"{source.file}:{line}: {name}"
            for each in source.classes:
                if {_last(base) for base in each.bases} <= ours:  # else a library may call what it overrides
                    for name, line in _methods(each):
                        if name not in read and name not in reached:
                            yield f"{source.file}:{line}: {each.name}.{name}"

    def unread(self) -> Iterator[str]:
        """Fields of dataclasses that no code of the product reads, and that no answer of an API shows by their name."""
        answers = [each for source in self.product for each in source.classes if each.bases and not _is_table(each)]
        shown = {name for each in answers for name, _ in _fields(each)}
        read = self._attributes | self._in_templates | shown
        for source in self.product:
            for each in _dataclasses(source):
                for name, field in _fields(each):
                    if name not in read and not source.is_equipment:
                        yield f"{source.file}:{field.lineno}: {each.name}.{name}"

    def never_given(self) -> Iterator[str]:
        """Fields of dataclasses with a value of their own for which no code of the product ever gives another."""
        set_later = {
            node.attr
            for source in self.product
            for node in source.nodes
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        }
        from_json = {(record, field) for record, field, _ in self._of_json_records}
        replaced = {word.arg for source in self.product for call in source.calls["replace"] for word in call.keywords}
        for source in self.product:
            for each in _dataclasses(source):
                made = [call for every in self.product for call in every.calls[each.name]]
                made += [call for name in ("cls", "type") for call in source.calls[name]]
                for place, (name, field) in enumerate(_fields(each)):
                    later = (
                        name in set_later or name in replaced or source.is_equipment or (each.name, name) in from_json
                    )
                    if _has_own_value(field) and not later and not any(_gives(call, name, place) for call in made):
                        yield f"{source.file}:{field.lineno}: {each.name}.{name}"

    def unasked(self, tables: Mapping[str, Iterable[str]]) -> Iterator[str]:
        """Columns that no statement of the product reads."""
        texts = [text for source in self.product for text in source.texts if " " in text]
        texts += [sql for _, _, sql in self._of_json_records]
        read = [(set(WORD.findall(text)), set(WORD.findall(ONLY_WRITTEN.sub(r"\g<table>", text)))) for text in texts]
        for table, columns in tables.items():
            asked = _union(words for named, words in read if table in named or not named & {"from", "into", "update"})
            yield from (f"{table}.{column}" for column in columns if column not in asked)

    @cached_property
    def _of_json_records(self) -> frozenset[tuple[str, str, str]]:
        """The fields of what is read with a `JsonRecord`: of which class, its name and its SQL."""
        return frozenset(
            (record, name, sql)
            for source in self.product
            for call in source.calls["JsonRecord"]
            for field in ast.walk(call)
            for record, name, sql in _of_json_record(call, field)
        )

    @cached_property
    def _attributes(self) -> frozenset[str]:
        return _union(source.attributes for source in self.product)

    @cached_property
    def _in_templates(self) -> frozenset[str]:
        code = [
            " ".join(inside)
            for suffix in TEMPLATES
            for path in self._files(suffix)
            for inside in IN_TEMPLATE.findall(self._text(path))
        ]
        return frozenset(WORD.findall(" ".join(code)))

    def _files(self, suffix: str) -> Iterator[Path]:
        for room in sorted(path for path in self.root.iterdir() if not path.name.startswith(".")):
            for path in sorted(room.rglob(f"*{suffix}")) if room.is_dir() else [room]:
                if path.suffix == suffix:
                    yield path.relative_to(self.root)

    def _source(self, file: Path) -> Source:
        return Source(file, parsed(self._text(file), str(file)))

    def _text(self, file: Path) -> str:
        return (self.root / file).read_text(encoding="utf-8")


def _defined(source: Source) -> Iterator[tuple[str, int]]:
    """The functions, classes and constants at the top of a file, with their lines; not those of a framework."""
    for node in source.tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() if _by_itself(node):
                yield node.name, node.lineno
            case ast.Assign(targets=[ast.Name(name)]) | ast.AnnAssign(target=ast.Name(name)) if name != "__all__":
                yield name, node.lineno


def _methods(node: ast.ClassDef) -> Iterator[tuple[str, int]]:
    """The methods of a class, with their lines; not those that Python or a framework calls."""
    for each in node.body:
        match each:
            case ast.FunctionDef() | ast.AsyncFunctionDef() if _by_itself(each) and not each.name.startswith("__"):
                yield each.name, each.lineno


def _is_table(node: ast.AST) -> bool:
    """Whether a class is a table."""
    return isinstance(node, ast.ClassDef) and any(word.arg == "table" for word in node.keywords)


def _by_itself(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Whether nothing but our own code can call it; statements name a table otherwise."""
    return all(_last(each) in BY_ITSELF for each in node.decorator_list) and not _is_table(node)


def _last(node: ast.expr) -> str:
    """The last part of a name, called or not: `dataclass` of `dataclasses.dataclass(frozen=True)`."""
    match node:
        case ast.Call(func=inner) | ast.Subscript(value=inner):
            return _last(inner)
        case ast.Attribute(attr=name) | ast.Name(name):
            return name
    return ""


def _dataclasses(source: Source) -> Iterator[ast.ClassDef]:
    yield from (each for each in source.classes if "dataclass" in map(_last, each.decorator_list))


def _fields(node: ast.ClassDef) -> list[tuple[str, ast.AnnAssign]]:
    return [
        (field.target.id, field)
        for field in node.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    ]


def _has_own_value(field: ast.AnnAssign) -> bool:
    """Whether a field has a default that a call may give another value; one that is filled later is none."""
    filled = isinstance(field.value, ast.Call) and {"default_factory", "init"} & {
        word.arg for word in field.value.keywords
    }
    return field.value is not None and not filled


def _gives(call: ast.Call, name: str, place: int) -> bool:
    """Whether a call gives a field, by its name or by its place, or may do so."""
    unknown = any(isinstance(each, ast.Starred) for each in call.args) or any(
        word.arg is None for word in call.keywords
    )
    return unknown or len(call.args) > place or any(word.arg == name for word in call.keywords)


def _of_json_record(call: ast.Call, field: ast.AST) -> Iterator[tuple[str, str, str]]:
    match call.args[0], field:
        case ast.Name(record), ast.Call(
            func=ast.Name("Field"), args=[ast.Constant(str(name)), ast.Constant(str(sql)), *_]
        ):
            yield record, name, sql


def _union(sets: Iterable[Iterable[str]]) -> frozenset[str]:
    return frozenset().union(*sets)
