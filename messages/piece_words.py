"""The words of a piece: the Markdown that its creditor wrote, as a page shows it, and what cannot be shown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from unicodedata import category
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from domain.languages import Language
from domain.pieces import Piece
from messages.specs import SPECS

TAGS = {"p", "ul", "ol", "li", "strong", "em", "a", "br"}
NOT_SHOWN = {
    "heading_open": "a heading is not shown: the title is one",
    "image": "a picture is not shown: a page asks nobody else for anything",
    "fence": "code is not shown",
    "code_block": "code is not shown: begin the line further left",
    "code_inline": "code is not shown",
    "blockquote_open": "a quotation is not shown",
    "hr": "a line across is not shown",
    "html_block": "HTML is not shown",
    "html_inline": "HTML is not shown",
}
UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs"}  # some turn a text around
SEEN = "\n\r\t\u00ad\u200d"  # what of them only parts words, or puts an emoji together
MOST_LINKS = 5
LONGEST_LINK = 500
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_PLACE = re.compile(r'<a href="/-/(\d+)"')  # in what was cleaned; written words have no "<"
_MARKDOWN = MarkdownIt("commonmark", {"html": True})  # HTML and any link are seen: refused, and not shown as text
_MARKDOWN.validateLink = lambda url: True  # type: ignore[method-assign]  # as its guide has it


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece's text as HTML, with a place for the address of each link."""

    html: str
    links: tuple[str, ...]
    """Where they lead."""

    def at(self, address: str) -> str:
        """The HTML whose links lead over `address/0`, `address/1` …, which a browser also tells of a click."""
        return _PLACE.sub(rf'<a href="{address}/\1" ping="{address}/\1"', self.html)

    def direct(self) -> str:
        """The HTML whose links lead where they lead."""
        return _PLACE.sub(lambda place: f'<a href="{escape(self.links[int(place[1])])}"', self.html)


@lru_cache(maxsize=256)
def shown(markdown: str) -> Shown:
    """A text as a page shows it, whatever `faults` may find in it."""
    tokens = _MARKDOWN.parse(markdown)
    links: list[str] = []
    for link in _all(tokens):
        if link.type == "link_open":
            address = str(link.attrs["href"])
            link.attrs = {}
            if _why_not(address) is None:  # also of what was taken before it was asked so much
                link.attrs["href"] = f"/-/{len(links)}"
                links.append(address)
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    clean = nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, link_rel="noopener noreferrer")
    return Shown(clean, tuple(links))


def faults(piece: Piece) -> list[str]:
    """Everything that is wrong with a piece's words, in words; nothing of what is wrong is ever shown."""
    return [
        f"words.{language}.{fault}"
        for language, words in piece.words.items()
        for fault in (
            *_faults_of_title(words.title),
            *_faults_of_text(words.text),
            *_threats(language, words.title, words.text),
        )
    ]


def _faults_of_title(title: str) -> Iterator[str]:
    if _has_unseen(title) or "\n" in title:
        yield "title: has signs that cannot be seen"


def _faults_of_text(text: str) -> Iterator[str]:
    tokens = list(_all(_MARKDOWN.parse(text)))
    said = "".join(token.content for token in tokens if token.type in ("text", "text_special"))
    if _has_unseen(text) or _has_unseen(said):
        yield "text: has signs that cannot be seen"
    found = dict.fromkeys(NOT_SHOWN[token.type] for token in tokens if token.type in NOT_SHOWN)
    yield from (f"text: {what}" for what in found)
    links = [token for token in tokens if token.type == "link_open"]
    if len(links) > MOST_LINKS:
        yield f"text: {len(links)} links, {MOST_LINKS} at most"
    for link in links:
        address = str(link.attrs["href"])
        if why := _why_not(address):
            yield f"text: the link {address} {why}"
    if not found and not said.strip():
        yield "text: shows nothing"


def _has_unseen(text: str) -> bool:
    return any(category(sign) in UNSEEN and sign not in SEEN for sign in text)


def _threats(language: Language, *texts: str) -> Iterator[str]:
    """What threatens is said in a form of the law's, or not at all."""
    said, never = " ".join(texts).lower(), SPECS["reminder"].never_says(language)
    yield from (f"text: says {word!r}: beside an invoice nobody is threatened" for word in never if word in said)


def _why_not(address: str) -> str | None:
    """Why a link leads nowhere that we send anybody; None where it may."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "is no address"
    if parts.scheme != "https":
        return "does not begin with https://"
    if parts.username is not None or parts.password is not None or port is not None:
        return "names a user or a port: a reader takes that for another place"
    if not _HOST.fullmatch(host):
        return "names no website by its name"
    return None if len(address) <= LONGEST_LINK else f"has {len(address)} characters, {LONGEST_LINK} at most"


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()
