"""Signing in at the desk: to the provider of identities and back, as somebody who is registered here; and out."""

from typing import Annotated, Final

import orjson
import structlog
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from connectors.identity.openid import IdentityUnavailable, Journey, NotIdentified
from connectors.links import BadLink
from facts import clock
from facts.desk import audit, sessions
from facts.desk.users import who_comes
from web.desk.door import HOME, ToLook, cookie_name, own_path
from web.desk.pages import plain_page
from web.services import Here, Services
from web.strangers import one_more

router = APIRouter(include_in_schema=False)
log = structlog.get_logger("security")

ABOUT: Final = "desk way"
KEPT_FOR: Final = 600  # seconds, for who looks for their phone
LONGEST: Final = 2000

Given = Annotated[str, Query(max_length=LONGEST)]


@router.get("/desk/sign-in")
async def sign_in(services: Here, back: Given = HOME, anew: Given = "", problem: Given = "") -> Response:
    """The page that leads to the provider; without one it says that the desk is closed."""
    closed = services.desk_identity is None
    return plain_page(
        "desk/sign_in.html.j2",
        status=503 if closed else 200,
        closed=closed,
        back=own_path(back),
        anew=anew == "1",
        problem=problem if problem in ("away", "unknown", "given-up") else "",
    )


@router.get("/desk/sign-in/begin")
async def begin(services: Here, back: Given = HOME, anew: Given = "") -> Response:
    """Off to the provider. What belongs to the way waits, sealed, in a cookie of this browser alone."""
    identity = services.desk_identity
    if identity is None:
        return RedirectResponse("/desk/sign-in", 303)
    journey = identity.begin("desk", anew=anew == "1")
    try:
        address = await identity.address(journey, "nb")
    except IdentityUnavailable as error:
        log.warning("identity_not_asked", reason=str(error))
        return RedirectResponse("/desk/sign-in?problem=away", 303)
    kept = orjson.dumps([journey.state, journey.nonce, journey.verifier, journey.anew, own_path(back)])
    answer = RedirectResponse(address, 303)
    _set(services, answer, _way(services), services.links.seal(kept, ABOUT, "desk"), KEPT_FOR)
    return answer


@router.get("/desk/sign-in/back")
async def back(request: Request, services: Here, state: Given = "", code: Given = "", error: Given = "") -> Response:
    """Somebody is back: signed in, if they are registered here. A session from before in this browser ends."""
    identity = services.desk_identity
    if identity is None:
        return RedirectResponse("/desk/sign-in", 303)
    try:
        journey, wanted = _journey(services, request)
        if error:
            raise NotIdentified("it was given up")
        who = await identity.identity(journey, state, code)
    except (BadLink, NotIdentified) as failed:
        log.warning("desk_sign_in_refused", reason=str(failed))
        return _over(services, "/desk/sign-in?problem=given-up")
    except IdentityUnavailable as failed:
        log.warning("identity_not_asked", reason=str(failed))
        return _over(services, "/desk/sign-in?problem=away")
    before = request.cookies.get(cookie_name(services))
    async with services.database.transaction() as connection:
        now = await clock.now(connection)
        user = await who_comes(connection, identity.issuer, who.subject, who.email)
        if user is not None:
            token = await sessions.begin(connection, user, before)
            await audit.did(connection, user.name, "signed_in", now, detail={"anew": journey.anew})
    if user is None:
        one_more(services, "desk", request)
        log.warning("desk_sign_in_refused", reason="nobody who works here")
        return _over(services, "/desk/sign-in?problem=unknown")
    answer = _over(services, wanted)
    _set(services, answer, cookie_name(services), token, None)
    return answer


@router.post("/desk/sign-out")
async def sign_out(at: ToLook) -> Response:
    """Signed in no more, in this browser."""
    async with at.opened() as (connection, now):
        await sessions.end(connection, at.request.cookies[cookie_name(at.services)])
        await at.did(connection, "signed_out", now)
    answer = RedirectResponse("/desk/sign-in", 303)
    answer.delete_cookie(cookie_name(at.services), path="/", secure=_secure(at.services), httponly=True, samesite="lax")
    return answer


def _over(services: Services, to: str) -> Response:
    """The way is gone once."""
    answer = RedirectResponse(to, 303)
    answer.delete_cookie(_way(services), path="/", secure=_secure(services), httponly=True, samesite="lax")
    return answer


def _journey(services: Services, request: Request) -> tuple[Journey, str]:
    """The way that this browser is on, and where it leads in the end. Raises BadLink."""
    said = services.links.opened(request.cookies.get(_way(services), ""), ABOUT, "desk")
    state, nonce, verifier, anew, wanted = orjson.loads(said)
    return Journey(state, nonce, verifier, anew), wanted


def _way(services: Services) -> str:
    return f"{cookie_name(services)}-way"


def _secure(services: Services) -> bool:
    return cookie_name(services).startswith("__Host-")


def _set(services: Services, answer: Response, name: str, value: str, seconds: int | None) -> None:
    answer.set_cookie(name, value, max_age=seconds, path="/", secure=_secure(services), httponly=True, samesite="lax")
