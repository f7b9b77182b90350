"""The relay: what was stored is told to its case, by signal-with-start wherever no run is there to hear it."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import quote

import structlog
from sqlalchemy.exc import DBAPIError
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from config import search_attributes
from domain.parties.customer_numbers import is_plain
from facts import outbox
from facts.cases.load import workflow_id
from facts.database import Database
from facts.outbox import QueuedNews
from relays.away import Away, first_line
from relays.wake_ups import wake_ups, woken_within
from workflows import contracts

log = structlog.get_logger()

BATCH = 50
POLL_SECONDS = 1.0


class OutboxRelay:
    """Empties the outbox, woken by LISTEN and by a poll behind it. Many may run at once."""

    def __init__(
        self, database: Database, client: Client, *, public_url: str = "", task_queue: str = contracts.TASK_QUEUE
    ) -> None:
        """Prepare; `public_url` is where the API is, which what the web UI shows of a case leads to."""
        self._database = database
        self._client = client
        self._public_url = public_url
        self._task_queue = task_queue

    async def run(self) -> None:
        """Relay until cancelled. Whatever goes wrong is logged and tried again: news never lies there unnoticed."""
        away = Away()
        async with wake_ups(self._database, "outbox") as woken:
            while True:
                try:
                    relayed = await self.relay_batch()
                    if away.ends():
                        log.info("outbox_reached")
                except (OSError, DBAPIError) as error:
                    if away.begins():
                        log.warning("outbox_unreachable", error=first_line(error))
                    relayed = 0
                except Exception as error:
                    log.error("outbox_relay_failed", exc_info=error)
                    relayed = 0
                if relayed < BATCH:
                    woken.clear()
                    await woken_within(woken, POLL_SECONDS)

    async def relay_batch(self) -> int:
        """Tell one batch of news; gives how many were taken. What does not arrive is kept for later."""
        async with self._database.transaction() as connection:
            taken = await outbox.take(connection, BATCH)
            if not taken:
                return 0
            results = await asyncio.gather(*(self._tell(news) for news in taken), return_exceptions=True)
            arrived: list[int] = []
            failures: dict[str, list[int]] = {}
            for news, result in zip(taken, results, strict=True):
                if result is None:
                    arrived.append(news.id)
                elif isinstance(result, Exception):  # RPCError, or RuntimeError of a client that never connected
                    failures.setdefault(str(result), []).append(news.id)
                else:
                    raise result
            await outbox.sent(connection, arrived)
            for error, ids in failures.items():
                log.warning("news_delayed", count=len(ids), error=error)
                await outbox.retry_later(connection, ids, error)
            return len(taken)

    async def _tell(self, news: QueuedNews) -> None:
        """Tell a case its news. Where no run hears it (a new case, a closed one, one ended by hand) the same call starts one.

        A run that is known costs the server half as much to signal alone.
        """
        if not news.starts and await self._heard(news):
            return
        await self._client.start_workflow(
            "dunning",
            contracts.Case(creditor=news.creditor_id, invoice=news.number),
            id=workflow_id(news.creditor_id, news.number),
            task_queue=self._task_queue,
            start_signal=news.signal,
            start_signal_args=[contracts.News(seq=news.seq)],
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            search_attributes=_attributes(news),
            memo=self._memo(news),
            static_summary=f"Invoice {news.number} of {news.creditor_id}",
            static_details=_details(self._memo(news)),
        )

    def _memo(self, news: QueuedNews) -> dict[str, str]:
        """Where a case is told of: nothing that opens the invoice's page without a key of the creditor."""
        status = f"{self._public_url}/v1/invoices/{quote(news.number)}"
        return {
            "creditor": news.creditor_id,
            "invoice": news.number,
            "status": status,
            "terminal": f"starter.py status {news.creditor_id}/{news.number}",
        }

    async def _heard(self, news: QueuedNews) -> bool:
        """Whether a run was there to hear the news."""
        running = self._client.get_workflow_handle(workflow_id(news.creditor_id, news.number))
        try:
            await running.signal(news.signal, contracts.News(seq=news.seq))
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True


def _details(memo: Mapping[str, str]) -> str:
    """What a case's page in the web UI begins with."""
    return (
        f"Invoice **{memo['invoice']}** of **{memo['creditor']}**\n\n"
        f"- [Status, timeline and the invoice's page]({memo['status']}): asks for an API key of {memo['creditor']}\n"
        f"- In the terminal: `{memo['terminal']}`\n"
        "- What is owed, what stands in the case, what comes next and what happened: *Current Details*, from the facts"
    )


def _attributes(news: QueuedNews) -> TypedSearchAttributes:
    due = datetime.combine(news.due_date, time(), UTC)
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(search_attributes.CREDITOR, news.creditor_id),
        SearchAttributePair(search_attributes.DEBTOR, str(news.debtor_id)),
        SearchAttributePair(search_attributes.COUNTRY, news.country),
        SearchAttributePair(search_attributes.AMOUNT_DUE, float(news.balance)),
        SearchAttributePair(search_attributes.DUE_DATE, due),
    ]
    if news.customer_number and is_plain(news.customer_number):
        pairs.append(SearchAttributePair(search_attributes.CUSTOMER_NUMBER, news.customer_number))
    if news.segment:
        pairs.append(SearchAttributePair(search_attributes.SEGMENT, news.segment))
    return TypedSearchAttributes(pairs)
