"""Files that come with words, a debtor's or ours: looked at, kept in their folder until the facts have them or refuse them."""

import asyncio
from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager

from connectors.attachment_folder import AttachmentFolder, NoRoom
from connectors.attachments import Attachment, NotTaken, Why, harmless, judged
from connectors.virus_scan import Scanner, ScannerAway
from domain.parties.mailed_files import MailedFile

_uploads = asyncio.Semaphore(4)  # files lie in memory while they are looked at


@asynccontextmanager
async def checked(
    folder: AttachmentFolder, scanner: Scanner | None, named: Sequence[tuple[str, bytes]]
) -> AsyncIterator[tuple[MailedFile, ...]]:
    """The files, each by its name and content, as the facts keep them; where the block ends in an error none is left.

    Raises NotTaken for the first that is not taken: then none is stored.
    """
    with ExitStack() as stack:
        async with _uploads:
            files = await to_thread(stack.enter_context, _kept(folder, scanner, named))
        yield files


@contextmanager
def _kept(
    folder: AttachmentFolder, scanner: Scanner | None, named: Sequence[tuple[str, bytes]]
) -> Iterator[tuple[MailedFile, ...]]:
    attachments = _looked_at(scanner, named)
    with ExitStack() as stack:
        try:
            names = stack.enter_context(folder.holding([each.content for each in attachments]))
        except NoRoom as full:
            raise NotTaken(Why.NO_ROOM) from full
        yield tuple(
            MailedFile(each.name, each.media_type, len(each.content), None, stored=name)
            for each, name in zip(attachments, names, strict=True)
        )


def _looked_at(scanner: Scanner | None, named: Sequence[tuple[str, bytes]]) -> tuple[Attachment, ...]:
    """The files as they are kept, after the scanner has seen them as they came. Raises NotTaken."""
    attachments = judged(named)
    for name, content in named if scanner else ():
        assert scanner is not None
        try:
            if scanner.finds_something(content):
                raise NotTaken(Why.INFECTED, harmless(name, None))
        except ScannerAway as away:
            raise NotTaken(Why.NOT_SCANNED, harmless(name, None)) from away
    return attachments
