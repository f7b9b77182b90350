"""A mail read from its raw MIME: who wrote, what it answers, its own words, and what no person wrote."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from email import message_from_bytes, policy
from email.message import Message
from email.utils import getaddresses
from hashlib import sha256
from html import unescape
from typing import Any

import nh3

from domain.parties.automatic_mail import automatic
from domain.parties.mail import Bounce, Mail
from domain.parties.mailed_files import judged
from domain.parties.quoted_text import fold

LONGEST_HEADER = 4000  # characters of it that are read
LONGEST_TEXT = 20_000  # characters of a mail that are kept
LONGEST_READ = 100_000  # of which the words and what they quote are told apart
LONGEST_HTML = 100_000
MOST_NAMES = 60
MOST_PARTS = 200
REPORTS = ("delivery-status", "disposition-notification")
LINES = {"p", "div", "br", "li", "tr", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"}
SHOWN = LINES | {
    "a",
    "b",
    "i",
    "u",
    "em",
    "strong",
    "span",
    "ul",
    "ol",
    "table",
    "thead",
    "tbody",
    "td",
    "th",
    "pre",
    "code",
}
UNSEEN = {"script", "style", "title", "template", "noscript"}
SCHEMES = {"http", "https", "mailto", "tel"}
_TAG = re.compile(r"<(/?)(\w+)[^>]*>")


class UnreadableMail(ValueError):
    """It is no mail that can be read."""


def read_mail(raw: bytes, envelope: str = "") -> Mail:
    """What a raw mail says; `envelope` is the JSON of whom it was really sent to. Raises UnreadableMail."""
    try:
        message = message_from_bytes(raw, policy=policy.default)
        return _read(message, envelope)
    except RecursionError as error:
        raise UnreadableMail("it is nested too deep") from error


def _read(message: Message, envelope: str) -> Mail:
    headers = _headers(message)
    sender = _first_address(headers.get("from", ""))
    came_to, bounces_to = _envelope(envelope)
    report = _parameter(message, "report-type") if message.get_content_type() == "multipart/report" else ""
    leaves = list(_leaves(message))
    plain = "\n".join(_text(part) for part in leaves if part.get_content_type() == "text/plain")
    html = "\n".join(_text(part) for part in leaves if part.get_content_type() == "text/html")
    said, quoted = fold(_clean(plain[:LONGEST_READ]) or _without_tags(html))
    subject = _clean(headers.get("subject", "")).replace("\n", " ")
    message_id = headers.get("message-id", "").strip()
    reported = _reported(message) if report in REPORTS else ()
    names = [
        *came_to,
        *(address for name in ("to", "cc", "delivered-to") for address in _addresses(headers.get(name, ""))),
        *_ids(headers.get("in-reply-to", "")),
        *reversed(_ids(headers.get("references", ""))),
        *(each for part in reported for each in _ids(part.get("message-id", ""))),
    ]
    return Mail(
        id=sha256(
            "\n".join((message_id, sender, headers.get("date", ""), subject, said, *came_to)).encode()
        ).hexdigest(),
        sender=sender,
        names=tuple(dict.fromkeys(names))[:MOST_NAMES],
        message_id=message_id,
        subject=subject[:300],
        said=said[:LONGEST_TEXT],
        quoted=quoted[:LONGEST_TEXT],
        html=shown(html) if html.strip() and len(html) <= LONGEST_HTML else None,
        automatic=automatic(headers, report=report, sender=sender, bounces_to=bounces_to),
        bounces=tuple(_bounces(reported)) if report == "delivery-status" else (),
        files=judged(list(_files(message))) if not report else (),
    )


def shown(html: str) -> str:
    """A mail's page with nothing in it that runs, is loaded, or tells anybody that it was read."""
    clean: str = nh3.clean(
        _storable(html),
        tags=SHOWN,
        attributes={"a": {"href"}},
        url_schemes=SCHEMES,
        clean_content_tags=UNSEEN,
        link_rel="noopener noreferrer nofollow",
    )
    return clean


def _without_tags(html: str) -> str:
    """A page as plain text; what it quotes bears the sign of it."""
    page: str = nh3.clean(_storable(html[:LONGEST_HTML]), tags=LINES, attributes={}, clean_content_tags=UNSEEN)
    lines, line, depth, at = [], "", 0, 0
    for tag in _TAG.finditer(page):
        line += " ".join(page[at : tag.start()].split("\n"))
        at = tag.end()
        lines.append("> " * depth + unescape(line).strip())
        line = ""
        if tag[2] == "blockquote":
            depth = max(depth + (-1 if tag[1] else 1), 0)
    lines.append("> " * depth + unescape(line + page[at:]).strip())
    return _clean(re.sub(r"\n{3,}", "\n\n", "\n".join(each.replace("\xa0", " ") for each in lines)))


def _leaves(message: Message) -> Iterator[Message]:
    """The parts with a mail's own text."""
    return (part for part in _parts(message) if part.get_content_maintype() == "text" and not _is_file(part))


