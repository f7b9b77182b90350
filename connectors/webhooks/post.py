"""Webhooks to a creditor's system: signed as Standard Webhooks, posted once, and only to addresses in the open internet."""

import asyncio
import base64
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Final
from uuid import UUID

import httpcore
import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from standardwebhooks import Webhook

TIMEOUT: Final = 15.0  # seconds for a whole attempt, the look-up of the name included
CONNECT_TIMEOUT: Final = 5.0  # seconds for each of a name's addresses
LOOK_UP_TIMEOUT: Final = 3.0  # seconds a caller waits for a name when an endpoint is registered
LONGEST_URL: Final = 2000
LONGEST_PAUSE_ASKED: Final = timedelta(hours=24)
MOST_OF_AN_ANSWER: Final = 64 * 1024  # bytes read so that the connection serves again; the body itself is not used
CONNECTIONS: Final = 128
# In IPv6 only this part is given out to the open internet; what embeds an IPv4 address (mapped, NAT64) lies outside.
OPEN_IPV6: Final = ipaddress.ip_network("2000::/3")
# Special-purpose networks (IANA's registries) that some versions of Python call global, and tunnels to anywhere.
SPECIAL: Final = tuple(
    ipaddress.ip_network(network)
    for network in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")
)


class AddressRefused(Exception):
    """Nothing is posted to this address: the message says why, without telling what the name resolved to."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one post. Of the answer only the status is kept: its body may hold anything."""

    status: int | None  # None: no answer came
    error: str | None  # None: it is delivered
    seconds: float
    retry_after: timedelta | None = None  # how long the endpoint asks to be left alone


class WebhookSecrets:
    """The secrets of endpoints, derived from master keys: the first is current, all of them sign while one is replaced.

    Nothing is stored, so whoever reads the database can forge nothing.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [key.encode() for key in keys]

    def shown(self, endpoint: UUID, version: int) -> str:
        """The secret (`whsec_…`) that the creditor's system verifies with. Raises LookupError without a master key."""
        return f"whsec_{base64.b64encode(_derived(self._keys[0], endpoint, version)).decode()}"

    def headers(
        self, endpoint: UUID, versions: Iterable[int], message: str, body: bytes, at: datetime
    ) -> dict[str, str]:
        """The Standard Webhooks headers of a message: one signature for each version under each master key.

        `at` is wall time: receivers refuse what is more than five minutes from theirs.
        """
        signatures = [
            Webhook(_derived(key, endpoint, version)).sign(message, at, body.decode())
            for version in versions
            for key in self._keys
        ]
        return {
            "webhook-id": message,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }


