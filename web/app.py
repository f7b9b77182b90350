"""The web app: every door in one place, over the facts. `python -m web` runs it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.routing import BaseRoute

from composition import Parts, database_address
from config.logs import configure_logs
from config.settings import Settings, read_settings
from connectors.identity.openid import OpenIdentity
from connectors.links import BadLink
from domain.countries.law import Law
from facts.database import Database, Limits
from web.adviser_page import clients
from web.adviser_page import prove as adviser_proves
from web.answers import Answers
from web.api import (
    bank_files,
    bulk,
    calls,
    card_links,
    comparison,
    content,
    control,
    customers,
    debtors,
    dossiers,
    e_invoices,
    exchange_rates,
    invoice_files,
    invoices,
    letters,
    links,
    look,
    many,
    notices,
    outside_facts,
    own_words,
    payments,
    plans,
    policies,
    ramp,
    refunds,
    replies,
    reports,
    review,
    sms_senders,
    statements,
    testing,
    vouchers,
    webhook_endpoints,
    why,
)
from web.api.commands import router_of_commands
from web.api.listed import router_of_lists
from web.desk import door as desk_door
from web.desk.doors import ROUTERS as OF_THE_DESK
from web.desk.open_pages import OpenPages
from web.invoice_page import (
    account,
    arrange,
    ask_provider,
    bankid,
    confirm,
    disagree,
    history,
    live,
    messages,
    new_link,
    own_pdf,
    paper,
    part,
    pay,
    plan,
    prove,
    receipt,
    right,
    seen,
    stored,
    tell_us,
    unsubscribe,
    wants_direct_debit,
    wishes,
)
from web.invoice_page import content as page_content
from web.invoice_page import page as invoice_page
from web.invoice_page.link import FromElsewhere, NotProven, bad_link, from_elsewhere, prove_first
from web.invoice_page.streams import Streams
from web.openapi import describe
from web.operations import docs, health, problem_pages
from web.operations.watch import Watch
from web.payment_methods.method import PaymentMethod
from web.payment_methods.registry import payment_methods
from web.problems import answer_with_problems
from web.request_ids import RequestIds
from web.security import API_LIMIT
from web.services import Services
from web.turns import Turns
from web.webhooks import collection_partner as webhooks_partner
from web.webhooks import mail as webhooks_mail
from web.webhooks import payments as webhooks_payments
from web.webhooks import sendgrid as webhooks_sendgrid
from web.webhooks import twilio as webhooks_twilio
from web.webhooks.together import Together

# Somebody waits for each answer of the web app: no statement, lock or connection is waited for longer than these seconds.
IN_A_HURRY: Limits = {
    "pool_size": 24,
    "connection_within": 5,
    "lock_within": 2,
    "statement_within": 15,
    "idle_within": 15,
}


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
    # Creditors' systems may keep the API's connections busy: pages, webhooks and health have connections of their own.
    doors, api = (database or Database(database_address(settings), **IN_A_HURRY) for _ in range(2))
    parts = Parts(settings, doors, laws)
    ways = payment_methods() if methods is None else methods

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await services.streams.close()
        await services.open_pages.close()
        for provider in services.providers.values():
            await provider.aclose()
        for identity in (services.identity, services.desk_identity):
            if identity is not None:
                await identity.aclose()
        if database is None:
            await asyncio.gather(doors.close(), api.close())

    app = FastAPI(
        routes=_doors(),
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_named,
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
        reply_addresses=parts.reply_addresses,
        calendar=parts.calendar,
        webhook_secrets=parts.webhook_secrets,
        methods={way.name: way for way in ways},
        means=parts,
        identity=_identity(settings),
        desk_identity=_desk_identity(settings),
        streams=Streams(doors),
        open_pages=OpenPages(doors),
        attachments=parts.attachments,
        scanner=parts.scanner,
        together=Together(doors),
    )
    app.state.services, app.state.api_services = services, replace(services, database=api)
    for way in ways:
        app.include_router(way.webhooks)
    app.include_router(router_of_commands())
    answer_with_problems(app)
    app.add_exception_handler(BadLink, bad_link)
    app.add_exception_handler(FromElsewhere, from_elsewhere)
    app.add_exception_handler(NotProven, prove_first)
    for refused, answer in desk_door.ANSWERS.items():
        app.add_exception_handler(refused, answer)
    app.add_middleware(Turns)
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=API_LIMIT)
    app.add_middleware(Answers, public_url=settings.public_url)
    app.add_middleware(Watch, requests=metrics.requests)
    app.add_middleware(RequestIds)
    app.openapi = lambda: _openapi(app, settings.public_url)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


@cache
def _doors() -> list[BaseRoute]:
    """The doors that every app has: one list, as to ask router after router lasts longer than many an answer."""
    behind = (  # each request is shown to one after the other: first those that most of them are for
        webhooks_payments,
        webhooks_sendgrid,
        webhooks_twilio,
        webhooks_mail,
        webhooks_partner,
        new_link,
        bankid,
        invoice_page,
        live,
        why,  # before the invoices, whose numbers may have slashes; and so
        dossiers,
        e_invoices,
        plans,
        links,
        card_links,
        bulk,
        invoices,
        invoice_files,
        payments,
        bank_files,
        replies,
        statements,
        calls,
        comparison,
        content,
        control,
        customers,
        outside_facts,
        review,
        ramp,
        refunds,
        reports,
        exchange_rates,
        vouchers,
        testing,
        debtors,
        letters,
        look,
        policies,
        sms_senders,
        many,
        notices,
        own_words,
        webhook_endpoints,
        own_pdf,
        history,
        receipt,
        account,
        paper,
        part,
        pay,
        plan,
        arrange,
        ask_provider,
        wants_direct_debit,
        seen,
        tell_us,
        wishes,
        disagree,
        messages,
        right,
        stored,
        page_content,
        unsubscribe,
        confirm,
        prove,
        adviser_proves,
        clients,
        health,
        docs,
        problem_pages,
    )
    routers = (*(each.router for each in behind), *OF_THE_DESK, router_of_lists())
    doors = [route for router in routers for route in router.routes]
    for route in doors:
        if isinstance(route, APIRoute):
            route.unique_id = _named(route)
    return doors


def _named(route: APIRoute) -> str:
    return route.name


def _identity(settings: Settings) -> OpenIdentity | None:
    """The provider of identities, as it is set up."""
    if not settings.identity_issuer:
        return None
    secret, back = settings.identity_client_secret.get_secret_value(), f"{settings.public_url}/i/bankid"
    return OpenIdentity(settings.identity_issuer, settings.identity_client_id, secret, settings.identity_levels, back)


def _desk_identity(settings: Settings) -> OpenIdentity | None:
    """The provider by which people sign in at the desk, as it is set up; None: the desk is closed."""
    if not settings.desk_issuer:
        return None
    secret, back = settings.desk_client_secret.get_secret_value(), f"{settings.public_url}/desk/sign-in/back"
    return OpenIdentity(settings.desk_issuer, settings.desk_client_id, secret, (), back)


def _openapi(app: FastAPI, public_url: str) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = describe(app, public_url)
    return app.openapi_schema
