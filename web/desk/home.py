"""The desk's first page: where to find, what somebody keeps at hand, what they saw last, and lists with their counts."""

from fastapi import APIRouter
from fastapi.responses import Response

from config.files import HOME
from domain.desk.roles import Act
from domain.moment import moment_in
from facts.desk.pins import pinned, recent
from facts.desk.within import have_cases
from views.desk_cases import desk_cases
from views.inbox import Filter, counts, late_threads
from web.desk.door import ToLook
from web.desk.inbox import calendars
from web.desk.incoming import called_now
from web.desk.lists import COUNTED_AT_START, counted
from web.desk.seen_cases import as_seen

router = APIRouter(include_in_schema=False)


@router.get("/desk/")
async def home(at: ToLook) -> Response:
    """Where somebody begins."""
    async with at.opened() as (connection, now):
        kept, last = await pinned(connection, at.user.name), await recent(connection, at.user.name)
        cases = as_seen(at.user, await desk_cases(connection, at.reach, [*kept, *last], now))
        callers = await called_now(at, connection)
        lists = await counted(at, connection, moment_in(HOME, now))
        looks_after = at.user.may(Act.SETTLE)
        is_empty = not last and not await have_cases(connection, at.reach)
        late = await late_threads(connection, at.reach, calendars(at.services), now) if looks_after else []
        answers = at.user.may(Act.ANSWER)
        urgent = (await counts(connection, at.reach, Filter(at.user.id), now))["urgent"] if answers else 0
    case_of = {each.case_id: each for each in cases}
    return at.page(
        "home.html.j2",
        callers=callers,
        urgent=urgent,
        late=late,
        now=now,
        kept=[case_of[case] for case in kept if case in case_of],
        last=[case_of[case] for case in last if case in case_of],
        lists=lists,
        is_empty=is_empty,
        counted_to=COUNTED_AT_START,
    )