def _files(message: Message) -> Iterator[tuple[str, bytes]]:
    """The files of a mail by their names; a mail within it is one."""
    others = (part for part in _parts(message) if part.get_content_maintype() != "text" or _is_file(part))
    for number, part in enumerate(others, 1):
        content = part.get_payload(decode=True)
        within = part.get_payload()
        if isinstance(within, list):
            content = b"".join(each.as_bytes() for each in within if isinstance(each, Message))
        yield _file_name(part) or f"file {number}", content if isinstance(content, bytes) else b""


def _file_name(part: Message) -> str:
    """The name of a file as people see it, and no path."""
    try:
        name = part.get_filename() or ""
    except Exception:  # as with headers: the parser stumbles in ways of its own
        name = ""
    shown = "".join(sign for sign in _storable(name) if sign.isprintable())
    return re.split(r"[/\\]", shown)[-1].strip(". ")[:120]


def _parts(message: Message, most: int = MOST_PARTS) -> Iterator[Message]:
    """All parts but those that only hold others; mails within it are whole."""
    waiting = [message]
    while waiting and most:
        part = waiting.pop()
        most -= 1
        if part.get_content_maintype() == "multipart":
            inner = part.get_payload()
            waiting += (
                [each for each in reversed(inner) if isinstance(each, Message)] if isinstance(inner, list) else []
            )
        else:
            yield part


def _is_file(part: Message) -> bool:
    disposition = _raw_headers(part).get("content-disposition", "").lower()
    return disposition.lstrip().startswith("attachment") or "filename" in disposition


def _text(part: Message) -> str:
    """The text of a part, in whatever encoding it is or says it is."""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    for charset in (_parameter(part, "charset"), "utf-8"):
        try:
            return content.decode(charset)
        except (LookupError, ValueError):
            continue
    return content.decode("latin-1")


def _headers(message: Message) -> dict[str, str]:
    """The first header of each name in small letters, decoded where that can be done."""
    headers = {}
    for name, raw in _raw_headers(message).items():
        headers[name] = raw
        if name in ("subject", "from", "to", "cc") and "=?" in raw:
            try:
                headers[name] = str(policy.default.header_fetch_parse(name, raw))
            except Exception:  # the parser of structured headers stumbles over some in many ways of its own
                continue
    return headers


def _raw_headers(message: Message) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in message.raw_items():
        headers.setdefault(name.lower(), _storable(" ".join(str(value)[:LONGEST_HEADER].split())))
    return headers


def _parameter(part: Message, name: str) -> str:
    """A parameter of a part's Content-Type, in small letters."""
    found = re.search(rf"\b{name}\s*=\s*\"?([^\";\s]+)", _raw_headers(part).get("content-type", ""), re.IGNORECASE)
    return found[1].lower() if found else ""


def _addresses(header: str) -> list[str]:
    """The bare addresses in a header, in small letters."""
    return [address.lower() for _, address in getaddresses([header]) if "@" in address]


def _first_address(header: str) -> str:
    return next(iter(_addresses(header)), "")[:320]


def _ids(header: str) -> list[str]:
    return re.findall(r"<[^<>\s]+>", header)


def _envelope(envelope: str) -> tuple[list[str], str | None]:
    """Whom a mail was sent to, and where its bounces go: empty where nobody takes them, None where it is not told."""
    try:
        told: Any = json.loads(envelope)
        to, back = told["to"], told.get("from")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return [], None
    addresses = [each.lower() for each in to if isinstance(each, str)] if isinstance(to, list) else []
    return addresses[:MOST_NAMES], back.strip("<> ").lower() if isinstance(back, str) else None


def _reported(message: Message) -> Sequence[Mapping[str, str]]:
    """The heads within a report: of each address, and of the mail that it is about."""
    heads: list[Mapping[str, str]] = []
    waiting = [message]
    while waiting and len(heads) < MOST_PARTS:
        part = waiting.pop(0)
        inner = part.get_payload()
        if part is not message:
            heads.append(_raw_headers(part))
        if isinstance(inner, list):
            waiting += [each for each in inner if isinstance(each, Message)]
        elif part.get_content_type() == "text/rfc822-headers":
            waiting.append(message_from_bytes(_text(part).encode(), policy=policy.default))
    return heads


def _bounces(heads: Sequence[Mapping[str, str]]) -> Iterator[Bounce]:
    """The addresses that were given up; original ones, as we wrote to them."""
    for head in heads:
        if head.get("action", "").lower() != "failed":
            continue
        status = head.get("status", "").partition(" ")[0]
        for name in ("original-recipient", "final-recipient"):
            address = head.get(name, "").rpartition(";")[2].strip().strip("<>").lower()
            if "@" in address:
                yield Bounce(address, status)


def _clean(text: str) -> str:
    """A text as it is kept: lines end alike and without blanks, and nothing is in it that cannot be stored."""
    return "\n".join(line.rstrip() for line in _storable(text).splitlines()).strip()


def _storable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()
