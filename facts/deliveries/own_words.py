"""A creditor's own words in the place of templates of ours: the latest version of each counts, and all are kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

LATEST = """select distinct on (template) template, version, text from own_words where creditor_id = {creditor}
  order by template, version desc"""
LOCK = text("select id from creditor where id = :creditor for no key update")
IN_USE = text(f"select template, version, text from ({LATEST.format(creditor=':creditor')}) w where text is not null")
HISTORY = text("""
select template, version, text, by, reason_code, happened_at from own_words where creditor_id = :creditor
order by template, version
""")
ADD = text("""
insert into own_words (creditor_id, template, version, text, by, reason_code, happened_at)
select cast(:creditor as text), cast(:template as text), 1 + coalesce(max(version), 0), cast(:text as text), :by,
  :reason_code, :now
from own_words where creditor_id = cast(:creditor as text) and template = cast(:template as text)
returning version
""")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a creditor's own words, who wrote it, why and when (UTC); without a text: ours again."""

    template: str
    version: int
    text: str | None
    by: str
    reason_code: str
    since: datetime


async def in_use(connection: AsyncConnection, creditor: str) -> dict[str, tuple[int, str]]:
    """The words of its own that a creditor speaks in now: version and text, by the template in whose place they stand."""
    rows = await connection.execute(IN_USE, {"creditor": creditor})
    return {row.template: (row.version, row.text) for row in rows}


async def history(connection: AsyncConnection, creditor: str) -> list[Version]:
    """Every version that there was, by template, the oldest first."""
    return [Version(*row) for row in await connection.execute(HISTORY, {"creditor": creditor})]


async def put(
    connection: AsyncConnection,
    creditor: str,
    template: str,
    words: str | None,
    by: str,
    reason_code: str,
    now: datetime,
) -> int:
    """From now on these words, ours where there are none; gives their version. Whoever puts them has checked them."""
    await connection.execute(LOCK, {"creditor": creditor})
    values = {"creditor": creditor, "template": template, "text": words}
    version: int = (
        await connection.execute(ADD, values | {"by": by, "reason_code": reason_code, "now": now})
    ).scalar_one()
    return version
