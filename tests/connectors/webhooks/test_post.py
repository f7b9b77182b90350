"""Webhooks are signed as the standard says, posted once, and never to where only we can reach."""

import asyncio
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.webhooks.post import (
    CONNECTIONS,
    AddressRefused,
    WebhookPost,
    WebhookSecrets,
    checked_url,
    is_open,
    readable_url,
)
from simulator.emulators.providers import serving

ENDPOINT = UUID("6a2f41a3-c54c-4ce8-b2d2-0324e1c32e22")
OTHER = UUID("6a2f41a3-c54c-4ce8-b2d2-0324e1c32e23")
OLD_KEY, NEW_KEY = "an-old-master-key-of-32-characters", "a-new-master-key-of-32-characters-"
BODY = json.dumps({"type": "case.closed", "data": {"invoice": "2026/æ"}}).encode()
OPEN_ADDRESS, OTHER_OPEN_ADDRESS = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
CLOSED_ADDRESSES = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.127.255.255", "0.0.0.0", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "192.88.99.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1",
    "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip


@dataclass
class System:
    """A creditor's system: what it got, and what it answers."""

    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    patience: float = 0

    async def take(self, request: Request) -> Response:
        self.got.append((dict(request.headers), await request.body()))
        await asyncio.sleep(self.patience)
        return self.answers.pop(0) if self.answers else Response(status_code=204)

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{rest:path}", self.take, methods=["GET", "POST"])])


@pytest.fixture
def system() -> System:
    return System()


@pytest_asyncio.fixture
async def url(system: System) -> AsyncIterator[str]:
    async with serving(system.app) as base:
        yield f"{base}/hooks"


@pytest_asyncio.fixture
async def local() -> AsyncIterator[WebhookPost]:
    """Posts in a world on one machine."""
    post = WebhookPost(allow_private=True)
    yield post
    await post.aclose()


@pytest_asyncio.fixture
async def careful() -> AsyncIterator[WebhookPost]:
    """Posts as in production."""
    post = WebhookPost()
    yield post
    await post.aclose()


