"""The inbox: whose words wait for a person, in an order and by filters that are an address to share."""

from datetime import UTC, datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from domain.countries.calendar import Calendar
from domain.desk.roles import Act
from domain.languages import LANGUAGES
from domain.parties.topics import TOPICS
from views.inbox import PAGE, Filter, Place, Row, Shown, counts, list_threads
from web.desk.door import AtDesk, needs
from web.services import Services

router = APIRouter(include_in_schema=False)

INBOX: Final = "/desk/inbox"
SHOWN: Final[tuple[Shown, ...]] = ("all", "mine", "unassigned", "snoozed", "done")

ToAnswer = Annotated[AtDesk, Depends(needs(Act.ANSWER))]
Given = Annotated[str, Query(max_length=200)]


@router.get(INBOX)
async def inbox(
    at: ToAnswer, shown: Given = "all", language: Given = "", topic: Given = "", after: Given = ""
) -> Response:
    """The threads: those of somebody in danger first, then those that wait longest."""
    wanted = wanted_of(at, shown, language, topic)
    async with at.opened(snapshot=True) as (connection, now):
        rows = await list_threads(connection, at.reach, wanted, calendars(at.services), now, _position(after))
        counted = await counts(connection, at.reach, wanted, now)
    here = f"{INBOX}?{query(wanted)}"
    more = rows[PAGE - 1] if len(rows) > PAGE else None
    return at.page(
        "inbox.html.j2",
        wanted=wanted,
        rows=rows[:PAGE],
        counts=counted,
        shown=[(each, f"{INBOX}?{query(wanted, shown=each)}") for each in SHOWN],
        languages=LANGUAGES,
        topics=TOPICS,
        query=query(wanted),
        next=f"{here}&after={_written(more)}" if more else None,
        begins=not after,
        here_all=here,
        now=now,
    )


def wanted_of(at: AtDesk, shown: str, language: str, topic: str) -> Filter:
    """The filter of an address; a word that is none of ours filters nothing."""
    return Filter(
        at.user.id,
        shown if shown in SHOWN else "all",
        language if language in LANGUAGES else None,
        topic if topic in TOPICS else None,
    )


def query(wanted: Filter, **other: str) -> str:
    """A filter as an address has it, with another word in the place of one."""
    said = {"shown": wanted.shown, "language": wanted.language, "topic": wanted.topic} | other
    return urlencode({key: value for key, value in said.items() if value})


def calendars(services: Services) -> dict[str, Calendar]:
    """The calendar of each country whose law is known."""
    return {country: law.calendar for country, law in services.intake.laws.items()}


def _written(row: Row) -> str:
    return f"{row.since.timestamp():.6f}~{row.reply}{'' if row.urgent else '~calm'}"


def _position(written: str) -> Place | None:
    """Where a page of the list begins; None for the first, and for what is no place in it."""
    since, _, rest = written.partition("~")
    reply, _, calm = rest.partition("~")
    try:
        return Place(datetime.fromtimestamp(float(since), tz=UTC), int(reply), calm == "calm")
    except (ValueError, OverflowError, OSError):
        return None