class WebhookPost:
    """Posts webhooks over kept connections, without following redirects, using proxies or believing a name twice.

    As many names are looked up at once as there are connections: one that hangs keeps its thread, and nobody else's.
    """

    def __init__(self, *, allow_private: bool = False) -> None:
        """Prepare; `allow_private` lets plain http and private addresses pass, for a world on one machine."""
        self._allow_private = allow_private
        self._look_ups = ThreadPoolExecutor(CONNECTIONS, "look-up of a name")
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=CONNECTIONS,
            keepalive_expiry=30,
            network_backend=_OpenInternet(allow_private, self._look_ups),
        )

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Attempt:
        """Post once; gives what came of it. Only a 2xx answer means delivered."""
        return (await self.ask(url, headers, body))[0]

    async def ask(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[Attempt, bytes]:
        """Post once; gives what came of it, and what was answered where that is short enough to be read, else nothing."""
        started, status, asked, answered = time.monotonic(), None, None, b""
        try:
            endpoint = readable_url(url, allow_private=self._allow_private)
            own = {"content-type": "application/json", "user-agent": "Purr-Webhooks/1"}
            async with (
                asyncio.timeout(TIMEOUT),
                self._pool.stream("POST", endpoint, headers=list({**own, **headers}.items()), content=body) as answer,
            ):
                status, asked = answer.status, _retry_after(answer)
                if _length(answer) <= MOST_OF_AN_ANSWER:
                    answered = await answer.aread()
        except (AddressRefused, TimeoutError, httpcore.TimeoutException, httpcore.NetworkError) as error:
            problem = _in_words(error) if status is None else _of_status(status)
        except httpcore.ProtocolError:
            problem = "what answered does not speak HTTP" if status is None else _of_status(status)
        else:
            problem = _of_status(status)
        return Attempt(status, problem, round(time.monotonic() - started, 3), asked), answered

    async def aclose(self) -> None:
        """Close the connections."""
        self._look_ups.shutdown(wait=False)
        await self._pool.aclose()


async def checked_url(url: str, *, allow_private: bool = False) -> str:
    """The address of an endpoint as it is kept: well formed, and leading to the open internet at this moment.

    Raises AddressRefused. Each post looks the name up again and refuses by the same rules.
    """
    endpoint = httpx.URL(readable_url(url, allow_private=allow_private))
    try:
        async with asyncio.timeout(LOOK_UP_TIMEOUT):
            await _addresses(endpoint.raw_host.decode(), endpoint.port or 443, allow_private)
    except TimeoutError:
        raise AddressRefused(f"the name {endpoint.host} does not resolve in time: try again") from None
    return str(endpoint)


def readable_url(url: str, *, allow_private: bool = False) -> str:
    """An endpoint's address in its one spelling, by its form alone. Raises AddressRefused.

    Allowed are https, without user name or password, and port 443 or one from 1024: the lower ones belong to services
    that a post could be an instruction for.
    """
    try:
        endpoint = httpx.URL(url)
        host = endpoint.host  # raises UnicodeError, a ValueError, for a name that is none (IDNA)
    except (httpx.InvalidURL, ValueError):
        raise AddressRefused("this is no web address: write https://…") from None
    schemes = ("https", "http") if allow_private else ("https",)
    if endpoint.scheme not in schemes or not host:
        raise AddressRefused("write an address that begins with https:// and a name")
    if endpoint.userinfo:
        raise AddressRefused("an address may hold no user name or password: webhooks are signed instead")
    if endpoint.fragment:
        raise AddressRefused("an address may hold no # part: it is never sent")
    if len(str(endpoint)) > LONGEST_URL:
        raise AddressRefused(f"an address is at most {LONGEST_URL} characters long")
    lowest = 1 if allow_private else 1024
    if endpoint.port not in (None, 443) and not lowest <= endpoint.port <= 65535:
        raise AddressRefused(f"port {endpoint.port} is not for webhooks: use 443 or one from 1024")
    return str(endpoint)


def is_open(address: str) -> bool:
    """Whether an IP address lies in the open internet: not private, local, shared, reserved, multicast or a tunnel."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if not ip.is_global or ip.is_multicast or any(ip in network for network in SPECIAL):
        return False
    return ip.version == 4 or ip in OPEN_IPV6


class _OpenInternet(httpcore.AsyncNetworkBackend):
    """Connects to the very addresses that were checked: a name is looked up once for a connection, and not by others.

    TLS and the Host header still go by the name, so an attacker's name server can neither rebind nor impersonate.
    """

    def __init__(self, allow_private: bool, look_ups: Executor) -> None:
        self._tcp = httpcore.AnyIOBackend()
        self._allow_private = allow_private
        self._look_ups = look_ups

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address of the name that takes one. Raises AddressRefused."""
        failure: Exception | None = None
        for address in await _addresses(host, port, self._allow_private, self._look_ups):
            try:
                return await self._tcp.connect_tcp(address, port, CONNECT_TIMEOUT, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("the name has no address")


async def _addresses(host: str, port: int, allow_private: bool, look_ups: Executor | None = None) -> list[str]:
    """The addresses of a name. One that is not open refuses the whole name: it has no business there."""
    try:
        look_up = partial(socket.getaddrinfo, host.strip("[]"), port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(look_ups, look_up)
    except (OSError, UnicodeError):
        raise AddressRefused(f"the name {host} does not resolve") from None
    addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
    if not allow_private and not all(map(is_open, addresses)):
        raise AddressRefused(f"{host} leads to an address that is not in the open internet")
    return addresses


def _derived(key: bytes, endpoint: UUID, version: int) -> bytes:
    info = f"purr webhook endpoint {endpoint} version {version}".encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(key)


def _of_status(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"answered {status}: redirects are not followed"
    return f"answered {status}"


def _in_words(error: Exception) -> str:
    if isinstance(error, AddressRefused):
        return str(error)
    if isinstance(error, TimeoutError | httpcore.TimeoutException):
        return "no answer in time"
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in error.args):
        return "the certificate could not be verified"
    if isinstance(error, httpcore.ConnectError):
        return "no connection could be made"
    return "the connection broke before an answer came"


def _retry_after(answer: httpcore.Response) -> timedelta | None:
    """What a 429 or 503 asks for, in seconds or as a date; at most `LONGEST_PAUSE_ASKED`."""
    if answer.status not in (429, 503):
        return None
    asked = _header(answer, b"retry-after")
    if asked.isdecimal():
        pause = timedelta(seconds=min(int(asked[:9]), LONGEST_PAUSE_ASKED.total_seconds()))
    else:
        try:
            pause = parsedate_to_datetime(asked).astimezone(UTC) - datetime.now(UTC)
        except (ValueError, OverflowError):  # a date in no readable form
            return None
    return min(max(pause, timedelta()), LONGEST_PAUSE_ASKED)


def _length(answer: httpcore.Response) -> float:
    """How long the answer's body says it is, in bytes; infinite where it does not say."""
    length = _header(answer, b"content-length")
    return int(length[:20]) if length.isdecimal() else float("inf")


def _header(answer: httpcore.Response, name: bytes) -> str:
    return next((value.decode("latin-1").strip() for key, value in answer.headers if key.lower() == name), "")
