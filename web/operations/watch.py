"""What the web app does is seen: one log event and one count for each request, by route, never by address."""

import time
from collections.abc import MutableMapping
from typing import Any

import structlog
from prometheus_client import Counter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from facts.cases.load import workflow_id

log = structlog.get_logger()

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Watch:
    """ASGI middleware around everything. An address may hold a token or a number: only the route is told."""

    def __init__(self, app: ASGIApp, requests: Counter) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and tell what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            method = scope["method"] if scope["method"] in METHODS else "other"
            route, milliseconds = _route(scope), round((time.perf_counter() - started) * 1000, 1)
            self._requests.labels(method, route, status).inc()
            if status < 400 and (case := _case(scope)):
                structlog.contextvars.bind_contextvars(case=case)
            log.info("request_handled", method=method, route=route, status=status, milliseconds=milliseconds)
            structlog.contextvars.unbind_contextvars("case")


def _route(scope: MutableMapping[str, Any]) -> str:
    return getattr(scope.get("route"), "path", "none")


def _case(scope: MutableMapping[str, Any]) -> str | None:
    """The case that a creditor's request was about, by the name that its workflow and messages have in the logs."""
    creditor, number = scope["state"].get("creditor"), scope.get("path_params", {}).get("number")
    of_an_invoice = _route(scope).startswith("/v1/invoices/")
    return workflow_id(creditor, number) if of_an_invoice and creditor and number else None
