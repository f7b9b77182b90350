"""The desk's first page: where to find, what somebody keeps at hand, what they saw last, and lists with their counts."""

from fastapi import APIRouter
from fastapi.responses import Response

from config.files import HOME
from domain.moment import moment_in
from facts.desk.pins import pinned, recent
from views.desk_cases import desk_cases
from web.desk.door import ToLook
from web.desk.lists import COUNTED_AT_START, counted

router = APIRouter(include_in_schema=False)


@router.get("/desk/")
async def home(at: ToLook) -> Response:
    """Where somebody begins."""
    async with at.opened() as (connection, now):
        kept = await desk_cases(connection, at.reach, await pinned(connection, at.user.name), now)
        last = await desk_cases(connection, at.reach, await recent(connection, at.user.name), now)
        lists = await counted(at, connection, now, moment_in(HOME, now).day)
    return at.page("home.html.j2", kept=kept, last=last, lists=lists, counted_to=COUNTED_AT_START)
