"""The API's description (OpenAPI 3.1): what FastAPI knows of the routes, with all that holds for every one of them.

It is made of the models that requests are read with, the registry that events are sent from and the table of problems, so
that it says what is done. Examples are put together from those of the fields.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from facts.received import KEPT_FOR
from facts.webhooks.events import EVENTS, EventType, schema_of
from web.api.idempotency import REPLAYED
from web.problem_kinds import KINDS
from web.problems import MEDIA_TYPE, ProblemDetails
from web.request_ids import NAMES
from web.webhooks.collection_partner import PartnerTold
from web.webhooks.payments import PaymentEvent

VERSION: Final = "1.2.0"
"""Semantic: the second number grows with what is added; the first, and the `/v1` of every address, never without notice."""
ABOUT: Final = f"""Send invoices, credit notes and payments, ask how a case stands, and decide about it.

Every call under /v1 carries a creditor's API key (Authorization: Bearer purr_…) and sees that creditor alone. What
is accepted is stored: a case goes on by itself, whatever else is down.

Amounts are strings, dates are YYYY-MM-DD, moments are UTC. An object names itself by its `id` or `number`; whatever refers to
it says `invoice`, `payment`, `plan`, `promise`, `refund`, `reply`, here and in webhooks alike. Our ids are texts of up to 40
signs (`rep_…`, `tsk_…`): the same each time and yours alone. Numbers that you were told before 1.2.0 still name what they named.

A POST, PATCH or DELETE with an Idempotency-Key can be sent again: it is done once and answered the same, with
Idempotent-Replayed: true. A key is remembered for at least {KEPT_FOR.days} days.

Errors are application/problem+json (RFC 9457): type never changes, detail says what to do, help leads to a page about its kind
(/problems has all). What belongs to another creditor is answered like what is not there: 404.

Every answer has X-Request-Id, your own where you send one. Two requests of a creditor are worked on at once and the next wait in
line; RateLimit says how many more may come at this moment, and 503 with Retry-After asks to send it again later.

