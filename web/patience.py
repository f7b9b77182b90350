"""How long a connection is waited for: whoever sends slowly, or nothing, is hung up on."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class Patient(H11Protocol):
    """uvicorn's HTTP protocol with an end to its waiting; between requests its own `timeout_keep_alive` counts."""

    headers_within = 10.0  # seconds, from the connection or a request's first byte
    body_within = 60.0

    _waited_for: Any = None
    _end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came, and wait for what is still missing."""
        super().data_received(data)
        self._wait()

    def on_response_complete(self) -> None:
        """Go on with what came meanwhile: a next request may be half there."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._stop()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """End what would last: an answer that goes on says how it is ended."""
        super().shutdown()
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.scope["state"].get("ends_at_shutdown", int)()

    def _wait(self) -> None:
        state = self.conn.their_state
        if state is self._waited_for:
            return
        self._stop()
        self._waited_for = state
        within = {h11.IDLE: self.headers_within, h11.SEND_BODY: self.body_within}.get(state)
        if within is not None:
            self._end = self.loop.call_later(within, self.transport.close)

    def _stop(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None
