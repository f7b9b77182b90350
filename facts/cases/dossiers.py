"""Who fetched a case's dossier, for whom and when: each time is a line in the case's diary."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts import diary

KIND = "dossier_fetched"
FETCHED = text(f"""
select exists (select from case_event where case_id = :case and kind = '{KIND}' and by = :by
  and detail ->> 'sha256' = :sha256 and detail ->> 'for' = :recipient)
""")


async def note(connection: AsyncConnection, case: int, recipient: str, by: str, sha256: str, now: datetime) -> None:
    """Somebody fetches a dossier; its checksum says which it was."""
    await diary.write(connection, KIND, by, [(case, {"for": recipient, "sha256": sha256})], now)


async def was_noted(connection: AsyncConnection, case: int, recipient: str, by: str, sha256: str) -> bool:
    """Whether that was noted already."""
    values = {"case": case, "recipient": recipient, "by": by, "sha256": sha256}
    return bool((await connection.execute(FETCHED, values)).scalar_one())
