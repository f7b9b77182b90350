"""A command to many cases: what it would come to is said first, then it is recorded page by page."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncConnection

from commands.case.hold import Hold, Release
from commands.case.outlook import Outlook
from commands.case.release_in_turns import give_turns, in_their_turns
from commands.command import Command
from commands.many import record_each
from facts.deliveries.letters import unposted_of
from terminal import output
from terminal.connection import parts
from terminal.output import Misuse
from views.filters import NotUnderstood
from views.selected import PAGE, Page, Selection
from views.status import CaseStatus

if TYPE_CHECKING:
    from composition import Parts

SHOWN = 20  # cases of many that are shown, refused ones that are named in words
KEPT = 1000  # of those that are refused, or that a file names in vain: more are only counted


async def preview(command: Command[Any], many: Selection, unreadable: int, per_hour: int | None) -> int:
    """Show which cases a command to many is about, and what it would come to; nothing is changed."""
    outlook, first, vain = Outlook(command, per_hour), list[CaseStatus](), _Vain(unreadable)
    async with parts() as here, aclosing(_pages(here, many, "look")) as pages:
        async for connection, page in pages:
            await outlook.look(connection, here.planning, page.steps)
            first = [*first, *page.cases][:SHOWN]
            vain.add(page)
    more = len(first) < outlook.cases
    rows = [{"invoice": f"{c.creditor}/{c.invoice}", "due": c.due_date, "balance": c.balance} for c in first]
    title = f"{outlook.cases:,} cases" + (f", the first {len(first)}:" if more else "")
    document = {"matching": outlook.cases, "cases": first, "more": more} | outlook.document() | vain.document
    output.answer_table(document, rows, title=title, empty="no such case")
    for said in (*outlook.words, *vain.words):
        output.hint(said)
    return 0


async def to_many(command: Command[Any], many: Selection, unreadable: int, per_hour: int | None) -> int:
    """Record a command to each of many cases; whoever is interrupted asks again."""
    done, refused, vain, at_printer = list[int](), _Named(), _Vain(unreadable), _Named()
    async with parts() as here:
        turn_of = await _turns(here, command, many, per_hour) if isinstance(command, Release) else {}
        of_case = in_their_turns(command, turn_of)
        try:
            async with aclosing(_pages(here, many, command.name)) as pages:
                async for connection, page in pages:
                    names = {case.case_id: f"{case.creditor}/{case.invoice}" for case in page.cases}
                    why_not = await record_each(connection, here.planning, list(names), of_case, "terminal")
                    refused.add({names[case]: why for case, why in why_not.items()})
                    vain.add(page)
                    done += [case for case in names if case not in why_not]
        except BaseException:
            if done:
                output.hint(f"interrupted after {len(done)} cases: the same again does the rest")
            raise
        if isinstance(command, Hold):
            at_printer.add(await pulled_at_once(here, done))
    matching = len(done) + refused.count
    words = [f"{command.name}: {len(done)} of {matching} cases", *refused.lines, *vain.words]
    if at_printer.count:
        words += ["with the printer already, and on their way:", *at_printer.lines]
    document = {"command": command.name, "matching": matching, "done": len(done), "refused": refused.kept}
    document |= {"refused_count": refused.count, "at_printer": at_printer.kept} | vain.document
    output.answer(document, "\n".join(words))
    return 1 if refused.count or vain.unknown.count or vain.unreadable else 0


async def pulled_at_once(here: "Parts", cases: Sequence[int]) -> dict[str, str]:
    """Pull the letters of cases that were just held out of their batches; gives those that are with the printer already.

    Where the folder cannot be reached from here, a worker pulls them in a moment.
    """
    from activities.jobs.letters import Letters  # who lists cases waits for no worker's parts

    left = dict[str, str]()
    for first in range(0, len(cases), PAGE):
        some = cases[first : first + PAGE]
        async with here.database.transaction() as connection:
            if not await unposted_of(connection, some):
                continue
        try:
            letters = await Letters(here.database, here.planning, here.print_batches).pull_of(some)
        except OSError as away:
            output.hint(f"the folder of letters is not reached from here ({away.strerror}): a worker pulls them")
            break
        left |= {f"letter {each.delivery}": f"in batch {each.batch}" for each in letters}
    return left


async def _turns(here: "Parts", command: Release, many: Selection, per_hour: int | None) -> dict[int, int]:
    """In which release of many each held case goes on: in turns, where more would leave than may at once; else in none."""
    outlook = Outlook(command, per_hour)
    async with aclosing(_pages(here, many, "look")) as pages:
        async for connection, page in pages:
            await outlook.look(connection, here.planning, page.steps)
    for said in outlook.words:
        output.hint(said)
    if outlook.per_hour is None or not outlook.foreseen:
        return {}
    async with here.database.transaction() as connection:
        return await give_turns(connection, outlook.foreseen, outlook.per_hour, command.by, command.reason_code)


async def _pages(here: "Parts", many: Selection, doing: str) -> AsyncGenerator[tuple[AsyncConnection, Page], None]:
    """The pages of the cases, each in a transaction of its own, with a bar on the terminal."""
    try:
        async with here.database.transaction() as connection:
            length = await many.length(connection)
    except NotUnderstood as wrong:
        raise Misuse(str(wrong)) from None
    with output.progress() as progress:
        bar = progress.add_task(doing, total=length)
        async with aclosing(many.pages(here.database)) as pages:
            async for connection, page in pages:
                yield connection, page
                progress.advance(bar, page.walked)


class _Named:
    """What is told of many by name, with why: the first of them, and how many there are."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.count = 0

    def add(self, more: Mapping[str, str]) -> None:
        """Some more of them."""
        self.kept |= islice(more.items(), KEPT - len(self.kept))
        self.count += len(more)

    @property
    def lines(self) -> list[str]:
        """The first, a line each, and how many more there are."""
        named = [f"  {name}: {why}" if why else f"  {name}" for name, why in islice(self.kept.items(), SHOWN)]
        return [*named, f"  and {self.count - SHOWN:,} more"] if self.count > SHOWN else named


class _Vain:
    """What a file names in vain: numbers of no invoice, what cannot be read, and invoices that are closed or do not fit."""

    def __init__(self, unreadable: int) -> None:
        self.unknown, self.left_out, self.unreadable = _Named(), 0, unreadable

    def add(self, page: Page) -> None:
        """What of it a page met."""
        self.unknown.add(dict.fromkeys(page.unknown, ""))
        self.left_out += page.left_out

    @property
    def document(self) -> dict[str, Any]:
        """For machines."""
        return {
            "unknown": list(self.unknown.kept),
            "unknown_count": self.unknown.count,
            "unreadable": self.unreadable,
            "left_out": self.left_out,
        }

    @property
    def words(self) -> list[str]:
        """For people."""
        words = [f"{self.unknown.count:,} of the file name no invoice:"] if self.unknown.count else []
        words += self.unknown.lines
        if self.unreadable:
            words.append(f"{self.unreadable:,} of the file cannot be read: `import --dry-run` says why")
        return words + ([f"{self.left_out:,} of the file are closed or do not fit"] if self.left_out else [])
