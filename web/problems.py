"""Every error as application/problem+json (RFC 9457): what happened, where, and what to do, and nothing of our insides."""

import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from connectors.payment_providers.provider import ProviderUnavailable
from connectors.signatures import BadSignature
from facts.money.bank_files import BookedElsewhere
from facts.money.payment_attempts import TooEarly
from facts.refusals import CommandRefused, Conflict, Refused, Unknown
from web.problem_kinds import KINDS
from web.request_ids import request_id_of
from web.strangers import tell

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 50  # fields named in one answer
IN_OUR_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is no field here",
    "model_type": "is not an object",
    "model_attributes_type": "is not an object",
    "dict_type": "is not an object",
    "list_type": "is not a list",
    "tuple_type": "is not a list",
    "string_type": "is not a text",
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "union_tag_invalid": "is none of the forms that the API takes",
}
"""What pydantic says of types, in the words of whoever wrote the request."""
LONGEST_NAME = 200  # characters of a field's name that are repeated

Model = TypeVar("Model", bound=BaseModel)
log = structlog.get_logger()


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str = Field(description="Where: the field's path, empty for the whole body.", examples=["debtor.name"])
    problem: str = Field(description="What is wrong and what to write.", examples=["is missing"])


class ProblemDetails(BaseModel):
    """An error (RFC 9457)."""

    type: str = Field(description="What kind of problem: stays the same.", examples=["urn:purr:problem:not-found"])
    title: str = Field(description="What its status is called.", examples=["Not Found"])
    status: int = Field(description="The status of the answer.", examples=[404])
    detail: str = Field(description="What happened and what to do.", examples=["no invoice 2026-1001"])
    help: str = Field(
        description="A page about this kind of problem.", examples=["https://purr.example/problems/not-found"]
    )
    request_id: str = Field(
        description="What to tell the operator, who finds the request by it.",
        examples=["req_0d4b6e2a6b1c4f0e9a57c2f1d8e3b764"],
    )
    errors: list[FieldProblem] | None = Field(
        default=None,
        description="The fields at fault, where there are any.",
        examples=[[{"field": "debtor.name", "problem": "is missing"}]],
    )


class Problem(Exception):
    """An answer other than what was asked for. `code` ends its type, `detail` says what to do."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers = errors, headers

    def response(self, scope: Scope) -> Response:
        """The problem as it is sent to a request. ASCII only, so that no odd text of a request can break it."""
        body: dict[str, Any] = {
            "type": f"urn:purr:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "help": f"{scope['app'].state.services.settings.public_url}/problems/{self.code}",
            "request_id": request_id_of(scope),
        }
        if self.errors:
            body["errors"] = [error.model_dump() for error in self.errors]
        return Response(json.dumps(body), self.status, headers=self.headers, media_type=MEDIA_TYPE)


def busy() -> Problem:
    """There is too much to do at this moment for the one who asks."""
    detail = "too much is asked at once and nothing was stored: send it again in a moment, a few at a time"
    return Problem(503, "busy", detail, headers={"Retry-After": "2"})


def too_large() -> Problem:
    """The body is larger than this door takes."""
    return Problem(413, "content-too-large", "the body is too large for this address: send it in smaller parts")


def not_found(what: str) -> Problem:
    """What was named is not there, or is another creditor's."""
    return Problem(404, "not-found", f"no {what}")


def invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """What pydantic found wrong, field by field."""
    told = [_field_problem(error) for error in errors if not _only_follows(error, errors)]
    return Problem(422, "invalid", "the request is not as the API asks: see errors", errors=told[:MOST_ERRORS])


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems of a route, for OpenAPI."""
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def validated(model: type[Model], given: Any) -> Model:
    """What a provider tells, as a model; raises Problem 422 where it is none."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise invalid([_as_written(each, given) for each in error.errors()]) from error


def _http(error: HTTPException) -> Problem:
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    return Problem(
        error.status_code, code if code in KINDS else "bad-request", str(error.detail), headers=error.headers
    )


def _malformed(error: RequestValidationError) -> Problem:
    # The first part of a place says only that it is the body, a header or the address. What no number can be names nothing.
    if all(each["loc"][0] == "path" for each in error.errors()):
        told = [_field_problem({**each, "loc": each["loc"][1:]}) for each in error.errors()]
        return Problem(404, "not-found", "nothing can have this address: see errors", errors=told)
    inner = [(each["loc"][0], {**each, "loc": each["loc"][1:]}) for each in error.errors()]
    return invalid([_as_written(each, error.body) if of == "body" else each for of, each in inner])


