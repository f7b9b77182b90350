"""The desk's first page: where to find, and what waits."""

from fastapi import APIRouter
from fastapi.responses import Response

from web.desk.door import ToLook

router = APIRouter(include_in_schema=False)


@router.get("/desk/")
async def home(at: ToLook) -> Response:
    """Where somebody begins."""
    return at.page("home.html.j2")
