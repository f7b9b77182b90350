"""All that a debtor reads on a page stands in a file of words: finds texts in templates, and sentences in the code of pages.

A text that stands there is in one language, whatever the reader's is.
"""

import ast
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

from tools.sources import ROOT, parsed

TEMPLATES = ROOT / "web" / "templates"
OF_OTHERS = ("desk/*", "docs.html.j2", "problem.html.j2", "problems.html.j2", "reports.html.j2", "strategies.html.j2")
"""The templates of pages that no debtor sees."""
CODE = ("web/*.py", "web/invoice_page/*.py", "web/adviser_page/*.py", "web/webhooks/answered_at_once.py")
NO_PAGES = ("openapi.py", "problem_kinds.py", "problems.py", "strategies_page.py")
"""What programs are told, and a page that no debtor sees."""
_SHOWN = ("aria-label", "title", "placeholder", "alt")
_NO_WORDS = ("ABCDE-FGH23",)  # what a code on a letter looks like
_IN_BRACES = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]{2}")
_SENTENCE = re.compile(r"[^\W\d_]+ .*[.?!:]$|[A-ZÆØÅÄÖ][^\W\d_A-Z]+ [^\W\d_]+")


def in_templates(folder: Path = TEMPLATES) -> Iterator[str]:
    """The texts of templates, a sentence each with its file."""
    for path in sorted(folder.rglob("*.j2")):
        name = path.relative_to(folder)
        if any(name.match(other) for other in OF_OTHERS):
            continue
        source = path.read_text("utf-8")
        for said in (*_Visible.of(source), *_written(source)):
            yield f"{name}: says {said!r}: write it in a file of words"


def in_code(file: Path) -> Iterator[str]:
    """The sentences in code that are neither its own documentation nor what an error or the log says."""
    tree = parsed(file.read_text("utf-8"))
    apart = {id(each) for part in ast.walk(tree) if _is_no_page(part) for each in ast.walk(part)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(said)) if id(node) not in apart and _SENTENCE.match(said):
                yield f"{file.name}:{node.lineno}: says {said!r}: write it in a file of words"


class _Visible(HTMLParser):
    """What of a template a reader sees or hears besides what it fills in."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    @classmethod
    def of(cls, source: str) -> list[str]:
        """What there is in a template."""
        found = cls()
        found.feed(_IN_BRACES.sub("", source))
        found.close()
        return found.said

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """What a reader is told of an element."""
        for name, value in attrs:
            if name in _SHOWN and value and value not in _NO_WORDS and _WORD.search(value):
                self.said.append(value)

    def handle_data(self, data: str) -> None:
        """A text between elements."""
        # A macro may write no more than attributes.
        if _WORD.search(re.sub(r'[\w-]+="[^"]*"', "", data)):
            self.said.append(data.strip())


def _written(source: str) -> Iterator[str]:
    """The words that a template itself fills in."""
    for output in Environment().parse(source).find_all(nodes.Output):
        for node in output.nodes:
            yield from (said for said in _filled_in(node) if _WORD.search(re.sub(r"<[^>]*>|\S+=", "", said)))


def _filled_in(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, nodes.CondExpr):
        yield from _filled_in(node.expr1)
        yield from _filled_in(node.expr2) if node.expr2 else ()
    elif isinstance(node, nodes.Filter) and node.node is not None:
        yield from _filled_in(node.node)
    elif isinstance(node, (nodes.Add, nodes.Or)):
        yield from (*_filled_in(node.left), *_filled_in(node.right))
    elif isinstance(node, nodes.Concat):
        for each in node.nodes:
            yield from _filled_in(each)


def _is_no_page(node: ast.AST) -> bool:
    """Whether code is documentation, an error, SQL or a line of the log."""
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        return called == "text" or called.startswith("log.")
    documents = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return documents or isinstance(node, ast.Raise) or (isinstance(node, ast.keyword) and node.arg == "description")


def faults() -> Iterator[str]:
    """All of them."""
    yield from in_templates()
    for each in CODE:
        for file in sorted(ROOT.glob(each)):
            if file.name not in NO_PAGES:
                yield from in_code(file)


if __name__ == "__main__":
    found = list(faults())
    sys.stdout.writelines(f"{fault}\n" for fault in found)
    sys.exit(1 if found else 0)
