"""What every door of the web app works with, built once and handed to each request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Request
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from channels.channel import Means
from config.settings import Settings
from connectors.attachment_folder import AttachmentFolder
from connectors.identity.openid import OpenIdentity
from connectors.links import Links
from connectors.payment_providers.provider import PaymentProvider
from connectors.reply_addresses import ReplyAddresses
from connectors.virus_scan import Scanner
from connectors.webhooks.post import WebhookSecrets
from domain.countries.calendar import Calendar
from facts.database import Database
from facts.invoices.intake import Intake
from planning.service import Planning
from web.desk.open_pages import OpenPages
from web.invoice_page.streams import Streams
from web.payment_methods.method import PaymentMethod, Way
from web.webhooks.together import Together


@dataclass(frozen=True, slots=True)
class Services:
    """The parts that doors use; `calendar` is the home country's, by whose days money is booked."""

    settings: Settings
    database: Database
    intake: Intake
    planning: Planning
    links: Links
    reply_addresses: ReplyAddresses | None  # None where mail does not come to us
    calendar: Calendar
    webhook_secrets: WebhookSecrets | None
    methods: Mapping[str, PaymentMethod]  # the providers of ways to pay, by their names, the most used first
    means: Means  # for what is sent at once, outside of any case
    streams: Streams  # to the pages that are open
    open_pages: OpenPages  # of the desk
    attachments: AttachmentFolder
    scanner: Scanner | None  # None where nobody looks for viruses
    identity: OpenIdentity | None  # None where nobody shows here who they are
    desk_identity: OpenIdentity | None  # None where the desk is closed
    together: Together  # books the payments that are told at the same moment
    limiter: FixedWindowRateLimiter = field(default_factory=lambda: FixedWindowRateLimiter(MemoryStorage()))

    @property
    def providers(self) -> Mapping[str, PaymentProvider]:
        """The payment providers that are set up, by their names."""
        return {name: method.provider for name, method in self.methods.items() if method.provider is not None}

    @property
    def ways(self) -> Mapping[str, Way]:
        """Every way to pay, by its name."""
        return {way.name: way for method in self.methods.values() for way in method.ways}

    def public_address(self, request: Request) -> str:
        """The address of a request as the outside knows it, which providers sign."""
        query = request.url.query
        return f"{self.settings.public_url}{request.url.path}{'?' if query else ''}{query}"

    def today(self, now: datetime) -> date:
        """The local day at a moment."""
        return self.calendar.local_date(now)


async def services_of(request: Request) -> Services:
    """The services of the app that a request came to; the API's have connections of their own."""
    state, of_api = request.app.state, request.url.path.startswith("/v1/")
    services: Services = state.api_services if of_api else state.services
    return services


Here = Annotated[Services, Depends(services_of)]
