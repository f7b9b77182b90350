"""The web app: every door in one place, over the facts. `python -m web` runs it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from composition import Parts
from config.logs import configure_logs
from config.settings import Settings, read_settings
from connectors.links import BadLink
from domain.countries.law import Law
from facts.database import Database, Limits
from web.answers import Answers
from web.api import debtors, invoices, letters, payments, plans, replies, review, webhook_endpoints
from web.api.commands import router_of_commands
from web.invoice_page import arrange, own_pdf, paper, pay, seen, tell_us
from web.invoice_page import page as invoice_page
from web.invoice_page.link import bad_link
from web.operations import docs, health, problem_pages
from web.operations.watch import Watch
from web.payment_methods.method import PaymentMethod
from web.payment_methods.registry import payment_methods
from web.problems import ProblemDetails, answer_with_problems
from web.request_ids import RequestIds
from web.security import API_LIMIT
from web.services import Services
from web.turns import Turns
from web.webhooks import payments as webhooks_payments
from web.webhooks import sendgrid as webhooks_sendgrid
from web.webhooks import twilio as webhooks_twilio
from web.webhooks.together import Together

ABOUT = """Send invoices, credit notes and payments, ask how a case stands, and decide about it.

Every call under /v1 carries a creditor's API key (Authorization: Bearer purr_…) and sees that creditor alone. What
is accepted is stored: a case goes on by itself, whatever else is down.

Amounts are strings, dates are YYYY-MM-DD, moments are UTC. A POST with an Idempotency-Key can be sent again: it is
done once and answered the same. Errors are application/problem+json (RFC 9457). Two requests of a creditor are worked
on at once and the next wait in line: 503 with Retry-After asks to send it again later."""


# Somebody waits for each answer of the web app: no statement, lock or connection is waited for longer than these seconds.
IN_A_HURRY: Limits = {"pool_size": 24, "connection_within": 5, "lock_within": 2, "statement_within": 15}


def create_app(
    settings: Settings | None = None,
    database: Database | None = None,
    laws: Mapping[str, Law] | None = None,
    methods: Sequence[PaymentMethod] | None = None,
) -> FastAPI:
    """The web app. What is not given is read: settings and ways to pay from the environment, laws from the shipped files.

    A database that is given stays open when the app ends. Raises SettingsError, LawError or PolicyError.
    """
    if settings is None:
        settings = read_settings()
        configure_logs(settings)
    url = settings.database_url.get_secret_value()
    # Creditors' systems may keep the API's connections busy: pages, webhooks and health have connections of their own.
    doors, api = (database, database) if database else (Database(url, **IN_A_HURRY), Database(url, **IN_A_HURRY))
    parts = Parts(settings, doors, laws)
    ways = payment_methods() if methods is None else methods

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        for provider in services.providers.values():
            await provider.aclose()
        if database is None:
            await asyncio.gather(doors.close(), api.close())

    app = FastAPI(
        title="Purr",
        version=_version(),
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    metrics = health.Metrics()
    app.state.metrics = metrics
    services = Services(
        settings=settings,
        database=doors,
        intake=parts.intake(parts.calendar.local_date(datetime.now(UTC))),
        planning=parts.planning,
        links=parts.links,
        calendar=parts.calendar,
        webhook_secrets=parts.webhook_secrets,
        methods={way.name: way for way in ways},
        together=Together(doors),
    )
    app.state.services, app.state.api_services = services, replace(services, database=api)
    for door in (  # each request is shown to one after the other: first those that most of them are for
        webhooks_payments,
        webhooks_sendgrid,
        webhooks_twilio,
        plans,  # before the invoices, whose numbers may have slashes
        invoices,
        payments,
        replies,
        review,
        debtors,
        letters,
        webhook_endpoints,
        invoice_page,
        own_pdf,
        paper,
        pay,
        arrange,
        seen,
        tell_us,
        health,
        docs,
        problem_pages,
    ):
        app.include_router(door.router)
    for way in ways:
        app.include_router(way.webhooks)
    app.include_router(router_of_commands())
    answer_with_problems(app)
    app.add_exception_handler(BadLink, bad_link)
    app.add_middleware(Turns)
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=API_LIMIT)
    app.add_middleware(Answers, public_url=settings.public_url)
    app.add_middleware(Watch, requests=metrics.requests)
    app.add_middleware(RequestIds)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's OpenAPI with the models that routes name but do not take or give themselves."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        named = [(ProblemDetails, "serialization"), (webhooks_payments.PaymentEvent, "validation")]
        _, extra = models_json_schema(named, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
        schema["components"]["schemas"] |= extra["$defs"]
        app.openapi_schema = schema
    return app.openapi_schema


def _version() -> str:
    try:
        return version("purr")
    except PackageNotFoundError:  # run from its sources
        return "0"
