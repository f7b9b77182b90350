"""Any list of one creditor in the terminal: the rows and the words are those of the API."""

from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from facts import clock
from terminal import output
from terminal.connection import transaction
from terminal.output import Misuse
from views import listed
from views.filters import Filter, NotUnderstood, Word, filter_of
from views.lists import Listed, read_page
from views.names import misnamed, named

Besides = Literal[
    "deliveries", "letters", "payments", "refunds", "tasks", "replies", "debtors", "hand-offs", "bank-accounts"
]
LISTS: dict[Besides, Listed] = {
    "deliveries": listed.DELIVERIES,
    "letters": listed.LETTERS,
    "payments": listed.PAYMENTS,
    "refunds": listed.REFUNDS_LISTED,
    "tasks": listed.TASKS_LISTED,
    "replies": listed.REPLIES_LISTED,
    "debtors": listed.DEBTORS,
    "hand-offs": listed.HAND_OFFS,
    "bank-accounts": listed.ACCOUNTS,
}
OURS = ("creditor_id", "place", "case_id", "document")
"""What rows have for ourselves alone; the words of a message are asked for one by one."""


async def show(what: Besides, where: str, limit: int) -> None:
    """The newest of a creditor's list that a filter describes, on stdout."""
    words = {"creditor": Word("creditor_id", names="creditor"), **LISTS[what].words}
    try:
        wanted = filter_of(where, words)
    except NotUnderstood as wrong:
        raise Misuse(str(wrong)) from None
    async with transaction() as (connection, _):
        if why := await misnamed(connection, wanted, None, numbers=True):
            raise Misuse(why)
        creditor = await _whose(connection, wanted)
        now = await clock.now(connection, creditor)
        page = await read_page(connection, LISTS[what], creditor, wanted, now, limit=limit)
        found = [*page.rows]
        while page.more and len(found) < limit:  # who types waits until all is looked through
            left = limit - len(found)
            page = await read_page(connection, LISTS[what], creditor, wanted, now, limit=left, after=page.reached)
            found += page.rows
    rows = [{name: value for name, value in row.items() if name not in OURS} for row in found]
    title = f"the newest {len(rows)} of {creditor}'s {what}" if page.more else f"{len(rows)} {what} of {creditor}"
    output.answer_table(
        {"creditor": creditor, what.replace("-", "_"): rows, "more": page.more}, rows, title=title, empty=f"no {what}"
    )


async def _whose(connection: AsyncConnection, wanted: Filter) -> str:
    """The creditor whom the filter names, or the only one."""
    if wanted.creditor is not None:
        return wanted.creditor
    there = await named(connection, "creditor")
    if len(there) != 1:
        raise Misuse(f"say whose: add creditor=ID to --where; there are {', '.join(there) or 'no creditors'}")
    return there[0]
