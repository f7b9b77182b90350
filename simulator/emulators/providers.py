"""SendGrid and Twilio in one web application that answers, calls back and fails on request."""

import argparse
import asyncio
import base64
import contextlib
import json
import random
import re
import socket
import uuid
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, TextIO, TypeVar
from urllib.parse import parse_qsl

import httpx
import uvicorn
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from simulator.emulators import sendgrid, twilio

RETRY_CALLBACKS_FOR: Final = 120.0  # seconds of wall time
CALLBACKS_AT_ONCE: Final = 8
SLOWEST_RETRY: Final = 2.0  # seconds

Fault = Literal["401", "429", "500", "502", "503", "lost", "lost-500", "refuse-address"]
T = TypeVar("T")
Signed = Callable[[], tuple[bytes, dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that a provider accepted; `to` is a bare address or number, `body` includes the subject."""

    provider: Literal["sendgrid", "twilio"]
    provider_id: str
    delivery_id: str
    channel: Literal["email", "sms", "direct_message"]
    to: str
    body: str
    at: datetime
    links: list[str]
    attachments: tuple[str, ...] = ()  # their names
    reply_to: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def line(self) -> str:
        """Give it as one line of JSON."""
        return json.dumps({**asdict(self), "at": self.at.isoformat()})


class Faults(BaseModel):
    """What goes wrong, and how often (rates from 0 to 1); `next` forces faults on the next requests in order.

    "lost" accepts the message and cuts the connection, "lost-500" accepts it and answers 500; a lost answer
    drawn by rate is either.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    seed: int = 0
    latency: float = Field(0.0, ge=0)  # seconds before a message is accepted or refused, and again before the answer
    rate_429: float = Field(0.0, ge=0, le=1)
    rate_5xx: float = Field(0.0, ge=0, le=1)
    rate_lost_answer: float = Field(0.0, ge=0, le=1)
    duplicate_callbacks: bool = False
    shuffle_callbacks: bool = False
    next: deque[Fault] = Field(default_factory=deque)
    _random: random.Random = PrivateAttr()
    _draws: Counter[str] = PrivateAttr(default_factory=Counter)

    def model_post_init(self, context: object) -> None:
        """Start the seeded sequence of chances."""
        self._random = random.Random(self.seed)

    def draw(self, receiver: str = "") -> Fault | None:
        """Give the fault of the next request, if any; to the same receiver the same ones, whoever else is written to."""
        if self.next:
            return self.next.popleft()
        if not (self.rate_429 or self.rate_5xx or self.rate_lost_answer):
            return None
        self._draws[receiver] += 1
        chance = random.Random(f"{self.seed}/{receiver}/{self._draws[receiver]}") if receiver else self._random
        chances: list[tuple[float, tuple[Fault, ...]]] = [
            (self.rate_429, ("429",)),
            (self.rate_5xx, ("500", "502", "503")),
            (self.rate_lost_answer, ("lost", "lost-500")),
        ]
        for rate, faults in chances:
            if chance.random() < rate:
                return chance.choice(faults)
        return None

    def disturb(self, callbacks: Sequence[T]) -> list[T]:
        """Give the callbacks as they will be posted: twice or in disorder where that is asked for."""
        disturbed = [*callbacks, *callbacks] if self.duplicate_callbacks else list(callbacks)
        if self.shuffle_callbacks:
            self._random.shuffle(disturbed)
        return disturbed


def _wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class Providers:
    """Both providers' state: what they accepted, whom they call back, and how they misbehave.

    `bad_addresses` maps an address to why it fails: an email bounces with that reason; a number is refused
    at once when the reason is "invalid", else it turns out undelivered (30003). Numbers in `opted_out` are
    refused (21610), emails are dropped. Of what is sent to the `unanswered` nobody ever hears: the connection is cut, and no
    callback follows. `templates` are those of WhatsApp by their content ids, `wrote` when a person last
    wrote to a sender of WhatsApp. `domains` are the authenticated ones, with what was seen of each of their records,
    `numbers` those of the account, with what is told of what comes there, `parsed_hosts` those whose mail is posted.
    `on_sent` is awaited after each acceptance: people react there.
    """

    sendgrid_webhook_url: str | None = None
    twilio_inbound_url: str | None = None
    sendgrid_api_key: str = "SG.simulated"
    twilio_account_sid: str = "AC" + "0" * 32
    twilio_auth_token: str = "simulated"
    twilio_number: str = "+4759440000"
    twilio_whatsapp_number: str = "+4759440001"
    clock: Callable[[], datetime] = _wall_clock
    on_sent: Callable[[Sent], Awaitable[None]] | None = None
    auto_deliver: bool = True
    faults: Faults = field(default_factory=Faults)
    bad_addresses: dict[str, str] = field(default_factory=dict)
    opted_out: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    email_activity: bool = False  # whether the account has bought its additional email activity history
    domains: dict[str, dict[str, bool]] = field(
        default_factory=lambda: {"purr.example": {"mail_cname": True, "dkim1": True, "dkim2": True}}
    )
    numbers: dict[str, str] = field(
        default_factory=lambda: {"+4759440000": "https://purr.example/webhooks/twilio/inbound"}
    )
    parsed_hosts: list[str] = field(default_factory=list)
    log_file: TextIO | None = None
    log: list[Sent] = field(default_factory=list, init=False)
    refused_callbacks: int = field(default=0, init=False)
    abandoned_callbacks: int = field(default=0, init=False)
    messages: dict[str, twilio.Message] = field(default_factory=dict, init=False)
    templates: dict[str, twilio.Template] = field(default_factory=dict)
    wrote: dict[tuple[str, str], datetime] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._webhook_key = sendgrid.WebhookKey()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: list[BaseException] = []
        self._turns = asyncio.Semaphore(CALLBACKS_AT_ONCE)
        self._http = httpx.AsyncClient(timeout=10, trust_env=False)

    @property
    def sendgrid_public_key(self) -> str:
        """The key that verifies event batches: base64 DER, as SendGrid shows it."""
        return self._webhook_key.public_key

    @property
    def pending(self) -> int:
        """How many batches of callbacks, and reactions of people, are still under way."""
        return len(self._tasks)

    async def emit_email_events(self, sent: Sent, *events: sendgrid.EventName, reason: str = "") -> None:
        """Queue one signed batch of events about an accepted email."""
        if self.sendgrid_webhook_url is None:
            return
        bodies = [
            sendgrid.event(
                name,
                email=sent.to,
                message_id=sent.provider_id,
                custom_args={"delivery_id": sent.delivery_id},
                at=self.clock(),
                reason=reason,
                link=next(iter(sent.links), ""),
            )
            for name in events
        ]
        batch = self.faults.disturb(bodies)
        self._start(self._post(self.sendgrid_webhook_url, [lambda: self._webhook_key.signed(batch)]))

    async def emit_sms_status(self, sent: Sent, status: twilio.Status, error_code: int | None = None) -> None:
        """Queue one signed status callback about an accepted text message."""
        self._queue_statuses(self.messages[sent.provider_id], [(status, error_code)])

    async def inbound_sms(self, from_: str, body: str) -> None:
        """Queue the webhook of a person's message to us; STOP and START words change `opted_out`."""
        await self._inbound(from_, self.twilio_number, from_, body)

    async def inbound_whatsapp(self, from_: str, body: str) -> None:
        """The same by WhatsApp: for 24 hours any words may answer it."""
        sender, to = f"whatsapp:{from_}", f"whatsapp:{self.twilio_whatsapp_number}"
        self.wrote[sender, to] = self.clock()
        await self._inbound(sender, to, from_, body)

    async def _inbound(self, sender: str, to: str, from_: str, body: str) -> None:
        form = twilio.inbound_form(self.twilio_account_sid, sender, to, body)
        if form.get("OptOutType") == "STOP":
            self.opted_out.add(from_)
        elif form.get("OptOutType") == "START":
            self.opted_out.discard(from_)
        if self.twilio_inbound_url is not None:
            url = self.twilio_inbound_url
            self._start(self._post(url, [lambda: twilio.signed(self.twilio_auth_token, url, form)]))

    async def drain(self) -> None:
        """Wait until every queued callback is posted, refused or abandoned and people have reacted.

        Raises what `on_sent` raised since the last time.
        """
        while self._tasks:
            await asyncio.wait(self._tasks)
        if self._failed:
            raise self._failed.pop()

    async def aclose(self) -> None:
        """Stop calling back."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()

    def accept(self, sent: Sent) -> None:
        """Record an accepted message; its callbacks and people's reactions follow by themselves."""
        self.log.append(sent)
        if self.log_file is not None:
            self.log_file.write(sent.line() + "\n")
            self.log_file.flush()
        self._start(self._aftermath(sent))

    async def _aftermath(self, sent: Sent) -> None:
        trouble = self.messages[sent.provider_id].trouble if sent.provider == "twilio" else None
        if self.auto_deliver and sent.channel == "email":
            await self._deliver_email(sent)
        elif self.auto_deliver:
            lost = sent.to in self.bad_addresses
            end: tuple[twilio.Status, int | None] = ("undelivered", 30003) if lost else ("delivered", None)
            way: list[tuple[twilio.Status, int | None]] = [("failed", trouble)] if trouble else [("sent", None), end]
            self._queue_statuses(self.messages[sent.provider_id], [("queued", None), *way])
        if self.on_sent is not None and trouble is None:
            await self.on_sent(sent)

    async def _deliver_email(self, sent: Sent) -> None:
        if sent.to in self.opted_out:
            await self.emit_email_events(sent, "dropped", reason="Unsubscribed Address")
        elif sent.to in self.bad_addresses:
            await self.emit_email_events(sent, "processed", "bounce", reason=self.bad_addresses[sent.to])
        else:
            await self.emit_email_events(sent, "processed", "delivered")

    def _queue_statuses(self, message: twilio.Message, statuses: Sequence[tuple[twilio.Status, int | None]]) -> None:
        message.status, message.error_code = statuses[-1]
        message.updated = self.clock()
        url = message.status_callback
        if url:
            forms = self.faults.disturb([twilio.status_form(message, *status) for status in statuses])
            self._start(self._post(url, [_signer(self.twilio_auth_token, url, form) for form in forms]))

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed.append(error)

    async def _post(self, url: str, callbacks: Sequence[Signed]) -> None:
        for signed in callbacks:
            await self._post_one(url, signed)

    async def _post_one(self, url: str, signed: Signed) -> None:
        """Post one callback, signed afresh each time, until the target takes or refuses it.

        A turn is held for the request alone: a target that is down keeps nobody else's callbacks waiting.
        """
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + RETRY_CALLBACKS_FOR, 0.05
        while loop.time() < deadline:
            async with self._turns:
                body, headers = signed()
                try:
                    status = (await self._http.post(url, content=body, headers=headers)).status_code
                except httpx.TransportError:
                    status = 503
            if status < 300:
                return
            if status < 500 and status != 429:
                self.refused_callbacks += 1
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, SLOWEST_RETRY)
        self.abandoned_callbacks += 1


def _signer(auth_token: str, url: str, form: Mapping[str, str]) -> Signed:
    return lambda: twilio.signed(auth_token, url, form)


def create_app(world: Providers) -> Starlette:
    """Give the application: SendGrid's and Twilio's addresses, and `/_control/faults` for another process."""
    account = f"/{twilio.API_VERSION}/Accounts/{{account_sid}}"
    doors = _Doors(world)
    return Starlette(
        routes=[
            Route("/v3/mail/send", doors.send_mail, methods=["POST"]),
            Route("/v3/messages", doors.list_mails, methods=["GET"]),
            Route("/v3/whitelabel/domains", doors.list_domains, methods=["GET"]),
            Route("/v3/user/webhooks/parse/settings", doors.list_parsed, methods=["GET"]),
            Route(f"{account}.json", doors.fetch_account, methods=["GET"]),
            Route(f"{account}/IncomingPhoneNumbers.json", doors.list_numbers, methods=["GET"]),
            Route(f"{account}/Messages.json", doors.create_message, methods=["POST"]),
            Route(f"{account}/Messages.json", doors.list_messages, methods=["GET"]),
            Route(f"{account}/Messages/{{sid}}.json", doors.fetch_message, methods=["GET"]),
            Route("/_control/faults", doors.set_faults, methods=["POST"]),
            Route("/_control/wrote", doors.hear, methods=["POST"]),
        ]
    )


class _Doors:
    """The requests that reach the providers, one method each."""

    def __init__(self, world: Providers) -> None:
        self._world = world

    async def send_mail(self, request: Request) -> Response:
        world = self._world
        raw = await request.body()
        body = _json(raw)
        await asyncio.sleep(world.faults.latency)
        fault = world.faults.draw(_receiver(body))
        if fault == "401" or request.headers.get("Authorization") != f"Bearer {world.sendgrid_api_key}":
            return JSONResponse(sendgrid.error_body(("authorization required", None)), 401)
        if fault == "refuse-address":
            return JSONResponse(
                sendgrid.error_body(("Does not contain a valid address.", "personalizations.0.to.0.email")),
                400,
            )
        if fault == "429":
            reset = str(int(_wall_clock().timestamp()) + 30)
            headers = {"X-RateLimit-Limit": "600", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
            return JSONResponse(sendgrid.error_body(("too many requests", None)), 429, headers)
        if fault in {"500", "502", "503"}:
            return JSONResponse(sendgrid.error_body(("internal server error", None)), int(fault))
        if len(raw) > sendgrid.MAX_BODY_BYTES:
            return JSONResponse(sendgrid.error_body(("content too large", None)), 413)
        if problems := sendgrid.problems(body):
            return JSONResponse(sendgrid.error_body(*problems), 400)
        if _receiver(body) in world.unanswered:
            return _lose_answer(request, "lost", sendgrid.error_body(("internal server error", None)))
        message_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        for mail in sendgrid.receivers(body):
            world.accept(
                Sent(
                    provider="sendgrid",
                    provider_id=message_id,
                    delivery_id=mail.custom_args.get("delivery_id", ""),
                    channel="email",
                    to=mail.to,
                    body=f"{mail.subject}\n\n{mail.text}",
                    at=world.clock(),
                    links=mail.links,
                    attachments=mail.attachments,
                    reply_to=mail.reply_to,
                    headers=mail.headers,
                )
            )
        await asyncio.sleep(world.faults.latency)
        if fault is not None:
            return _lose_answer(request, fault, sendgrid.error_body(("internal server error", None)))
        return Response(status_code=202, headers={"X-Message-Id": message_id})

    async def list_mails(self, request: Request) -> Response:
        world = self._world
        if request.headers.get("Authorization") != f"Bearer {world.sendgrid_api_key}":
            return JSONResponse(sendgrid.error_body(("authorization required", None)), 401)
        if not world.email_activity:
            return JSONResponse(sendgrid.error_body(("access forbidden", None)), 403)
        try:
            return JSONResponse(sendgrid.page(world.log, request.query_params))
        except ValueError as error:
            return JSONResponse(sendgrid.error_body((str(error), "query")), 400)

    async def list_domains(self, request: Request) -> Response:
        """The domains that are authenticated, those of a name where one is asked for."""
        world, wanted = self._world, request.query_params.get("domain")
        if request.headers.get("Authorization") != f"Bearer {world.sendgrid_api_key}":
            return JSONResponse(sendgrid.error_body(("authorization required", None)), 401)
        listed = [sendgrid.domain(name, valid) for name, valid in world.domains.items() if wanted in (None, name)]
        return JSONResponse(listed)

    async def list_parsed(self, request: Request) -> Response:
        """The hosts whose mail is posted to us."""
        world = self._world
        if request.headers.get("Authorization") != f"Bearer {world.sendgrid_api_key}":
            return JSONResponse(sendgrid.error_body(("authorization required", None)), 401)
        return JSONResponse({"result": [{"hostname": host, "send_raw": True} for host in world.parsed_hosts]})

    async def fetch_account(self, request: Request) -> Response:
        """The account itself."""
        if problem := self._stranger(request, None):
            return JSONResponse(problem.body(), problem.status)
        return JSONResponse({"sid": self._world.twilio_account_sid, "status": "active", "type": "Full"})

    async def list_numbers(self, request: Request) -> Response:
        """The numbers of the account, those that are like the one that is asked for."""
        if problem := self._stranger(request, None):
            return JSONResponse(problem.body(), problem.status)
        wanted = request.query_params.get("PhoneNumber", "")
        owned = [twilio.own_number(number, url) for number, url in self._world.numbers.items() if wanted in number]
        return JSONResponse({"incoming_phone_numbers": owned})

    async def create_message(self, request: Request) -> Response:
        world = self._world
        raw = await request.body()
        await asyncio.sleep(world.faults.latency)
        form = dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
        fault = world.faults.draw(form.get("To", ""))
        if problem := self._stranger(request, fault) or self._refusal(fault, form):
            later = {"Retry-After": "1"} if problem.status == 429 else None
            return JSONResponse(problem.body(), problem.status, later)
        now = world.clock()
        message = twilio.Message(
            sid=twilio.new_sid(),
            account_sid=world.twilio_account_sid,
            to=form["To"],
            sender=form["From"],
            body=self._words(form),
            status_callback=form.get("StatusCallback", ""),
            created=_wall_clock(),  # as the sender asks for it, whatever time it is for the case
            updated=now,
            trouble=twilio.trouble(form, world.templates, world.wrote.get((form["To"], form["From"])), now),
        )
        accepted = message.resource()
        world.messages[message.sid] = message
        world.accept(
            Sent(
                provider="twilio",
                provider_id=message.sid,
                delivery_id=message.delivery_id,
                channel=message.channel,
                to=twilio.number(message.to),
                body=message.body,
                at=now,
                links=re.findall(r"https?://\S+", message.body),
            )
        )
        await asyncio.sleep(world.faults.latency)
        if fault is not None:
            return _lose_answer(request, fault, twilio.Problem(500, 20500, "Internal Server Error").body())
        return JSONResponse(accepted, 201)

    def _words(self, form: Mapping[str, str]) -> str:
        template = self._world.templates.get(form.get("ContentSid", ""))
        return template.filled(twilio.variables(form) or {}) if template else form["Body"]

    async def hear(self, request: Request) -> Response:
        """Somebody writes to a sender from another process; what follows is that one's to tell."""
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        self._world.wrote[form["From"], form["To"]] = self._world.clock()
        return Response(status_code=204)

    async def list_messages(self, request: Request) -> Response:
        if problem := self._stranger(request, None):
            return JSONResponse(problem.body(), problem.status)
        try:
            messages = list(self._world.messages.values())
            return JSONResponse(twilio.page(messages, self._world.twilio_account_sid, request.query_params))
        except ValueError as error:
            return JSONResponse(twilio.Problem(400, 20001, str(error)).body(), 400)

    async def fetch_message(self, request: Request) -> Response:
        if problem := self._stranger(request, None):
            return JSONResponse(problem.body(), problem.status)
        message = self._world.messages.get(request.path_params["sid"])
        if message is None:
            return JSONResponse(twilio.Problem(404, 20404, "The requested resource was not found").body(), 404)
        return JSONResponse(message.resource())

    def _stranger(self, request: Request, fault: Fault | None) -> twilio.Problem | None:
        world = self._world
        key = base64.b64encode(f"{world.twilio_account_sid}:{world.twilio_auth_token}".encode()).decode()
        if fault == "401" or request.headers.get("Authorization") != f"Basic {key}":
            return twilio.Problem(401, 20003, "Authenticate")
        if request.path_params["account_sid"] != world.twilio_account_sid:
            return twilio.Problem(404, 20404, "The requested resource was not found")
        return None

    def _refusal(self, fault: Fault | None, form: Mapping[str, str]) -> twilio.Problem | None:
        to = twilio.number(form.get("To", ""))
        if fault == "429":
            return twilio.Problem(429, 20429, "Too Many Requests")
        if fault in {"500", "502", "503"}:
            return twilio.Problem(int(fault), 20500, "Internal Server Error")
        if problem := twilio.problem(form, self._world.templates):
            return problem
        if fault == "refuse-address" or self._world.bad_addresses.get(to) == "invalid":
            return twilio.invalid_to(to)
        if to in self._world.opted_out:
            return twilio.Problem(400, 21610, "Attempt to send to unsubscribed recipient")
        return None

    async def set_faults(self, request: Request) -> Response:
        try:
            self._world.faults = Faults.model_validate_json(await request.body())
        except ValidationError as error:
            return PlainTextResponse(str(error), 400)
        return Response(status_code=204)


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _receiver(body: Any) -> str:
    """Whom a mail is for first; empty where it does not say."""
    try:
        return str(body["personalizations"][0]["to"][0]["email"])
    except (KeyError, IndexError, TypeError):
        return ""


def _lose_answer(request: Request, fault: Fault, body: dict[str, Any]) -> Response:
    """Cut the connection, or answer 500, though the message was accepted."""
    if fault == "lost":
        _CuttableProtocol.cut(request.scope["client"])
    return JSONResponse(body, 500)


class _CuttableProtocol(H11Protocol):
    """uvicorn's HTTP protocol, whose connections can be cut from within the application."""

    _open: ClassVar[dict[tuple[str, int], asyncio.Transport]] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._peer = tuple(transport.get_extra_info("peername")[:2])
        self._open[self._peer] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._open.pop(self._peer, None)

    @classmethod
    def cut(cls, peer: Sequence[Any]) -> None:
        cls._open[tuple(peer)].abort()


class _EmbeddedServer(uvicorn.Server):
    """A server that leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, port: int = 0) -> AsyncIterator[str]:
    """Serve `app` on 127.0.0.1 within this event loop and give its address; port 0 takes a free one."""
    with listening_on(port) as listener:
        async with answering(app, listener) as address:
            yield address


@contextlib.asynccontextmanager
async def answering(app: ASGIApp, listener: socket.socket) -> AsyncIterator[str]:
    """The same on a port that is listened on already: whoever must name it before the app is made cannot lose it."""
    async with served(_server_config(app), listener):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextlib.asynccontextmanager
async def served(config: uvicorn.Config, listener: socket.socket) -> AsyncIterator[None]:
    """Take requests within this event loop as the block begins, and end them when it ends."""
    server = _EmbeddedServer(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await task


def listening_on(port: int) -> socket.socket:
    """Listen on 127.0.0.1; asyncio switches Nagle's delay (40 ms an answer) off only for a named protocol."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    listener.listen(512)
    return listener


def _server_config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_CuttableProtocol,
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )


def main() -> None:
    """Run the providers alone; the first line printed is JSON with the address and the keys."""
    parser = argparse.ArgumentParser(prog="python -m simulator.emulators.providers", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, help="file to which each accepted message is appended as JSON")
    parser.add_argument("--sendgrid-webhook", help="where email events are posted")
    asyncio.run(_run(parser.parse_args()))


async def _run(arguments: argparse.Namespace) -> None:
    with contextlib.ExitStack() as files:
        log_file = files.enter_context(arguments.log.open("a", encoding="utf-8")) if arguments.log else None
        world = Providers(
            sendgrid_webhook_url=arguments.sendgrid_webhook,
            log_file=log_file,
        )
        listener = listening_on(arguments.port)
        greeting = {
            "url": f"http://127.0.0.1:{listener.getsockname()[1]}",
            "sendgrid_public_key": world.sendgrid_public_key,
            "sendgrid_api_key": world.sendgrid_api_key,
            "twilio_account_sid": world.twilio_account_sid,
            "twilio_auth_token": world.twilio_auth_token,
        }
        print(json.dumps(greeting), flush=True)
        await uvicorn.Server(_server_config(create_app(world))).serve(sockets=[listener])
        await world.aclose()


if __name__ == "__main__":
    main()