def _cannot_be_stored(error: Exception) -> Problem:
    # Whatever a door lets pass, the columns have the last word. The log names the kind, for it may be a fault of ours.
    log.warning("request_not_stored", reason=type(getattr(error, "orig", error)).__name__)
    return Problem(422, "invalid", "the request holds a text, number or date that cannot be stored: nothing was stored")


def _database_away(_error: Exception) -> Problem:
    detail = "the database cannot take this now and nothing was stored: send it again in a moment"
    return Problem(503, "database-unavailable", detail, headers={"Retry-After": "5"})


def unexpected() -> Problem:
    """A fault of ours."""
    detail = "something went wrong on our side and nothing was stored: send it again, or tell us the request_id"
    return Problem(500, "internal", detail)


PROBLEMS: Mapping[type[Exception], Callable[[Any], Problem]] = {
    Problem: lambda problem: problem,
    HTTPException: _http,
    DataError: _cannot_be_stored,
    UnicodeEncodeError: _cannot_be_stored,  # half a character, which JSON can say and no text can hold
    RequestValidationError: _malformed,
    Refused: lambda error: Problem(422, "refused", str(error)),
    Unknown: lambda error: Problem(404, "not-found", str(error)),
    Conflict: lambda error: Problem(409, "conflict", str(error)),
    CommandRefused: lambda error: Problem(422 if error.kind == "unknown-step" else 409, error.kind, str(error)),
    BookedElsewhere: lambda error: Problem(409, "conflict", str(error)),
    BadSignature: lambda error: Problem(401, "bad-signature", str(error)),
    TooEarly: lambda error: Problem(503, "too-early", f"{error}: tell it again"),
    ProviderUnavailable: lambda error: Problem(503, "provider-unavailable", f"{error}: tell it again"),
    OperationalError: _database_away,
    InterfaceError: _database_away,
    NoConnectionFree: lambda _error: busy(),
}
"""What can go wrong in a door, and what is answered: the nearest of an error's kinds counts. The rest is a fault of ours."""


def problem_of(error: Exception) -> Problem:
    """What is answered where this went wrong; what is not foreseen is told in the log, as a fault of ours."""
    kind = next((kind for kind in type(error).__mro__ if kind in PROBLEMS), None)
    if kind is None:
        log.error("request_failed", exc_info=error)
        return unexpected()
    return PROBLEMS[kind](error)


def answer_with_problems(app: FastAPI) -> None:
    """Turn everything that is foreseen to go wrong in an app into a problem."""

    async def answer(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        if in_their_words := getattr(request.state, "in_their_words", None):
            problem.detail = in_their_words(problem.detail)
        tell(request, problem.code)
        return problem.response(request.scope)

    for kind in PROBLEMS:
        app.add_exception_handler(kind, answer)


def _field_problem(error: Mapping[str, Any]) -> FieldProblem:
    if error["type"] == "json_invalid":
        return FieldProblem(field="", problem=f"not JSON at character {error['loc'][0]}: {error['ctx']['error']}")
    field = ".".join(str(part) for part in error["loc"])[:LONGEST_NAME]
    problem = IN_OUR_WORDS.get(error["type"], str(error["msg"]).removeprefix("Value error, "))
    return FieldProblem(field=field, problem=problem)


def _only_follows(error: Mapping[str, Any], errors: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a list is too short for nothing but a fault in one of its items, which is told."""
    place = list(error["loc"])
    within = (other for other in errors if other is not error and list(other["loc"])[: len(place)] == place)
    return error["type"] == "too_short" and any(within)


def _as_written(error: Mapping[str, Any], given: Any) -> Mapping[str, Any]:
    """The error at its place in what was given: where several forms are allowed, pydantic names the form there too."""
    if error["type"] == "json_invalid":
        return error  # whose place is a character
    here: Any = given
    place: list[str | int] = []
    for part in error["loc"]:
        if isinstance(here, dict):
            if part in here or (error["type"] == "missing" and part == error["loc"][-1]):
                place.append(part)
                here = here.get(part)
        elif isinstance(here, list) and isinstance(part, int):
            place.append(part)
            here = here[part]
    return {**error, "loc": place}
