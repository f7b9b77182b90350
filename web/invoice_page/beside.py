"""Which of its creditor's pieces stand beside the invoice of a link, for whom, and that they were shown there."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.links import Links
from domain.languages import Language
from domain.pieces import Kept, Reader, chosen, reader_of
from facts import pieces
from facts.money.payment_attempts import Payable
from messages.languages import language_of
from messages.piece_words import shown
from web.invoice_page.link import Holder, Opened
from web.invoice_page.rights import Level

PURPOSE = "content"
WIDTH = 5  # bytes of a case


@dataclass(frozen=True, slots=True)
class Beside:
    """The pieces that stand beside an invoice now, and for whom."""

    case: int
    language: Language
    reader: Reader | None  # None: nothing is to stand there
    kept: Sequence[Kept]

    def links_of(self, piece: int) -> tuple[str, ...]:
        """Where the links of a piece lead, as its reader reads it; none where it does not stand here."""
        said = (each.piece.read_in(self.language) for each in self.kept if each.id == piece)
        return next((shown(words.text).links for words in said if words), ())

    def marked(self, links: Links, only: int | None = None) -> list[tuple[int, str]]:
        """Each piece, or one, with the mark by which this invoice is counted once for it, and nobody else can be."""
        return [
            (each.id, links.seal(self.case.to_bytes(WIDTH), PURPOSE, str(each.id)))
            for each in self.kept
            if only in (None, each.id)
        ]


async def beside(opened: Opened, found: Payable) -> Beside:
    """What stands beside the invoice of a link at this moment."""
    in_use, language = await pieces.in_use(opened.connection, found.creditor), language_of(found.language)
    if not in_use:
        return Beside(found.case, language, None, ())
    case = await pieces.beside(opened.connection, found.case)
    reader = reader_of(
        found.facts,
        found.due_date,
        opened.moment.day,
        language=language,
        debtor_kind=case.debtor_kind,
        segment=case.segment,
        threatened=case.threatened,
        is_debtor=opened.level >= Level.LINK and opened.speaker is None,
    )
    kept = chosen(in_use, reader) if reader else ()
    return Beside(found.case, language, reader, kept)


async def count_shown(holder: Holder, opened: Opened) -> None:
    """The page is in somebody's hands, with what stands on it."""
    await count(holder, opened, await beside(opened, await opened.payable()), "shown")


async def count(holder: Holder, opened: Opened, found: Beside, what: pieces.What, only: int | None = None) -> None:
    """What was done with the pieces that stand there, or with one; of who objects to tracking nothing is counted."""
    if found.reader and found.reader.counted:
        await pieces.count(opened.connection, found.marked(holder.services.links, only), what, opened.moment.day)
