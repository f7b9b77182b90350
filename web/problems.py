"""Every error as application/problem+json (RFC 9457): what happened, where, and what to do, and nothing of our insides."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.exceptions import HTTPException
from starlette.responses import Response

from facts.refusals import CommandRefused, Conflict, Refused, Unknown

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 50  # fields named in one answer
LONGEST_NAME = 200  # characters of a field's name that are repeated


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str = Field(description="Where: the field's path, empty for the whole body.", examples=["debtor.name"])
    problem: str = Field(description="What is wrong and what to write.", examples=["Field required"])


class ProblemDetails(BaseModel):
    """An error (RFC 9457)."""

    type: str = Field(description="What kind of problem: stays the same.", examples=["urn:purr:problem:refused"])
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(description="What happened and what to do.", examples=["no invoice 1001"])
    errors: list[FieldProblem] | None = Field(default=None, description="The fields at fault, where there are any.")


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

    def response(self) -> Response:
        """The problem as it is sent. ASCII only, so that no odd text of a request can break it."""
        body: dict[str, Any] = {
            "type": f"urn:purr:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = [error.model_dump() for error in self.errors]
        return Response(json.dumps(body), self.status, headers=self.headers, media_type=MEDIA_TYPE)


def busy() -> Problem:
    """There is too much to do at this moment for the one who asks."""
    detail = "too much is asked at once and nothing was stored: send it again in a moment, a few at a time"
    return Problem(503, "busy", detail, headers={"Retry-After": "2"})


def not_found(what: str) -> Problem:
    """What was named is not there, or is another creditor's."""
    return Problem(404, "not-found", f"no {what}")


def invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """What pydantic found wrong, field by field."""
    problems = [_field_problem(error) for error in errors[:MOST_ERRORS]]
    return Problem(422, "invalid", "the request is not as the API asks: see errors", errors=problems)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems of a route, for OpenAPI."""
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def answer_with_problems(app: FastAPI) -> None:
    """Turn everything that can go wrong in an app into a problem."""

    async def own(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return error.response()

    async def http(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        return Problem(error.status_code, code, str(error.detail), headers=error.headers).response()

    async def malformed(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        # The first part of a place says only that it is the body, a header or the address.
        return invalid([{**each, "loc": each["loc"][1:]} for each in error.errors()]).response()

    async def refused(_request: Request, error: Exception) -> Response:
        return Problem(422, "refused", str(error)).response()

    async def conflict(_request: Request, error: Exception) -> Response:
        return Problem(409, "conflict", str(error)).response()

    async def command(_request: Request, error: Exception) -> Response:
        assert isinstance(error, CommandRefused)
        return Problem(422 if error.kind == "unknown-step" else 409, error.kind, str(error)).response()

    async def unknown(_request: Request, error: Exception) -> Response:
        return Problem(404, "not-found", str(error)).response()

    async def database_away(_request: Request, _error: Exception) -> Response:
        detail = "the database cannot take this now and nothing was stored: send it again in a moment"
        return Problem(503, "database-unavailable", detail, headers={"Retry-After": "5"}).response()

    async def no_connection(_request: Request, _error: Exception) -> Response:
        return busy().response()

    async def unexpected(_request: Request, _error: Exception) -> Response:
        detail = "something went wrong on our side and nothing was stored: send it again, or tell us the time"
        return Problem(500, "internal", detail).response()

    app.add_exception_handler(Problem, own)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(Unknown, unknown)
    app.add_exception_handler(Conflict, conflict)
    app.add_exception_handler(CommandRefused, command)
    app.add_exception_handler(OperationalError, database_away)
    app.add_exception_handler(InterfaceError, database_away)
    app.add_exception_handler(NoConnectionFree, no_connection)
    app.add_exception_handler(Exception, unexpected)


def _field_problem(error: Mapping[str, Any]) -> FieldProblem:
    path = error["loc"]
    if error["type"] == "json_invalid":
        return FieldProblem(field="", problem=f"not JSON at character {path[0]}: {error['ctx']['error']}")
    field = ".".join(str(part) for part in path)[:LONGEST_NAME]
    return FieldProblem(field=field, problem=str(error["msg"]).removeprefix("Value error, "))
