"""The API's reference as one plain page, made from its OpenAPI: it needs no network and no script."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from web.openapi import operations
from web.pages import HEADERS, page

router = APIRouter(include_in_schema=False)

HIDDEN = ("invoice page",)  # no part of the API


@dataclass(frozen=True, slots=True)
class Row:
    """A field or parameter: its name, the parts of its type (each with the model it leads to), and what it says."""

    name: str
    kind: list[tuple[str, str | None]]
    needed: bool
    what: str
    deprecated: bool


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """Every operation and event with what goes in and comes out: written once, for anybody may ask for it."""
    state = request.app.state
    if not hasattr(state, "reference"):
        state.reference = _written(request.app.openapi())
    return HTMLResponse(state.reference, headers=HEADERS)


def _written(api: Mapping[str, Any]) -> bytes:
    found = [
        {"at": f"{method.upper()} {path}", "method": method.upper(), "path": path} | operation
        for path, method, operation in operations(api)
    ]
    events = [{"at": event} | methods["post"] for event, methods in api["webhooks"].items()]
    parts = [(tag, [each for each in (*found, *events) if tag["name"] in each["tags"]]) for tag in api["tags"]]
    schemas = api["components"]["schemas"]
    written = page(
        "docs.html.j2",
        api=api,
        parts=[(tag, each) for tag, each in parts if tag["name"] not in HIDDEN],
        models={name: (schema, rows_of(schema)) for name, schema in sorted(schemas.items())},
        resolved=lambda answer: api["components"]["responses"][_end(answer["$ref"])] if "$ref" in answer else answer,
        parameter_rows=lambda operation: [_parameter(each) for each in operation.get("parameters", ())],
        kind_of=kind_of,
        pretty=lambda example: json.dumps(example, indent=2, ensure_ascii=False),
    )
    return bytes(written.body)


def rows_of(schema: Mapping[str, Any]) -> list[Row]:
    """The fields of a model."""
    needed = schema.get("required", ())
    return [_row(name, field, name in needed) for name, field in schema.get("properties", {}).items()]


def kind_of(schema: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """A type in words, part by part; a part that is a model leads to it."""
    return list(_kind(schema))


def _kind(schema: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    if "$ref" in schema:
        name = _end(schema["$ref"])
        yield name, name
    elif several := schema.get("anyOf") or schema.get("oneOf"):
        for position, option in enumerate(several):
            if position:
                yield " or ", None
            yield from _kind(option)
    elif schema.get("type") == "array":
        yield "list of ", None
        yield from _kind(schema.get("items", {}))
    elif "enum" in schema or "const" in schema:
        yield ", ".join(f"“{value}”" for value in schema.get("enum", [schema.get("const")])), None
    else:
        named: str | list[str] = schema.get("type", "anything")
        kinds = [named] if isinstance(named, str) else named
        yield " or ".join(WORDS.get(str(schema.get("format", kind)), kind) for kind in kinds), None


WORDS = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "date": "date",
    "date-time": "moment",
    "uuid": "UUID",
}


def _row(name: str, field: Mapping[str, Any], needed: bool) -> Row:
    return Row(name, kind_of(field), needed, field.get("description", ""), field.get("deprecated", False))


def _parameter(parameter: Mapping[str, Any]) -> Row:
    what = f"In the {parameter['in']}. {parameter['description']}"
    return Row(parameter["name"], kind_of(parameter["schema"]), parameter.get("required", False), what, False)


def _end(reference: str) -> str:
    return reference.rpartition("/")[2]