Within /v1 things are only added: operations, optional fields of a request, fields of an answer, events, kinds of
problems and, in answers, values of a list. Pass over what you do not know. What is deprecated goes on working."""

TAGS: Final[Mapping[str, str]] = {
    "invoices": "Invoices and credit notes come in, and what is decided about their cases.",
    "payments": "Money that came in, that waits for a person, and that is owed back.",
    "promises and plans": "What is agreed with a debtor: a day to pay, or instalments.",
    "debtors": "What becomes known of a debtor, and what debtors write.",
    "calls": "Whom to call, and what came of it; also for an agency's key, which opens nothing else.",
    "letters and hand-offs": "What the printer and the collection partner tell.",
    "reports": "What is owed, by age, and what becomes of it.",
    "test mode": "For creditors registered with `mode: test`: nobody is reached, and time passes at your wish.",
    "webhooks to your system": "Where your system is told of events, and how each message fared.",
    "events": "What your system is told: each is posted to the endpoints that asked for it, signed (Standard Webhooks).",
    "webhooks": "Doors of the providers of messages and payments, each with its own signature.",
    "invoice page": "What the link in a message opens.",
    "operations": "How the web app is.",
}
HEADERS: Final[Mapping[str, tuple[str, str]]] = {
    "X-Request-Id": ("The request's id: yours, or one of ours.", "req_0d4b6e2a6b1c4f0e9a57c2f1d8e3b764"),
    "Idempotent-Replayed": ("`true` where the same request with the same Idempotency-Key was done before.", "true"),
    "RateLimit-Policy": (
        "How many requests may be there at once, those in line too (IETF draft RateLimit header fields).",
        '"at-once";q=64;qu="concurrent-requests"',
    ),
    "RateLimit": ("How many more may come at this moment.", '"at-once";r=63'),
    "Retry-After": ("Seconds after which to send it again.", "2"),
}
SIGNED_BY: Final[Mapping[str, tuple[str, str]]] = {
    "/webhooks/payments": ("webhook-signature", "Standard Webhooks: over id, timestamp and body."),
    "/webhooks/sendgrid": ("X-Twilio-Email-Event-Webhook-Signature", "SendGrid's signature over timestamp and body."),
    "/webhooks/twilio": ("X-Twilio-Signature", "Twilio's signature over our public address and the form."),
    "/webhooks/stripe": ("Stripe-Signature", "Stripe's signature over timestamp and body."),
    "/webhooks/vipps": ("Authorization", "Vipps MobilePay's HMAC over the request."),
}
OF_API: Final = ("RateLimit-Policy", "RateLimit")
ALWAYS: Final = {"/v1/": (401, 422, 429, 500, 503), "/webhooks/": (500, 503)}  # answers that any door may give
KIND_OF: Final = {
    400: "bad-request",
    401: "unauthorized",
    403: "same-key",
    404: "not-found",
    409: "conflict",
    413: "content-too-large",
    422: "invalid",
    429: "too-many-wrong",
    500: "internal",
    503: "busy",
}


def describe(app: FastAPI, public_url: str) -> dict[str, Any]:
    """The description of an app that is reached at an address."""
    api = get_openapi(
        title="Purr",
        version=VERSION,
        description=ABOUT,
        routes=app.routes,
        servers=[{"url": public_url, "description": "This installation."}],
        tags=[{"name": name, "description": what} for name, what in TAGS.items()],
    )
    _add_schemas(api)
    schemas = api["components"]["schemas"]
    api["components"]["headers"] = {
        name: {"description": what, "schema": {"type": "string", "examples": [example]}}
        for name, (what, example) in HEADERS.items()
    }
    api["components"]["securitySchemes"] |= {
        _scheme(path): {"type": "apiKey", "in": "header", "name": name, "description": what}
        for path, (name, what) in SIGNED_BY.items()
    }
    api["components"]["responses"] = {code: _problem(status, code) for status, code in KIND_OF.items()}
    for path, method, operation in operations(api):
        _complete(path, method, operation, schemas)
    api["webhooks"] = {event: {"post": _told(event)} for event in EVENTS}
    for answered in _contents(api):
        schema = answered["schema"]
        if "example" not in answered and "examples" not in answered:
            answered["example"] = example_of(schema, schemas)
    return api


def operations(api: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation with its path and method."""
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _add_schemas(api: dict[str, Any]) -> None:
    """The models that routes name but do not take or give themselves, without FastAPI's own form of errors."""
    named = [(ProblemDetails, "serialization"), (PaymentEvent, "validation"), (PartnerTold, "validation")]
    _, extra = models_json_schema(named, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    schemas = api["components"]["schemas"] | extra["$defs"]
    api["components"]["schemas"] = {
        name: schema for name, schema in schemas.items() if name not in ("HTTPValidationError", "ValidationError")
    }
    for event in EVENTS:
        api["components"]["schemas"][_event_model(event)] = schema_of(event)


def _complete(path: str, method: str, operation: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    """What holds for every operation at such a path: who may, what else may be answered, and with which headers."""
    of_api = path.startswith("/v1/")
    signed = next((_scheme(door) for door in SIGNED_BY if path.startswith(door)), None)
    if not of_api:
        operation["security"] = [{signed: []}] if signed else []
    statuses = next((found for start, found in ALWAYS.items() if path.startswith(start)), ())
    body = (400, 413) if "requestBody" in operation else ()
    problems = {int(status) for status in operation["responses"] if int(status) >= 400} | {*statuses, *body}
    answers = {status: answer for status, answer in operation["responses"].items() if int(status) < 400}
    for answer in answers.values():
        if answer["description"] == "Successful Response":
            answer["description"] = _said(answer, schemas)
        names = (*OF_API, *((REPLAYED,) if method != "get" else ())) if of_api else ()
        answer["headers"] = _headers(NAMES[0], *names)
    refused = {str(status): {"$ref": f"#/components/responses/{KIND_OF[status]}"} for status in sorted(problems)}
    operation["responses"] = dict(sorted(answers.items())) | refused


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _problem(status: int, code: str) -> dict[str, Any]:
    """A problem of a status, with the kind that is the most common as its example."""
    example: dict[str, Any] = {
        "type": f"urn:purr:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": KINDS[code].what,
        "help": f"https://purr.example/problems/{code}",
        "request_id": HEADERS["X-Request-Id"][1],
    }
    if code == "invalid":
        example["errors"] = [{"field": "debtor.name", "problem": "is missing"}]
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {
        "description": f"{KINDS[code].title}, or another problem of this status.",
        "headers": _headers(NAMES[0], *(("Retry-After",) if status in (429, 503) else ())),
        "content": {MEDIA_TYPE: {"schema": schema, "example": example}},
    }


def _said(response: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    """What an answer is: in the words of its model."""
    for content in response.get("content", {}).values():
        schema = content.get("schema", {})
        model = schemas.get(str(schema.get("$ref", "")).rpartition("/")[2], {})
        if "description" in model:
            return str(model["description"])
    return "Done."


def _told(event: EventType) -> dict[str, Any]:
    """An event as an operation of the creditor's own system."""
    headers = {
        "webhook-id": "The message's id, the same on every attempt: keep those you have seen.",
        "webhook-timestamp": "Seconds since 1970: refuse what is older than five minutes.",
        "webhook-signature": "`v1,` and the signature in base64; several, separated by spaces, while a secret rotates.",
    }
    examples = ["msg_0d4b6e2a6b1c4f0e9a57c2f1d8e3b764", "1795334400", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="]
    return {
        "operationId": f"on_{event.replace('.', '_')}",
        "summary": event,
        "description": EVENTS[event].when,
        "tags": ["events"],
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": what,
                "schema": {"type": "string"},
                "example": example,
            }
            for (name, what), example in zip(headers.items(), examples, strict=True)
        ],
        "requestBody": {
            "required": True,
            "description": EVENTS[event].when,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{_event_model(event)}"}}},
        },
        "responses": {
            "2XX": {"description": "Taken: answer within 15 seconds. The body is not read."},
            "410": {"description": "The endpoint is gone: it is disabled."},
        },
    }


def _event_model(event: EventType) -> str:
    return "".join(part.capitalize() for part in event.replace("_", ".").split(".")) + "Event"


def _scheme(path: str) -> str:
    return f"signature_of_{path.rpartition('/')[2]}"


def _contents(node: Any) -> Iterator[dict[str, Any]]:
    """Every body with a schema, of requests, answers and events."""
    if isinstance(node, dict):
        for media in node.get("content", {}).values() if isinstance(node.get("content"), dict) else ():
            if "schema" in media:
                yield media
        for child in node.values():
            yield from _contents(child)
    elif isinstance(node, list):
        for child in node:
            yield from _contents(child)


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """How a body or field looks, by the examples of its fields."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]] | {k: v for k, v in schema.items() if k != "$ref"}
    for known in ("examples", "enum"):
        if known in schema:
            return schema[known][0]
    if "const" in schema:
        return schema["const"]
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return example_of(schema[several][0], schemas)
    if "default" in schema:
        return schema["default"]
    if "properties" in schema:
        told = schema.get("required", ())
        fields = {name: field for name, field in schema["properties"].items() if name in told or "examples" in field}
        return {name: example_of(field, schemas) for name, field in fields.items()}
    return [example_of(schema["items"], schemas)] if "items" in schema else _PLAIN[schema.get("format", schema["type"])]


_PLAIN: Final[Mapping[str, Any]] = {
    "date": "2026-11-16",
    "date-time": "2026-11-16T09:30:00Z",
    "uuid": "0d4b6e2a-6b1c-4f0e-9a57-c2f1d8e3b764",
    "boolean": True,
    "integer": 1,
    "number": 1.5,
    "string": "text",
    "object": {},
    "null": None,
}
