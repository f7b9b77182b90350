"""A page for every kind of problem: what it means and what to do, where the problem's `help` leads."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from web.pages import page
from web.problem_kinds import KINDS
from web.problems import not_found

router = APIRouter(include_in_schema=False)


@router.get("/problems")
async def problems() -> HTMLResponse:
    """All kinds."""
    return page("problems.html.j2", kinds=KINDS)


@router.get("/problems/{kind}")
async def problem(kind: str) -> HTMLResponse:
    """One kind."""
    if kind not in KINDS:
        raise not_found(f"problem {kind}")
    return page("problem.html.j2", name=kind, kind=KINDS[kind])
