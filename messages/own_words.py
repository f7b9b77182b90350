"""A creditor's own words in the place of ours: facts by their names, and choices between sentences, and nothing else.

What such a text may hold is a short list of parts, so that it always renders, in no time, whatever its author wrote: no
loop, no call, no figure worked out, no file but the two that all SMS share.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from jinja2 import Template, TemplateSyntaxError, nodes

from domain.languages import EVERYWHERE, Language
from messages.languages import Locale
from messages.templates import templates

Form = Literal["txt", "sms"]
MOST_CHARACTERS = 5_000
BLOCKS = ("subject", "heading", "opening", "action", "closing")
SHARED = ("pay", "offers")  # of SMS: how to pay, and what to do when something is wrong
COUNTS = ("slips", "plan_count", "rows")
"""The facts that may be compared, with a number; any other may only be there or not."""
_PARTS = (
    *(nodes.Template, nodes.Block, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Include),
    *(nodes.If, nodes.CondExpr, nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Concat),
)
_BY_HAND = re.compile(r"https?:|www\.|@|\d[\d .,]*\d")
"""What comes from the facts alone: addresses, and numbers of two digits and more."""


@dataclass(frozen=True, slots=True)
class Own:
    """The words of a template of the creditor's own, and which version of them it is, from 1."""

    version: int
    text: str


@lru_cache(512)
def template_of(text: str, locale: Locale) -> Template:
    """A text as a template in the place of one of ours in these words. Raises TemplateSyntaxError."""
    return templates(locale).from_string(text)


@lru_cache(512)
def names_in(text: str) -> frozenset[str]:
    """The facts that a text names. Raises TemplateSyntaxError."""
    return frozenset(node.name for node in _parsed(text).find_all(nodes.Name))


def _parsed(text: str) -> nodes.Template:
    return templates(EVERYWHERE).parse(text)  # all are written alike


def structure_faults(
    text: str,
    ours: str,
    form: Form,
    language: Language,
    *,
    known: frozenset[str],
    never: Sequence[str],
    always_said: Sequence[str],
) -> Iterator[str]:
    """What a text may not hold, or lacks, in the place of `ours`, before it is rendered at all.

    `known` are the facts that it may name; `never` and `always_said` are words in small letters: the ones that stand
    nowhere in it, not even where only few would read them, and those that stand in it whatever the facts are.
    """
    if len(text) > MOST_CHARACTERS:
        yield f"it has {len(text):,} characters, {MOST_CHARACTERS:,} at most"
        return
    try:
        parsed = _parsed(text)
    except TemplateSyntaxError as wrong:
        yield f"line {wrong.lineno}: {wrong.message}"
        return
    yield from _foreign_parts(parsed, form, language)
    if unknown := sorted(names_in(text) - known):
        yield f"no fact is named {', '.join(unknown)}: there are {', '.join(sorted(known))}"
    blocks = [block.name for block in parsed.find_all(nodes.Block)]
    wanted = BLOCKS if form == "txt" else ()
    if sorted(blocks) != sorted(wanted):
        yield f"its blocks are {', '.join(blocks) or 'none'}: {', '.join(wanted) or 'an SMS has none'}, each once"
    everywhere, always = (" ".join(" ".join(_written(parsed, ifs=ifs)).lower().split()) for ifs in (True, False))
    yield from (f"says {word!r}, which such a message never does" for word in never if word in everywhere)
    yield from (f"does not say {word!r} whatever else it says" for word in always_said if word not in always)
    for by_hand in sorted(_by_hand(parsed) - _by_hand(_parsed(ours))):
        yield f"{by_hand!r} is written by hand: links, addresses, amounts and days come from the facts"


def _by_hand(parsed: nodes.Template) -> set[str]:
    return {found for text in _written(parsed, ifs=True) for found in _BY_HAND.findall(text)}


def _written(node: nodes.Node, *, ifs: bool) -> Iterator[str]:
    """What stands in a text word for word, with what is said only sometimes or without it."""
    if isinstance(node, nodes.If | nodes.CondExpr) and not ifs:
        return
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    for child in node.iter_child_nodes():
        yield from _written(child, ifs=ifs)


def _foreign_parts(parsed: nodes.Template, form: Form, language: Language) -> Iterator[str]:
    shared = [f"{language}/{name}.sms.j2" for name in SHARED] if form == "sms" else []
    for node in parsed.find_all(nodes.Node):
        if not isinstance(node, _PARTS):
            yield f"line {node.lineno}: {type(node).__name__} is no part of words: only facts by their names, and if"
        elif isinstance(node, nodes.Include) and getattr(node.template, "value", None) not in shared:
            yield f"line {node.lineno}: it may include {' and '.join(shared) or 'nothing'}"
        elif isinstance(node, nodes.Compare) and not _counts(node):
            yield f"line {node.lineno}: only {', '.join(COUNTS)} are compared, with a number"


def _counts(node: nodes.Compare) -> bool:
    """Whether a number is compared with a number, which nothing can go wrong with."""
    left, (operand, *more) = node.expr, node.ops
    right = operand.expr
    of_count = isinstance(left, nodes.Name) and left.name in COUNTS
    return of_count and not more and isinstance(right, nodes.Const) and type(right.value) is int
