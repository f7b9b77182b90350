"""What a form of the invoice page brings with files: read in memory, looked at, and held until the facts have it or refuse it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from secrets import token_urlsafe
from typing import Final

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from commands.debtor.replies import said_on_page
from commands.debtor.wrong_contact import answers_at
from connectors.attachments import NotTaken, Why
from connectors.checked_files import checked
from domain.parties.mailed_files import LARGEST_FILE, MailedFile
from domain.parties.replies import Meaning
from facts.deliveries import reply_files
from facts.deliveries.replies import plain
from facts.money.payment_attempts import Payable
from facts.parties import debtors
from views.invoice_view import delivery_of
from web.invoice_page.link import Opened
from web.invoice_page.seen import record_visit
from web.services import Services

LONGEST: Final = 2000  # characters of what somebody writes
LONGEST_ONCE: Final = 40
LARGEST_OF_DEBTOR: Final = 100_000_000  # bytes of all that one debtor has sent
MOST_PARTS: Final = 40  # of a form; files that are too many are told, not cut off


class AlreadyDone(Exception):
    """The same form came before: what it does is done, and nothing of this one is kept."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a form: the field, and the name of its sentence, about a file where it is one."""

    field: str
    says: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was filled in, which stays filled in while anything is wrong with it."""

    words: str = ""
    once: str = field(default_factory=lambda: token_urlsafe(12))
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Sequence[tuple[str, bytes]] = ()

    def one(self, name: str) -> str:
        """What a field says; empty where it says nothing."""
        return next(iter(self.fields.get(name, ())), "")

    def too_long(self) -> list[Wrong]:
        """Whether the words are more than are kept."""
        return [Wrong("words", "words_too_long")] if len(self.words) > LONGEST else []


class _InMemory(MultiPartParser):
    """A form whose files that may be taken never touch a disk before they are judged."""

    spool_max_size = LARGEST_FILE + 1


async def read(request: Request) -> Typed:
    """The form that a request brings. Raises NotTaken for one that cannot be read."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        form = await request.form(max_fields=MOST_PARTS)
    else:
        parser = _InMemory(request.headers, request.stream(), max_files=MOST_PARTS, max_fields=MOST_PARTS)
        try:
            form = await parser.parse()
        except (MultiPartException, OSError) as error:  # a file of any size may have met a full disk
            raise NotTaken(Why.TOO_MUCH) from error
    fields: dict[str, list[str]] = {}
    files: list[tuple[str, bytes]] = []
    try:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                if value.filename or value.size:  # a browser sends an empty one where none was chosen
                    files.append((value.filename or "", await value.read()))
            else:
                fields.setdefault(name, []).append(value)
    finally:
        await form.close()
    first = {name: values[0] for name, values in fields.items()}
    once = first.get("once", "")[:LONGEST_ONCE].replace("\0", "") or token_urlsafe(12)
    return Typed(plain(first.get("words", "")), once, fields, files)


@asynccontextmanager
async def held(services: Services, typed: Typed) -> AsyncIterator[tuple[MailedFile, ...]]:
    """The form's files in their folder, as a reply keeps them; where the block ends in an error none is left there.

    Raises NotTaken for the first that is not taken: then none is stored.
    """
    async with checked(services.attachments, services.scanner, typed.files) as files:
        yield files


async def said(
    opened: Opened,
    found: Payable,
    typed: Typed,
    files: tuple[MailedFile, ...],
    meaning: Meaning | None,
    *,
    part: Decimal | None = None,
    lines: tuple[int, ...] = (),
) -> None:
    """Keep what a form says, with its files: it was read, and its address answers. Raises AlreadyDone, NotTaken or Refused.

    `part` is what of the balance is disputed, and `lines` of which lines; None and none: all of it.
    """
    connection, now, link = opened.connection, opened.now, opened.link
    await _taken_once(connection, link.invoice, found.debtor, typed, files, now)
    await record_visit(opened)
    await said_on_page(
        connection,
        opened.planning,
        found.case,
        meaning,
        typed.words,
        now,
        said_by=opened.speaker,
        delivery=await delivery_of(connection, link.delivery, link.invoice),
        files=files,
        part=part,
        lines=lines,
    )
    if address := await opened.reached():
        await answers_at(connection, opened.planning, found.debtor, address, opened.by, now)


async def _taken_once(
    connection: AsyncConnection, invoice: int, debtor: int, typed: Typed, files: Sequence[MailedFile], now: datetime
) -> None:
    """Let a form do what it says once. Raises AlreadyDone, or NotTaken where the debtor has sent all there is room for."""
    if not await debtors.first_time(connection, "page", f"{invoice}#{typed.once}", now):
        raise AlreadyDone("this form came before")
    if files and await reply_files.size_of_all(connection, debtor) + sum(f.size for f in files) > LARGEST_OF_DEBTOR:
        raise NotTaken(Why.NO_ROOM)


def of_file(refused: NotTaken) -> Wrong:
    """What is said of a file that is not taken."""
    return Wrong("files", f"file_{refused.why.replace(' ', '_').replace('-', '_')}", refused.name)
