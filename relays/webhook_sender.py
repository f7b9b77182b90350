"""The sender of webhooks: posts what is due, notes what came of it, and tries again with growing, random pauses.

Messages of one endpoint may overtake each other, and one may come twice: receivers go by its id and timestamp. What is
urgent goes first, and endpoints that hang hold up no other creditor's.
"""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
import structlog
from sqlalchemy.exc import DBAPIError

from connectors.ids import CreditorIds
from connectors.webhooks.post import CONNECTIONS, TIMEOUT, WebhookPost, WebhookSecrets
from facts.database import Database
from facts.webhooks import outgoing
from facts.webhooks.outgoing import DueMessage
from relays.away import Away, first_line
from relays.wake_ups import wake_ups, woken_within

log = structlog.get_logger()

IN_FLIGHT = CONNECTIONS
OF_ONE_CREDITOR = IN_FLIGHT // 8
OF_ONE_ENDPOINT = OF_ONE_CREDITOR // 2
POLL_SECONDS = 1.0
GONE = 410
SECOND, MINUTE, HOUR = 1, 60, 3600
# The longest pause after the first failure, the second, …; the last one is for all that follow. A message is given up
# three days after its first attempt.
PAUSES = (5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)


def pause_after(failures: int, asked: timedelta | None, chance: float) -> timedelta:
    """How long to wait after so many failures in a row: full jitter, `chance` being from 0 to 1.

    What the endpoint `asked` for (Retry-After) is waited for first.
    """
    longest = timedelta(seconds=PAUSES[min(failures, len(PAUSES)) - 1])
    return (asked or timedelta()) + longest * chance


class WebhookSender:
    """Sends what is due, woken by LISTEN and by a poll behind it. Many may run at once."""

    def __init__(self, database: Database, secrets: WebhookSecrets, post: WebhookPost) -> None:
        self._database = database
        self._secrets = secrets
        self._post = post
        self._away = Away()
        self._flights: dict[asyncio.Task[None], UUID] = {}
        self._silent: set[UUID] = set()  # endpoints whose last attempt got no answer: each is asked one at a time

    async def run(self) -> None:
        """Send until cancelled, then let what is in flight land. Whatever goes wrong is logged and tried again."""
        async with wake_ups(self._database, "webhooks") as woken:
            try:
                while True:
                    woken.clear()
                    await self._try_to_start(woken)
                    await woken_within(woken, POLL_SECONDS)
            finally:
                if self._flights:
                    _, lost = await asyncio.wait(self._flights, timeout=TIMEOUT)
                    for flight in lost:  # sent again after its lease
                        flight.cancel()
                    await asyncio.gather(*lost, return_exceptions=True)
                await self._post.aclose()

    async def _try_to_start(self, woken: asyncio.Event) -> None:
        try:
            await self._start(woken)
            if self._away.ends():
                log.info("webhooks_reached")
        except (OSError, DBAPIError) as error:
            if self._away.begins():
                log.warning("webhooks_unreachable", error=first_line(error))
        except Exception as error:
            log.error("webhook_sender_failed", exc_info=error)

    async def _start(self, woken: asyncio.Event) -> None:
        """Send as many of the due messages as there is room for; each that lands makes room and wakes."""
        free = IN_FLIGHT - len(self._flights)
        if not free:
            return
        async with self._database.transaction() as connection:
            flying = Counter(self._flights.values())
            messages = await outgoing.due(
                connection,
                free,
                each=OF_ONE_ENDPOINT,
                of_creditor=OF_ONE_CREDITOR,
                flying=flying,
                silent=self._silent,
            )

        def landed(flight: asyncio.Task[None]) -> None:
            del self._flights[flight]
            woken.set()

        for message in messages:
            flight = asyncio.create_task(self._send(message), name=f"webhook {message.id}")
            self._flights[flight] = message.endpoint
            flight.add_done_callback(landed)

    async def _send(self, message: DueMessage) -> None:
        """One attempt. When its result cannot be noted, the message is sent again after its lease."""
        try:
            await self._attempt(message)
        except Exception as error:
            log.error("webhook_attempt_lost", message=message.id, endpoint=str(message.endpoint), exc_info=error)

    async def _attempt(self, message: DueMessage) -> None:
        body, now = _body(message), datetime.now(UTC)
        headers = self._secrets.headers(message.endpoint, message.versions, message.id, body, now)
        attempt = await self._post.post(message.url, headers, body)
        (self._silent.add if attempt.status is None else self._silent.discard)(message.endpoint)
        failures = message.attempts + 1
        async with self._database.transaction() as connection:
            state = await outgoing.answered(
                connection,
                message.id,
                status=attempt.status,
                error=attempt.error,
                seconds=attempt.seconds,
                pause=pause_after(failures, attempt.retry_after, random.random()),
            )
            if attempt.status == GONE:
                state, dropped = "dropped", await outgoing.disable(connection, message.endpoint, "it answered 410 Gone")
                log.warning("webhook_endpoint_disabled", endpoint=str(message.endpoint), dropped=dropped)
        told = log.bind(message=message.id, endpoint=str(message.endpoint), seconds=attempt.seconds)
        if attempt.error:
            told.warning("webhook_not_delivered", error=attempt.error, failures=failures, state=state)
        else:
            told.info("webhook_delivered", status=attempt.status)


def _body(message: DueMessage) -> bytes:
    """What is posted, the same on every attempt: the event with ids as its creditor knows them."""
    data = CreditorIds(message.creditor, message.id_key).told(message.payload["data"])
    return orjson.dumps(message.payload | {"data": data})
