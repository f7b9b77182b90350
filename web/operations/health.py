"""Whether the web app is up, ready and well: /healthz, /readyz and /metrics."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest
from pydantic import BaseModel, Field
from sqlalchemy.exc import InterfaceError, OperationalError
from temporalio.service import RPCError

from config.settings import Settings
from config.temporal import connect
from domain.countries.law import missing_soon
from domain.desk.reach import Reach
from domain.moment import moment_in
from facts import clock
from facts.operations import outages
from facts.operations.vital_signs import VitalSigns, vital_signs
from facts.parties.creditors import countries_in_use
from views.inbox import Late, late_threads
from web.problems import Problem, documented
from web.services import Here

log = structlog.get_logger()
router = APIRouter(tags=["operations"])

PATIENCE = 2.0  # seconds for each part to answer

GAUGES = {
    "outbox_waiting": "News for cases that waits to be sent.",
    "outbox_dead": "News set aside after many tries; a person must look.",
    "outbox_oldest_seconds": "How long the oldest news waits.",
    "ambiguous_deliveries": "Deliveries claimed over 15 minutes ago without an answer.",
    "oldest_overdue_seconds": "How long the oldest next action of an open case is overdue.",
    "cases_not_running": "Open cases whose workflow the sweep found missing, until they have looked again.",
    "cases_stuck": "Open cases that run and do not get on: a person must look.",
    "cases_broken": "Open cases whose facts contradict each other, flagged `invariant broken`: a person must look.",
    "stop_switches": "Stop switches that are on.",
    "replies_unsorted": "Messages that came in and wait to be sorted, 10000 at most.",
    "answer_seconds": "How long people waited until somebody had read their words: half of them, of the last week.",
    "approvals_overdue": "Hand-offs that nobody has approved or rejected for five banking days.",
    "webhooks_pending": "Webhooks on their way to creditors' systems.",
    "webhooks_failed": "Webhooks given up after three days; they can be replayed.",
    "webhooks_oldest_seconds": "How long ago the oldest webhook on its way was raised.",
    "workers": "Workers that run.",
    "workers_lost": "Workers that went silent within the hour without having been stopped.",
}
LABELLED = {
    "messages_unsent": ("channel", "Messages that their provider, or their folder, has not taken."),
    "messages_unsent_oldest_seconds": ("channel", "How long the first of them waits."),
    "folder_not_writable": ("folder", "1: a worker cannot write it."),
    "templates_refused": (
        "template",
        "Messages that WhatsApp did not take within the day, by their template's content id.",
    ),
    "proposals": ("verdict", "What people made of what words were taken to ask for, in the last thirty days."),
    "job_failed": ("job", "1: it has failed since it was last done."),
    "job_done_seconds": ("job", "How long ago it was last done."),
}


class Metrics:
    """The numbers of one web app for Prometheus."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "purr_web_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.database_up = Gauge("purr_database_up", "1: the database answers.", registry=self.registry)
        self.temporal_up = Gauge("purr_temporal_up", "1: the Temporal server answers.", registry=self.registry)

    def page(self, signs: VitalSigns | None, late: Sequence[Late] = ()) -> bytes:
        """The page for Prometheus; `late` are answers. Without the facts nothing is said of them: a zero would be a word."""
        self.database_up.set(signs is not None)
        page = generate_latest(self.registry)
        return page if signs is None else page + generate_latest(_of_the_facts(signs, late))


def _of_the_facts(signs: VitalSigns, late: Sequence[Late]) -> CollectorRegistry:
    registry, values = CollectorRegistry(), asdict(signs)
    answers = Gauge("purr_answers_late", "Threads that should have been answered.", ["creditor"], registry=registry)
    for each in late:
        answers.labels(each.creditor).set(each.threads)
    for name, what in GAUGES.items():
        Gauge(f"purr_{name}", what, registry=registry).set(values[name])
    for name, (label, what) in LABELLED.items():
        gauge = Gauge(f"purr_{name}", what, [label], registry=registry)
        for which, value in values[name].items():
            gauge.labels(which).set(value)
    return registry


class Health(BaseModel):
    """The process is up."""

    status: Literal["up"] = Field(default="up", description="It answers.")


class Readiness(BaseModel):
    """Ready to take requests. Temporal may be down: what is accepted waits in the database."""

    status: Literal["ready"] = Field(default="ready", description="It can take requests.")
    database: Literal["up"] = Field(default="up", description="It answers.")
    temporal: Literal["up", "down"] = Field(description="Told, not required.")
    outages: list[str] | None = Field(
        default=None, description="Channels that take nothing at this moment, since when and why; told, not required."
    )
    law: list[str] | None = Field(
        default=None,
        description="What the country files will lack within 45 days, or lack already; told, not required.",
    )


@router.get("/healthz", response_model=Health)
async def get_health() -> Health:
    """The process is up."""
    return Health()


@router.get("/readyz", response_model=Readiness, response_model_exclude_none=True, responses=documented(503))
async def get_readiness(services: Here) -> Readiness:
    """Requests can be taken: the database answers. How Temporal is doing is told besides."""
    temporal = asyncio.create_task(_temporal_answers(services.settings))
    try:
        async with asyncio.timeout(PATIENCE), services.database.transaction() as connection:
            now, away = await clock.now(connection), await outages.told(connection)
            used = await countries_in_use(connection)
    except (OperationalError, InterfaceError, TimeoutError) as error:
        raise Problem(503, "not-ready", "the database does not answer: nothing can be accepted") from error
    finally:
        answers = await temporal
    laws = [law for country, law in services.intake.laws.items() if country in used]
    missing = [each for law in laws for each in missing_soon([law], moment_in(law.country, now).day)]
    return Readiness(temporal="up" if answers else "down", outages=away or None, law=missing or None)


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}, "example": "purr_database_up 1.0\n"}}}},
)
async def get_metrics(request: Request, services: Here) -> Response:
    """The numbers for Prometheus, read from the facts at this moment."""
    numbers: Metrics = request.app.state.metrics
    temporal = asyncio.create_task(_temporal_answers(services.settings))
    signs, late = None, list[Late]()
    calendars = {country: law.calendar for country, law in services.intake.laws.items()}
    try:
        async with asyncio.timeout(PATIENCE), services.database.transaction() as connection:
            now = await clock.now(connection)
            late = await late_threads(connection, Reach(), calendars, now)
            signs = await vital_signs(connection, now)
    except (OperationalError, InterfaceError, TimeoutError):
        log.warning("metrics_incomplete", reason="the database does not answer")
    numbers.temporal_up.set(await temporal)
    return Response(numbers.page(signs, late), media_type=CONTENT_TYPE_LATEST)


async def _temporal_answers(settings: Settings) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            client = await connect(settings, lazy=True)
            return await client.service_client.check_health()
    except (RPCError, RuntimeError, TimeoutError):
        return False
