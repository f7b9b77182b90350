"""The letter: typeset, with the PDFs that follow it in its envelope, and put into a batch for the printer or the house."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from channels.channel import Attachment, ChannelSpec, Enclosed, Outgoing, Written
from channels.foreign_pdf import MOST_PAGES, joined, pages_of
from channels.outcomes import Accepted, NotSent
from channels.print_batches import BatchClosedError, LetterMeta, PrintBatches
from domain.vocabulary import Channel
from messages.content import Content
from messages.letter import letter as typeset
from messages.letter import page_count


class LetterSender:
    """Puts letters into the day's batch of their creditor, or a further one when that has gone to the printer.

    Those for a distribution house are in batches of their own.
    """

    def __init__(self, batches: PrintBatches) -> None:
        self._batches = batches

    async def send(self, message: Outgoing) -> Accepted:
        """Put the letter there once, however often it is sent. Raises NotSent where the folder cannot be written."""
        written = message.written
        pdf = written.pdf or b""
        if following := [each.content for each in written.attachments if each.pages]:
            pdf = await asyncio.to_thread(joined, pdf, following)
        meta = LetterMeta(creditor=message.creditor_name, country=message.country, pages=written.billed)
        ways, house = written.document.get("ways"), ""
        if isinstance(ways, Sequence):
            meta, house = (
                replace(meta, ways=ways, creditor_id=message.creditor, customer_number=message.customer_number),
                "h",
            )
        for batch in (f"{message.today}-{message.creditor}-{house}{number}" for number in count(1)):
            try:
                place = self._batches.add(
                    batch=batch, delivery_id=message.delivery_id, pdf=pdf, meta=meta, e_invoice=written.e_invoice
                )
            except BatchClosedError:
                continue
            except OSError as error:  # what was not written whole is not there, and is written anew
                raise NotSent(f"the folder of letters cannot be written: {error.strerror or error}") from error
            return Accepted(place, batch=place.split("/")[0])
        raise AssertionError("unreachable: numbers do not end")


def _write(content: Content) -> Written:
    pdf = typeset(content)
    pages = page_count(pdf)
    return Written({"pages": pages}, billed=pages, pdf=pdf)


async def _enclose(files: Sequence[Attachment]) -> Enclosed:
    """The PDFs whose pages follow the letter, as many as one envelope takes; the same pages follow once."""
    contents = list(dict.fromkeys(each.content for each in files))
    read = dict(zip(contents, await pages_of(contents), strict=True))
    taken: list[Attachment] = []
    left_out: dict[str, str] = {}
    sheets, printed = 0, set[bytes]()
    for file in files:
        pages = read[file.content]
        if isinstance(pages, str):
            left_out[file.number] = f"its PDF {pages}"
        elif file.content in printed:
            taken.append(replace(file, content=pages.pdf))
        elif sheets + pages.count > MOST_PAGES:
            left_out[file.number] = f"with its PDF more than {MOST_PAGES} pages would go with the letter"
        else:
            sheets += pages.count
            printed.add(file.content)
            taken.append(replace(file, content=pages.pdf, pages=pages.count))
    return Enclosed(tuple(taken), left_out)


SPEC = ChannelSpec(
    Channel.LETTER,
    write=_write,
    sender=lambda means: LetterSender(means.print_batches),
    rate=lambda settings: settings.letters_per_second,
    carries_notices=True,
    enclose=_enclose,
)
