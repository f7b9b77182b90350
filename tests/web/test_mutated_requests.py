"""Requests as an adversary would mutate them, from one seed: each is answered, and none is an error of ours."""

import json
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr

from config.settings import Settings
from facts.database import Database
from simulator.emulators.twilio import signed
from tests.web.door import (
    SENDGRID_KEY,
    TWILIO_TOKEN,
    WEBHOOK_SECRETS,
    account_of,
    invoice,
    paid,
    payment_event,
    standard_headers,
)
from tests.web.paying import Shop
from tests.web.paying import paid as a_session
from tests.web.paying import shop as a_shop
from tests.web.test_walls import things_of

SMALL, FULL = 600, 20_000
SEED = 20351105
_numbers = count(1)

TAGS, ISOLATES = "\U000e0041\U000e007f", "\u2066abc\u2069"
TEXTS: Final = (
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "\ud800",
        "\udfff\ud800",
        TAGS,
        ISOLATES,
        "\u202eabc",
        "\u200f",
        "\ufeff",
        "\u2028",
        "\r\n",
    ),
    *(
        "a/plan",
        "a/commands",
        "a/plan/end",
        "../..",
        "a//b",
        "%00",
        "%2e%2e",
        "#",
        "'; drop table invoice; --",
        "{}",
        "$1",
    ),
    *(
        "x" * 201,
        "x" * 10_000,
        "ÅØå",
        "😀" * 64,
        "ﷺ" * 60,
        "İ",
        "ß",
        "\u0130\u0307",
        "٣",
        "\uff11\uff12",
        "²",
        "K-1",
        "1001",
    ),
    *("1e400", "1e-400", "-1", "NaN", "Infinity", "1_000", "+7", "+79161234567", "+7 999", "NO", "XX", "XAU", "NOK"),
    *("0001-01-01", "9999-12-31", "2035-02-30", "0000-00-00", "10000-01-01", "2100-01-01", "1900-01-01", "2035-03-05"),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1e18", "99999999999999", "2035-03-05T00:00:00Z"),
    *("a@" + "ø" * 70 + ".no", "a@xn--.no", "a@xn--\u00e5.no", "@", "a@b..no", "a@" + "x" * 64 + ".no", "ø@example.no"),
    *("https://xn--/", "https://xn--a.example/", "https://" + "x" * 64 + ".example/", "https://\u00e5\u0301\u200d.no/"),
    *(
        "https://a..b/",
        "https://[::1/",
        "https://127.1:0/",
        "https://10.0.0.1/",
        "https://1.1.1.1:99999/",
        "http://[fe80::1%25a]/",
    ),
    *(
        "https://\0/",
        "https://\ud800/",
        "https://1.1.1.1/\0",
        "https://①.①.①.①/",
        "//",
        "https://%/",
        "https://u:p@1.1.1.1/",
    ),
)
OTHERS: Final = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 2**64, 10**13, 10**400, 0.1, 1e-300, 1e308),
    *([], {}, [[]], [None], {"": None}, {"a": {"b": {}}}, [1] * 1001, ["x"] * 5, {"\0": 1}, {TAGS: 1}, {"x" * 300: 1}),
)
AMOUNTS: Final = (
    "9999999999999.99",
    "1e12",
    "1E+400",
    "0.001",
    "1e-9",
    "-0.00",
    "1" * 40,
    "0x1",
    "9" * 5000,
    "10000000000",
)
BODIES: Final = (
    *(b"", b"{", b"null", b"[]", b'""', b"\0", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 5_000, b"9" * 5_000, b"1e999"),
    *(
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a":1,"a":2}',
        b'{"\\u0000": 1}',
        b'{"\\ud800": "\\udc00"}',
        b"\xef\xbb\xbf{}",
    ),
)
KINDS: Final = (
    *(
        "application/json",
        "text/plain",
        "application/xml",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "",
        "\0",
    ),
    *(
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "application/json; charset=\u00ff",
        "/",
        "a" * 5000,
    ),
)
HEADERS: Final = (
    *(
        "Idempotency-Key",
        "Authorization",
        "Content-Type",
        "Content-Length",
        "Host",
        "Accept",
        "Content-Encoding",
        "Range",
    ),
    *(
        "Transfer-Encoding",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "Cookie",
        "If-None-Match",
        "Accept-Language",
        "webhook-id",
    ),
)
METHODS: Final = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE")
FORMS: Final[dict[str, dict[str, Any]]] = {
    "/webhooks/twilio/status": {"MessageSid": "SM1", "MessageStatus": "delivered", "ErrorCode": "30003"},
    "/webhooks/twilio/inbound": {"MessageSid": "SM1", "From": "+4791234567", "To": "+4799999999", "Body": "STOPP"},
    "/i": {"code": "1001-0000"},
    "/i/{key}/direct-debit": {},
    "/i/{key}/promise": {"pay_by": "2035-03-12"},
    "/i/{key}/plan": {"choice": "own", "monthly": "500"},
    "/i/{key}/plan/agree": {"choice": "2"},
    "/i/{key}/plan/budget": {"pay": "20000", "food": "6000"},
    "/i/{key}/plan/help": {"wish": "fredag", "monthly": "100"},
    "/i/{key}/plan/move": {"number": "1", "to": "2035-04-12"},
    "/i/{key}/pay/{method}": {},
    "/i/{key}/seen": {"button": "true"},
    "/i/{key}/content/1": {"helped": "yes"},
    "/i/{key}/content/1/0": {},
    "/i/{key}/unsubscribe": {"List-Unsubscribe": "One-Click", "again": "yes"},
    "/i/{key}/paid": {"on": "2035-03-01", "words": "betalt"},
    "/i/{key}/more-time": {"words": "lønn den 12."},
    "/i/{key}/disagree": {"words": "feil", "line": "1", "once": "x"},
    "/i/{key}/messages": {"words": "hei", "once": "x"},
    "/i/{key}/right": {},
}
TAKEN_IN: Final = (
    "/v1/invoices",
    "/v1/credit-notes",
    "/v1/payments",
    "/webhooks/payments",
    "/webhooks/sendgrid",
    "/webhooks/stripe",
    "/webhooks/vipps",
    "/webhooks/twilio/inbound",
    "/v1/webhook-endpoints",
    "/v1/invoices/{number}/commands",
    "/i/{key}",
)
"""What stores what it is told: half of all requests."""
VIPPS: Final = {
    "msn": "123456",
    "pspReference": "a",
    "name": "CAPTURED",
    "amount": {"currency": "NOK", "value": 80200},
    "timestamp": "2026-11-16T09:30:00.123Z",
    "idempotencyKey": None,
    "success": True,
}


