"""Every morning's control goes by mail to whoever looks after Purr: what waits, is late or stands still, or that all is well."""

from collections.abc import Mapping
from html import escape
from uuid import uuid4

import structlog
from temporalio import activity

from channels.channel import Outgoing, Sender, Written
from channels.outcomes import OutcomeUnknown
from domain.countries.law import Law
from facts import clock
from facts.database import Database
from views import control as view

log = structlog.get_logger()

FROM = "Purr"


class Control:
    """The mail of the morning. The activity takes no argument; done twice it comes twice, which is better than never."""

    def __init__(self, database: Database, laws: Mapping[str, Law], home: Law, sender: Sender, address: str) -> None:
        """`home` is the law by whose days Purr lives; `address` is where it goes, empty where nobody wants it."""
        self._database = database
        self._laws = laws
        self._home = home
        self._sender = sender
        self._address = address

    @activity.defn
    async def mail_control(self) -> int:
        """Mail what was found; gives how many checks found something. Raises NotSent and what else a provider refuses with."""
        home = self._home
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            checked = await view.control(connection, self._laws, home, None, now)
        found = [each for each in checked if each.found]
        if not self._address:
            log.info("control_not_mailed", count=len(found), reason="PURR_OPERATIONS_EMAIL names nobody")
            return len(found)
        said = "\n".join(view.in_words(checked, now))
        subject = f"{', '.join(each.check.name for each in found[:3])}" if found else "all is well"
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        document: dict[str, object] = {
            "subject": f"Purr: {subject}{more}",
            "text": said,
            "html": f'<!doctype html><html lang="en"><body><pre>{escape(said)}</pre></body></html>',
        }
        message = Outgoing(
            delivery_id=str(uuid4()),
            written=Written(document),
            address=self._address,
            name=FROM,
            creditor="",
            creditor_name=FROM,
            reply_to=None,
            open_tracking=False,
            country=home.country,
            today=home.calendar.local_date(now),
        )
        try:
            await self._sender.send(message)
        except OutcomeUnknown:
            log.warning("control_maybe_mailed", count=len(found))
            return len(found)
        log.info("control_mailed", count=len(found))
        return len(found)
