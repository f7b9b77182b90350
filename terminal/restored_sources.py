"""What is still known of the time after a backup: the histories of a newer Temporal, and the logs of workers and web app."""

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from domain.vocabulary import CHANNELS
from facts.deliveries.restored import SentSince

CASE = "dunning"
SENDS = "send_"
NOT_SENT = ("not taken", "unavailable", "refused", "not written", "would have sent")
"""What an act's line in the diary says where nothing left; an act that said nothing may have sent."""
NEWS_OF_ITSELF = frozenset({"message_sent", "message_read", "provider_back", "case_swept", "woken", "law_changed"})
"""News that nobody needs to tell again."""


@dataclass
class Since:
    """What happened after a moment."""

    sent: list[SentSince] = field(default_factory=list)
    rode: list[tuple[str, str, datetime]] = field(default_factory=list)
    """Cases, as creditor and number, that were told that another case's message served them, and when."""
    heard: list[tuple[str, str, datetime]] = field(default_factory=list)
    """What else a case was told or asked, as its name, what, and when."""
    reaches_back: bool = False
    """Whether it began before the moment, so that it tells of all that happened since."""


async def from_histories(client: Client, since: datetime) -> Since:
    """What the histories of cases tell. Reads every case that had a task after `since`."""
    found = Since()
    moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    query = f"WorkflowType = '{CASE}' and (ExecutionStatus = 'Running' or CloseTime > '{moment}')"
    async for workflow in client.list_workflows(query):
        handle = client.get_workflow_handle(workflow.id, run_id=workflow.run_id)
        await read_history(workflow.id, handle.fetch_history_events(), since, found)
    return found


async def read_history(case: str, events: AsyncIterator[HistoryEvent], since: datetime, found: Since) -> None:
    """What one history tells."""
    _, creditor, number = case.split("/", 2)
    acts: dict[int, SentSince] = {}
    async for event in events:
        at = event.event_time.ToDatetime(tzinfo=UTC)
        match event.event_type:
            case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                scheduled = event.activity_task_scheduled_event_attributes
                if scheduled.activity_type.name.startswith(SENDS):
                    act = json.loads(scheduled.input.payloads[0].data)
                    acts[event.event_id] = SentSince(creditor, number, act["step"], CHANNELS[act["channel"]], at)
            case EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                completed = event.activity_task_completed_event_attributes
                act = acts.get(completed.scheduled_event_id)
                said = json.loads(completed.result.payloads[0].data).get("diary", "") if act else ""
                if act and (at < since or not said or any(words in said for words in NOT_SENT)):
                    del acts[completed.scheduled_event_id]
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED if at >= since:
                name = event.workflow_execution_signaled_event_attributes.signal_name
                if name == "message_sent":
                    found.rode.append((creditor, number, at))
                elif name not in NEWS_OF_ITSELF:
                    found.heard.append((case, name, at))
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED if at >= since:
                update = event.workflow_execution_update_accepted_event_attributes.accepted_request.input.name
                found.heard.append((case, update, at))
    found.sent += [act for act in acts.values() if act.at >= since]


def from_logs(files: Sequence[Path], since: datetime) -> Since:
    """What JSON lines of workers and web apps tell, in whatever order; other lines are passed over."""
    found = Since()
    for line in _lines(files):
        at = datetime.fromisoformat(line["timestamp"]) if "timestamp" in line else None
        found.reaches_back |= at is not None and at <= since
        if at is None or at < since or not str(line.get("case", "")).startswith(f"{CASE}/"):
            continue
        _, creditor, number = line["case"].split("/", 2)
        if line.get("event") == "message_sent":
            found.sent.append(
                SentSince(
                    creditor,
                    number,
                    line["step"],
                    CHANNELS[line["channel"]],
                    at,
                    UUID(line["delivery_id"]),
                    line.get("provider_id"),
                )
            )
        elif line.get("event") == "request_handled" and line.get("method") != "GET":
            found.heard.append((line["case"], f"{line['method']} {line['route']}", at))
    return found


def _lines(files: Iterable[Path]) -> Iterator[dict[str, Any]]:
    for file in files:
        for line in file.read_text(errors="replace").splitlines():
            if line.startswith("{"):
                try:
                    yield json.loads(line)
                except ValueError:
                    continue  # cut off where its disk was lost
