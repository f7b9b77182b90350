"""YAML read as written words that remember their line, so that every problem can name its place; or as plain values."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

import yaml

Value = TypeVar("Value")

_MOST_BYTES = 64 * 1024
_DEEPEST = 8
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a tenth of the time, where the library is built with it


def plain(text: str) -> Any:
    """The plain values of a text of our own, which nobody needs the lines of. Raises yaml.YAMLError."""
    return yaml.load(text, _Loader)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a line of a file, and what to write instead."""

    file: str
    line: int
    what: str
    instead: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} — {self.instead}"


class FileError(ValueError):
    """A file that cannot be used, with all its problems in the order of their lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.line)
        super().__init__("\n".join(map(str, self.problems)))


class Reader:
    """Walks one file's nodes and collects every problem; a value that cannot be read is reported and None."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def problem(self, where: yaml.Node | int, what: str, instead: str) -> None:
        """Note a problem at a node or at a line number."""
        line = where if isinstance(where, int) else line_of(where)
        self.problems.append(Problem(self.file, line, what, instead))

    def root(self, text: str) -> yaml.Node | None:
        """The file's single document."""
        if len(text.encode("utf-8", "surrogatepass")) > _MOST_BYTES:
            self.problem(1, "the file is larger than 64 KB", "write a shorter file")
            return None
        try:
            if self._hides_something(text):
                return None
            node = yaml.compose(text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            self.problem(line, f"not readable: {error.problem}", "write plain YAML here")
            return None
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            # The reader refuses control characters without a line; an impossible \U escape is a ValueError.
            reason = str(error).splitlines()[0]
            self.problem(1, f"not readable: {reason}", "write plain YAML in UTF-8")
            return None
        if node is None:
            self.problem(1, "the file is empty", "write `key: value` lines")
        return node

    def _hides_something(self, text: str) -> bool:
        """Anchors, aliases, tags and deep nesting let a small file grow or hide what it means."""
        depth = 0
        for event in yaml.parse(text, Loader=_Loader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            named = isinstance(event, yaml.NodeEvent) and event.anchor is not None
            tagged = isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None
            if named or tagged:
                self.problem(line, "anchors (&), aliases (*) and tags (!) are not read", "write the value itself")
                return True
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:
                self.problem(line, "the file is nested too deeply", "write fewer levels")
                return True
        return False

    def mapping(self, node: yaml.Node, known: Collection[str], what: str) -> dict[str, yaml.Node]:
        """The values by key, words joined with `_`; unknown and repeated keys are reported and left out."""
        if not isinstance(node, yaml.MappingNode):
            keys = ", ".join(f"`{key}: …`" for key in known)
            self.problem(node, f"{what} must be keys with values", f"write {keys}")
            return {}
        values: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = key_node.value.replace(" ", "_") if isinstance(key_node, yaml.ScalarNode) else ""
            if key not in known:
                self.problem(key_node, f"{what} has no word {shown(key_node)}", suggestion(key, known))
            elif key in values:
                self.problem(key_node, f"`{key}` is written twice", "keep one of them")
            else:
                values[key] = value
        return values

    def items(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        """The items of a list."""
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self.problem(node, f"{what} must be a list that is not empty", "write [one, two] or lines with `- `")
            return []
        return list(node.value)

    def word(self, node: yaml.Node, what: str) -> str | None:
        """The text of a single value exactly as written (`NO` stays NO, 08:00 stays 08:00)."""
        if not isinstance(node, yaml.ScalarNode) or not node.value:
            self.problem(node, f"{what} must be a single value", f"write `{what}: …`")
            return None
        return str(node.value)

    def choice(self, node: yaml.Node, what: str, known: Collection[str]) -> str | None:
        """One of the known words."""
        word = self.word(node, what)
        if word is not None and word not in known:
            self.problem(node, f"{what} has no word `{word}`", suggestion(word, known))
            return None
        return word

    def chosen(self, words: Mapping[str, yaml.Node], word: str, known: Mapping[str, Value], default: Value) -> Value:
        """What one of the known words stands for; the default where it is not written or not known."""
        chosen = self.choice(words[word], word, tuple(known)) if word in words else None
        return default if chosen is None else known[chosen]

    def value(
        self, words: Mapping[str, yaml.Node], word: str, read: Callable[[str], Value], example: str
    ) -> Value | None:
        """What a word's text is read as; None where it is not written, or `read` refuses it with a ValueError."""
        node = words.get(word)
        written = self.word(node, word) if node is not None else None
        if node is None or written is None:
            return None
        try:
            return read(written)
        except ValueError:
            self.problem(node, f"`{word}` cannot be `{written[:60]}`", f"write it like {example}")
            return None


def line_of(node: yaml.Node) -> int:
    """The line where a node begins, counted from 1."""
    return int(node.start_mark.line) + 1


def shown(node: yaml.Node) -> str:
    """A node as it can be quoted in a problem."""
    return f"`{node.value[:60]}`" if isinstance(node, yaml.ScalarNode) else "a list or mapping here"


def suggestion(word: str, known: Collection[str]) -> str:
    """What to write instead of an unknown word."""
    close = get_close_matches(word, known, n=1)
    return f"did you mean `{close[0]}`?" if close else f"write one of: {', '.join(known)}"
