"""What every answer has in common, whoever wrote it: headers that keep it from caches and guesses, and one form of problem."""

from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.pages import for_anybody, page
from web.problems import MEDIA_TYPE, too_large, unexpected

log = structlog.get_logger()

OF_ALL: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
FOR_PEOPLE: Final = ("/i/", "/a/", "/c/")
OF_HTTPS: Final = {"Strict-Transport-Security": "max-age=63072000"}  # two years


class Answers:
    """ASGI middleware around everything: an answer's own headers go before these."""

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        """Prepare; `public_url` tells whether the outside comes by https."""
        self._app = app
        self._headers = OF_ALL | (OF_HTTPS if public_url.startswith("https://") else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on. A fault of ours, and what the framework says of a body that is too large, become problems."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        replaced = begun = False

        async def with_headers(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        async def one_form(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and message["status"] == 413:
                replaced = MutableHeaders(scope=message).get("content-type") != MEDIA_TYPE
                if replaced:
                    to_people = scope["path"].startswith("/i/")
                    answer = _told_on_a_page(scope, 413) if to_people else too_large().response(scope)
                    await answer(scope, receive, with_headers)
            if message["type"] == "http.response.start" and not replaced and _reads_a_page(scope):
                headers = MutableHeaders(scope=message)
                replaced = headers.get("content-type") == MEDIA_TYPE
                if replaced:
                    answer = _told_on_a_page(scope, message["status"])
                    if again := headers.get("retry-after"):
                        answer.headers["Retry-After"] = again
                    await answer(scope, receive, with_headers)
            if not replaced:
                await with_headers(message)

        try:
            await self._app(scope, receive, one_form)
        except Exception as error:
            log.error("request_failed", exc_info=error)
            if begun:
                raise  # too late for another answer: the connection is closed
            problem = unexpected()
            answer = _told_on_a_page(scope, problem.status) if _reads_a_page(scope) else problem.response(scope)
            await answer(scope, receive, with_headers)


def _reads_a_page(scope: Scope) -> bool:
    """Whether a browser shows the answer to somebody on the pages for debtors and who helps them."""
    return f"{scope['path']}/".startswith(FOR_PEOPLE) and "text/html" in Request(scope).headers.get("accept", "")


def _told_on_a_page(scope: Scope, status: int) -> Response:
    """What went wrong, for people: in words that tell what to do, in their browser's language."""
    texts = for_anybody(Request(scope))
    if status in (404, 405):
        return page("bad_link.html.j2", status=status, texts=texts, told="", old="", creditor=None)
    what = "too_large" if status == 413 else "not_now" if status == 429 or status >= 500 else "not_taken"
    return page("went_wrong.html.j2", status=status, what=what, texts=texts)