Names = dict[str, list[list[str]]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """The name server: what each look-up of a name gives in turn, and no more look-ups than that."""
    given: Names = {}
    really: Callable[..., Any] = socket.getaddrinfo

    def look_up(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if host not in given:
            return really(host, port, *args, **kwargs)
        addresses = given[host].pop(0)
        return [
            (socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return given


def signed(secrets: WebhookSecrets, versions: list[int], at: datetime | None = None) -> dict[str, str]:
    return secrets.headers(ENDPOINT, versions, "msg_1", BODY, at or datetime.now(UTC))


# --- signing ---------------------------------------------------------------------------------------------------


def test_a_receiver_verifies_with_the_secret_it_was_shown() -> None:
    secrets = WebhookSecrets([NEW_KEY])
    headers = signed(secrets, [1])
    assert Webhook(secrets.shown(ENDPOINT, 1)).verify(BODY, headers) == json.loads(BODY)
    assert headers["webhook-id"] == "msg_1"


def test_while_a_secret_rotates_the_new_and_the_one_before_verify() -> None:
    secrets = WebhookSecrets([NEW_KEY])
    headers = signed(secrets, [3, 2])
    for version in (3, 2):
        Webhook(secrets.shown(ENDPOINT, version)).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secrets.shown(ENDPOINT, 1)).verify(BODY, headers)


def test_while_the_master_key_rotates_secrets_of_both_verify() -> None:
    headers = signed(WebhookSecrets([NEW_KEY, OLD_KEY]), [2, 1])
    assert len(headers["webhook-signature"].split(" ")) == 4
    for key in (NEW_KEY, OLD_KEY):
        Webhook(WebhookSecrets([key]).shown(ENDPOINT, 1)).verify(BODY, headers)
    assert WebhookSecrets([NEW_KEY, OLD_KEY]).shown(ENDPOINT, 1) == WebhookSecrets([NEW_KEY]).shown(ENDPOINT, 1)


def test_every_endpoint_and_version_has_a_secret_of_its_own() -> None:
    shown = {WebhookSecrets([key]).shown(e, v) for key in (OLD_KEY, NEW_KEY) for e in (ENDPOINT, OTHER) for v in (1, 2)}
    assert len(shown) == 8
    assert all(secret.startswith("whsec_") for secret in shown)


def test_a_changed_body_or_an_old_timestamp_does_not_verify() -> None:
    secrets = WebhookSecrets([NEW_KEY])
    receiver = Webhook(secrets.shown(ENDPOINT, 1))
    with pytest.raises(WebhookVerificationError):
        receiver.verify(BODY.replace(b"closed", b"opened"), signed(secrets, [1]))
    with pytest.raises(WebhookVerificationError):
        receiver.verify(BODY, signed(secrets, [1], datetime.now(UTC) - timedelta(minutes=6)))


# --- posting ---------------------------------------------------------------------------------------------------


async def test_a_2xx_answer_means_delivered(local: WebhookPost, url: str, system: System) -> None:
    attempt = await local.post(url, {"webhook-id": "msg_1"}, BODY)
    assert (attempt.status, attempt.error) == (204, None)
    ((headers, body),) = system.got
    assert body == BODY
    assert (headers["webhook-id"], headers["content-type"]) == ("msg_1", "application/json")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_failure_and_never_followed(
    local: WebhookPost, url: str, system: System, status: int
) -> None:
    system.answers = [Response(status_code=status, headers={"location": f"{url}/elsewhere"})]
    attempt = await local.post(url, {}, BODY)
    assert (attempt.status, attempt.error) == (status, f"answered {status}: redirects are not followed")
    assert len(system.got) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
async def test_any_other_answer_is_a_failure_whose_body_nobody_keeps(
    local: WebhookPost, url: str, system: System, status: int
) -> None:
    system.answers = [Response("Kari Nordmann is unknown", status)]
    attempt = await local.post(url, {}, BODY)
    assert (attempt.status, attempt.error, attempt.retry_after) == (status, f"answered {status}", None)


@pytest.mark.parametrize(
    ("asked", "waits"),
    [("120", 120), ("0", 0), ("99999999", 86400), ("soon", None), ("-5", None), ("in 1 day", None)],
)
async def test_retry_after_is_heard_within_bounds(
    local: WebhookPost, url: str, system: System, asked: str, waits: int | None
) -> None:
    system.answers = [Response(status_code=503, headers={"retry-after": asked})]
    attempt = await local.post(url, {}, BODY)
    assert attempt.retry_after == (None if waits is None else timedelta(seconds=waits))


async def test_retry_after_may_be_a_date(local: WebhookPost, url: str, system: System) -> None:
    for ahead, least, most in (
        (timedelta(hours=1), 3500, 3600),
        (timedelta(days=9), 86400, 86400),
        (-timedelta(1), 0, 0),
    ):
        when = format_datetime(datetime.now(UTC) + ahead, usegmt=True)
        system.answers = [Response(status_code=429, headers={"retry-after": when})]
        asked = (await local.post(url, {}, BODY)).retry_after
        assert asked is not None
        assert least <= asked.total_seconds() <= most


async def test_connections_are_used_again(local: WebhookPost) -> None:
    connected: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        connected.append(scope["client"])
        await Response("thanks")(scope, receive, send)

    async with serving(app) as url:
        for _ in range(3):
            assert (await local.post(url, {}, BODY)).error is None
        await local.aclose()
    assert len(connected) == 3
    assert len(set(connected)) == 1


async def test_an_endless_answer_holds_nobody_up(local: WebhookPost) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(300):
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
            await asyncio.sleep(0.01)

    async with serving(app) as url:
        attempt = await local.post(url, {}, BODY)
    assert attempt.error is None
    assert attempt.seconds < 2


async def test_no_answer_in_time_is_a_failure(
    local: WebhookPost, url: str, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.webhooks.post.TIMEOUT", 0.2)
    system.patience = 2
    attempt = await local.post(url, {}, BODY)
    assert (attempt.status, attempt.error) == (None, "no answer in time")
    assert attempt.seconds < 1


async def test_what_is_not_there_or_speaks_no_http_is_a_failure(local: WebhookPost) -> None:
    async def other_words(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(BODY)
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(other_words, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        attempt = await local.post(f"http://127.0.0.1:{port}/", {}, BODY)
    assert attempt.error == "what answered does not speak HTTP"
    assert (await local.post(f"http://127.0.0.1:{port}/", {}, BODY)).error == "no connection could be made"


async def test_proxies_of_the_environment_are_not_used(
    careful: WebhookPost, local: WebhookPost, url: str, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await local.post(url, {}, BODY)).error is None


# --- where ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", CLOSED_ADDRESSES)
def test_what_is_not_in_the_open_internet_is_closed(address: str) -> None:
    assert not is_open(address)


@given(st.ip_addresses())
def test_no_address_that_python_knows_as_special_is_open(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    special = (
        address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
        or address.is_reserved or address.is_unspecified
    )  # fmt: skip
    assert not (special and is_open(str(address)))


@pytest.mark.parametrize("address", [OPEN_ADDRESS, OTHER_OPEN_ADDRESS, "8.8.8.8", "2a00:1450:400f:80d::200e"])
def test_ordinary_addresses_are_open(address: str) -> None:
    assert is_open(address)


@pytest.mark.parametrize(
    "wrong",
    [
        "", "hooks", "ftp://hooks.example/", "http://hooks.example/", "https://", "https:///path", "//hooks.example/",
        "https://user:word@hooks.example/", "https://user@hooks.example/", "https://hooks.example/#part",
        "https://hooks.example:25/", "https://hooks.example:80/", "https://hooks.example:0/", "https://hooks.example:65536/",
        "https://hooks.example:port/",
        "https://0177.0.0.1/", "https://1.1.1.1\\@hooks.example/", "https://hooks\n.example/",
        f"https://hooks.example/{'a' * 2000}", "file:///etc/passwd", "javascript:alert(1)",
    ],
)  # fmt: skip
async def test_an_address_of_another_form_is_refused(wrong: str, careful: WebhookPost) -> None:
    with pytest.raises(AddressRefused):
        await checked_url(wrong)
    attempt = await careful.post(wrong, {}, BODY)
    assert (attempt.status, attempt.error is not None) == (None, True)


def test_an_address_has_one_spelling() -> None:
    assert readable_url("https://Bücher.Example:443/Hook?a=ø") == "https://xn--bcher-kva.example/Hook?a=%C3%B8"
    assert readable_url("https://hooks.example:8443/") == "https://hooks.example:8443/"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0x7f000001", "0"],
)
async def test_no_spelling_of_this_machine_is_posted_to(host: str, careful: WebhookPost, names: Names) -> None:
    with pytest.raises(AddressRefused):
        await checked_url(f"https://{host}/")
    attempt = await careful.post(f"https://{host}/", {}, BODY)
    assert attempt.status is None
    assert "open internet" in str(attempt.error) or "does not resolve" in str(attempt.error)


async def test_one_closed_address_among_a_names_refuses_the_name_and_is_not_told(names: Names) -> None:
    names["hooks.example"] = [[OPEN_ADDRESS, "10.1.2.3"]]
    with pytest.raises(AddressRefused) as refused:
        await checked_url("https://hooks.example/")
    assert "hooks.example leads to an address that is not in the open internet" in str(refused.value)
    assert "10.1.2.3" not in str(refused.value)


async def test_a_name_in_the_open_internet_is_taken_and_one_that_is_none_is_not(names: Names) -> None:
    names["hooks.example"] = [[OPEN_ADDRESS, OTHER_OPEN_ADDRESS]]
    assert await checked_url("https://hooks.example/in") == "https://hooks.example/in"
    with pytest.raises(AddressRefused, match="does not resolve"):
        await checked_url("https://no-such-name.invalid/")


async def test_a_name_that_moves_inside_after_it_was_registered_is_not_followed(
    careful: WebhookPost, names: Names, url: str, system: System
) -> None:
    port = url.split(":")[2].split("/")[0]
    names["hooks.example"] = [[OPEN_ADDRESS], ["127.0.0.1"]]
    registered = await checked_url(f"https://hooks.example:{port}/")
    attempt = await careful.post(registered, {}, BODY)
    assert attempt.error == "hooks.example leads to an address that is not in the open internet"
    assert system.got == []


async def test_the_address_that_was_checked_is_the_one_connected_to(
    local: WebhookPost, names: Names, url: str, system: System
) -> None:
    port = url.split(":")[2].split("/")[0]
    names["hooks.example"] = [["127.0.0.1"]]  # a second look-up would find nothing
    assert (await local.post(f"http://hooks.example:{port}/", {}, BODY)).error is None
    assert system.got[0][0]["host"] == f"hooks.example:{port}"


async def test_a_dead_address_of_a_name_is_passed_over(
    local: WebhookPost, names: Names, url: str, system: System
) -> None:
    port = url.split(":")[2].split("/")[0]
    names["hooks.example"] = [["127.0.0.9", "127.0.0.1"]]
    assert (await local.post(f"http://hooks.example:{port}/", {}, BODY)).error is None


async def test_names_that_are_looked_up_for_ever_hold_up_no_other(
    local: WebhookPost, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, really = threading.Event(), socket.getaddrinfo

    def look_up(host: str, *args: Any, **kwargs: Any) -> Any:
        if host == "hangs.example":
            over.wait(30)
            raise socket.gaierror
        return really(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    hanging = [asyncio.create_task(local.post("http://hangs.example/", {}, BODY)) for _ in range(CONNECTIONS // 2)]
    await asyncio.sleep(0.1)  # more than asyncio's own threads wait by now
    async with asyncio.timeout(5):
        attempt = await local.post(url, {}, BODY)
    assert attempt.error is None
    over.set()
    assert {each.error for each in await asyncio.gather(*hanging)} == {"the name hangs.example does not resolve"}


# --- TLS -----------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def serving_tls(app: Any, folder: Path, name: str) -> AsyncIterator[int]:
    """A server with a certificate for a name, signed by itself into `folder`; gives its port."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    place = folder / "server.pem"
    place.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    config = uvicorn.Config(
        app,
        log_config=None,
        lifespan="off",
        ssl_certfile=place,
        ssl_keyfile=folder / "key.pem",
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        yield listener.getsockname()[1]
        server.should_exit = True
        await task


async def test_tls_goes_by_the_name_though_the_connection_goes_by_the_address(
    names: Names, system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names["hooks.example"], names["other.example"] = [["127.0.0.1"]], [["127.0.0.1"]]
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    async with serving_tls(system.app, tmp_path, "hooks.example") as port:
        post = WebhookPost(allow_private=True)
        assert (await post.post(f"https://hooks.example:{port}/", {}, BODY)).error is None
        wrong = await post.post(f"https://other.example:{port}/", {}, BODY)
        await post.aclose()
    assert wrong.error == "the certificate could not be verified"
    assert len(system.got) == 1
