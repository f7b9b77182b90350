"""A change asked for over the API: done once in one transaction, however often it is sent with the same key."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any
from uuid import uuid4

import orjson
from fastapi import Depends, Header, Request
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.ids import CreditorIds
from facts import clock, received
from facts.parties.creditors import hashed
from facts.received import KEPT_FOR, Answered
from web.api.ids import ids_of, written
from web.problems import Problem
from web.security import CallerAsking, CreditorAsking, bearer
from web.services import Here, Services

LOCKED = ("55P03", "40P01")  # a lock was not to be had in time, or two waited for each other
PAUSES = (0.2, 0.5, 1.0, 2.0)  # seconds
ONLY_BEGUN = 202
REPLAYED = "Idempotent-Replayed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a change came to."""

    status: int
    body: BaseModel

    def response(self, ids: CreditorIds) -> Response:
        """As it is sent, where nothing of it is kept."""
        return json_response(written(self.body, ids), self.status)


Work = Callable[[AsyncConnection, datetime], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request that changes something. Without a key it is simply done."""

    services: Services
    creditor: str
    api_key: str  # its hash
    key: str | None
    request_hash: str
    ids: CreditorIds
    agency: str | None = None

    @property
    def command_id(self) -> str:
        """What a command in this request is known by: the same key is the same command."""
        return f"api#{self.creditor}#{self.key or uuid4()}"

    async def once(self, work: Work) -> Response:
        """Do the work and answer. The same key and request get the same answer; refusals are judged afresh.

        What another one holds locked is asked for again after a pause, in which no connection is held. Raises Problem
        422 when the key came before with another request, and OperationalError when the lock does not come.
        """
        for pause in PAUSES:
            try:
                return await self._once(work)
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) not in LOCKED:
                    raise
            await asyncio.sleep(pause)
        return await self._once(work)

    async def harmless_twice(self, work: Callable[[], Awaitable[Answer]]) -> Response:
        """The same for work that has transactions of its own, and that nobody is harmed by when it is done again."""
        if self.key:
            async with self.services.database.transaction() as connection:
                before = await received.answered(connection, self.creditor, self.key)
            if before is not None:
                return self._again(before)
        answer = await work()
        if answer.status == ONLY_BEGUN:  # the same request goes on, so its key has no answer yet
            return answer.response(self.ids)

        async def done(_connection: AsyncConnection, _now: datetime) -> Answer:
            return answer

        return await self.once(done)

    async def _once(self, work: Work) -> Response:
        async with self.services.database.transaction() as connection:
            before = await received.answered(connection, self.creditor, self.key) if self.key else None
            replayed = before is not None
            if before is None:
                now = await clock.now(connection, self.creditor)
                answer = await work(connection, now)
                before = Answered(self.request_hash, answer.status, written(answer.body, self.ids))
                if self.key:
                    await received.keep(connection, self.creditor, self.key, before, now)
        return self._again(before) if replayed else json_response(before.answer, before.status)

    def _again(self, before: Answered) -> Response:
        """The answer that this key got before. Raises Problem where it came with another request."""
        if before.request_hash != self.request_hash:
            detail = "this Idempotency-Key came before with another request: use a new key for a new request"
            raise Problem(422, "idempotency-key-reused", detail)
        return json_response(before.answer, before.status, replayed=True)


Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[!-~]+$",
        description=f"A text of your own, new for each request. For {KEPT_FOR.days} days the same key with the same "
        f"request gives the same answer, with `{REPLAYED}: true`, and nothing is done again.",
        examples=["5d1f0c6e-6f5e-4a5c-9a53-0f6b7c1d2e3f"],
    ),
]


async def agency_call(
    request: Request,
    services: Here,
    caller: CallerAsking,
    api_key: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
    key: Key = None,
) -> Call:
    """The call that a request makes, of a creditor or of an agency that calls for it."""
    digest = sha256(f"{request.method} {request.url.path}\n".encode(errors="surrogateescape"))
    digest.update(await request.body())
    known_by = hashed(api_key.credentials)
    return Call(services, caller.creditor, known_by, key, digest.hexdigest(), ids_of(request), caller.agency)


async def call(_: CreditorAsking, given: Annotated[Call, Depends(agency_call)]) -> Call:
    """The same, of a creditor alone."""
    return given


Asked = Annotated[Call, Depends(call)]
AskedByAgency = Annotated[Call, Depends(agency_call)]


def json_response(body: Any, status: int = 200, *, replayed: bool = False) -> Response:
    """An answer in JSON; one that was given before says so."""
    headers = {REPLAYED: "true"} if replayed else None
    return Response(orjson.dumps(body), status, headers, media_type="application/json")