@pytest.fixture
async def shop(web_settings: Settings, web_database: Database) -> AsyncIterator[Shop]:
    """A web app where everything is set up: webhooks both ways, ways to pay, an invoice and its page."""
    name = f"mutated{next(_numbers)}"
    settings = web_settings.model_copy(
        update={
            "webhook_signing_keys": (SecretStr("a-master-key-of-32-characters-and-more"),),
            "payment_webhook_secrets": {name: tuple(map(SecretStr, WEBHOOK_SECRETS))},
            "collection_partner_secrets": {name: tuple(map(SecretStr, WEBHOOK_SECRETS))},
        }
    )
    async with a_shop(settings, web_database, name) as opened:
        yield opened


@dataclass(frozen=True)
class Request:
    """A request as it goes on the wire."""

    method: str
    address: str
    headers: list[tuple[bytes, bytes]]
    content: bytes


class Mutations:
    """Requests from one seed: each is one that a door takes, with one to three things changed."""

    def __init__(self, schema: dict[str, Any], shop: Shop, link: str, things: Mapping[str, Any], seed: int) -> None:
        self._schema, self._shop, self._token, self._things = schema, shop, link.removeprefix("/i/"), things
        self._random = random.Random(seed)
        self._serial = count(1)
        self._routes = [
            (method.upper(), path, operation)
            for path, operations in schema["paths"].items()
            for method, operation in operations.items()
            if path != "/readyz"  # asks Temporal, which is away here
        ]
        self._routes += [("POST", path, {"form": form}) for path, form in FORMS.items()]
        self._taken_in = [route for route in self._routes if route[1] in TAKEN_IN]

    def next(self) -> Request:
        """The next request."""
        pick = self._random
        method, path, operation = pick.choice(self._routes if pick.random() < 0.5 else self._taken_in)
        body = self._body(path, operation)
        places = {name: self._place(path, name) for name in re.findall(r"{(\w+)}", path)}
        asked = {each["name"]: "1" for each in operation.get("parameters", []) if each["in"] == "query"}
        form = "form" in operation
        headers = [(b"content-type", b"application/x-www-form-urlencoded" if form else b"application/json")]
        headers.append((b"authorization", self._shop.door.client.headers["authorization"].encode()))
        content: bytes | None = None
        for _ in range(pick.choice((1, 1, 2, 3))):
            match pick.choice("bbbbbbppqhhcm"):
                case "b":
                    body = self._changed(body)
                case "p" if places:
                    places[pick.choice(list(places))] = pick.choice(TEXTS)
                case "q":
                    asked[pick.choice([*asked, *TEXTS[:12]])] = pick.choice(TEXTS)
                case "h":
                    value = pick.choice((*TEXTS, *KINDS)).encode(errors="surrogatepass")
                    headers.insert(pick.randrange(3), (pick.choice(HEADERS).encode(), value))
                case "c":
                    content = pick.choice(BODIES)
                case "m":
                    method = pick.choice(METHODS)
        for name, value in places.items():
            path = path.replace("{" + name + "}", _quoted(value, pick.choice(("/", ""))))
        if content is None:
            content = self._written(body, form)
        headers += self._signed(path, content, body)
        query = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in asked.items())
        return Request(method, f"{path}?{query}" if asked else path, headers, content)

    def _body(self, path: str, operation: dict[str, Any]) -> Any:
        """What the door takes: new where things are made."""
        number = f"m-{next(self._serial)}"
        creditor = self._shop.door.creditor
        match path:
            case "/v1/invoices":
                return invoice(number)
            case "/v1/payments":
                return self._random.choice((paid(number), [paid(number)]))
            case "/webhooks/payments":
                return payment_event(creditor, payment_id=number)
            case "/webhooks/collection-partner":
                return {"type": "hand_off.rejected", "creditor": creditor, "hand_off": "hof_x", "reason": "other"}
            case "/webhooks/sendgrid":
                return [{"event": "delivered", "sg_event_id": number, "timestamp": 1, "delivery": str(uuid4())}]
            case "/webhooks/stripe":
                session = a_session(uuid4())
                told = (self._shop.stripe.session("completed", session), self._shop.stripe.refund(session, Decimal(1)))
                return self._random.choice(told)
            case "/webhooks/vipps":
                return VIPPS | {"reference": number}
        if "form" in operation:
            return operation["form"]
        for content in operation.get("requestBody", {}).get("content", {}).values():
            return self._example(content["schema"])
        return {}

    def _example(self, schema: dict[str, Any]) -> Any:
        """Something that a schema allows."""
        if "$ref" in schema:
            return self._example(self._schema["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        if examples := schema.get("examples"):
            return self._random.choice(examples)
        for several in ("anyOf", "oneOf", "allOf"):
            if several in schema:
                return self._example(schema[several][0])
        if "properties" in schema:
            return {name: self._example(each) for name, each in schema["properties"].items()}
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        plain = {"array": [self._example(schema.get("items", {}))] if "items" in schema else [], "integer": 1}
        return (plain | {"number": 1, "boolean": True, "object": {}}).get(schema.get("type", ""), "a")

    def _place(self, path: str, name: str) -> str:
        match name:
            case "token":
                junk = self._random.choice(("", "", "", "x", ".", "=", "%", ISOLATES, "\0", "~", "/"))
                return self._token + junk
            case "number" if "invoices" in path:
                return "1001"
            case "id" | "reply" | "attempt" | "number" | "customer_number" if there := _thing_of(path):
                return str(self._random.choice((self._things[there], self._things[there], UUID(int=0), 1)))
            case "id" | "reply" | "attempt":
                return self._random.choice((str(UUID(int=0)), "1"))
            case "account":
                return account_of(self._shop.door.creditor)
            case "method":
                return self._random.choice(("vipps", "stripe"))
        return self._random.choice(("1", "K-1"))

    def _changed(self, value: Any) -> Any:
        """A copy with one thing changed, somewhere."""
        pick = self._random
        nasty = pick.choice((pick.choice(TEXTS), pick.choice(OTHERS), pick.choice(AMOUNTS)))
        if isinstance(value, dict) and value and pick.random() < 0.95:
            name = pick.choice(list(value))
            match pick.randrange(12):
                case 0:
                    return {key: each for key, each in value.items() if key != name}
                case 1:
                    return value | {pick.choice(TEXTS): nasty}
            return value | {name: self._changed(value[name])}
        if isinstance(value, list) and value and pick.random() < 0.8:
            return [*value[:-1], self._changed(value[-1])]
        if isinstance(value, str) and pick.random() < 0.3:
            return value + pick.choice(TEXTS)
        return nasty

    def _written(self, body: Any, form: bool) -> bytes:
        if form and isinstance(body, dict):
            pairs = (f"{_quoted(str(name))}={_quoted(str(value))}" for name, value in body.items())
            return "&".join(pairs).encode()
        return json.dumps(body, ensure_ascii=self._random.random() < 0.8).encode(errors="surrogatepass")

    def _signed(self, path: str, content: bytes, body: Any) -> list[tuple[bytes, bytes]]:
        """The headers of whoever may post to a webhook."""
        match path:
            case "/webhooks/payments" | "/webhooks/collection-partner":
                with suppress(UnicodeError):
                    return _wire(standard_headers(content.decode()))
            case "/webhooks/sendgrid":
                return _wire(SENDGRID_KEY.headers_of(content))
            case "/webhooks/stripe":
                return _wire(self._shop.stripe.headers_of(content))
            case "/webhooks/vipps":
                return _wire(self._shop.vipps.headers_of(content))
            case "/webhooks/twilio/status" | "/webhooks/twilio/inbound" if isinstance(body, dict):
                with suppress(UnicodeError):
                    form = {str(name): str(value) for name, value in body.items()}
                    return _wire(signed(TWILIO_TOKEN, f"{self._shop.door.client.base_url}{path}", form)[1])
        return []


THINGS: Final = {
    "/v1/calls/": "call",
    "/v1/hand-offs/messages/": "recall",
    "/v1/hand-offs/": "hand_off",
    "/v1/replies/{reply}/files/": "",
    "/v1/replies/": "reply",
    "/v1/refunds/": "refund",
    "/v1/payments/unmatched/": "payment",
    "/v1/webhook-endpoints/": "endpoint",
    "/v1/deliveries/": "letter",
    "/v1/letters/": "letter",
    "/v1/debtors/": "customer",
}
"""What the owner has of that which a path names."""


def _thing_of(path: str) -> str:
    return next((thing for start, thing in THINGS.items() if path.startswith(start)), "")


def _quoted(text: str, safe: str = "") -> str:
    return quote(text.encode(errors="surrogatepass"), safe=safe)


def _wire(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


async def test_no_mutated_request_is_an_error_of_ours(shop: Shop, full: bool) -> None:
    link = await shop.link()
    mutations = Mutations(shop.door.app.openapi(), shop, link, await things_of(shop.door), SEED)
    answers: Counter[int] = Counter()
    wrong = []
    transport = httpx.ASGITransport(shop.door.app, raise_app_exceptions=False, client=("10.1.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url=shop.door.client.base_url, verify=False) as client:
        for number in range(FULL if full else SMALL):
            request = mutations.next()
            answer = await client.request(
                request.method, request.address, headers=request.headers, content=request.content
            )
            answers[answer.status_code] += 1
            told = answer.headers.get("content-type") == "application/problem+json"
            refused = answer.status_code >= 400 and not request.address.startswith("/i") and request.method != "HEAD"
            if answer.status_code >= 500 or (refused and not told):
                wrong.append((number, request, answer.status_code, answer.text[:200]))
    print(dict(answers))
    assert not wrong, wrong[:5]
    assert answers[200] + answers[201] > len(wrong)
