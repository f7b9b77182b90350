"""What every door of the web app works with, built once and handed to each request."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Request

from activities.planning import Planning
from channels.links import Links
from config.settings import Settings
from domain.calendar import Calendar
from facts.database import Database
from facts.intake import Intake


@dataclass(frozen=True, slots=True)
class Services:
    """The parts that doors use; `calendar` is the home country's, by whose days money is booked."""

    settings: Settings
    database: Database
    intake: Intake
    planning: Planning
    links: Links
    calendar: Calendar

    def today(self, now: datetime) -> date:
        """The local day at a moment."""
        return self.calendar.local_date(now)


async def services_of(request: Request) -> Services:
    """The services of the app that a request came to."""
    services: Services = request.app.state.services
    return services


Here = Annotated[Services, Depends(services_of)]
