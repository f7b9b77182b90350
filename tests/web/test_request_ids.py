"""Every answer, problem and log line has the request's id."""

import pytest

from tests.logs import logged_here
from tests.web.door import Door


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/invoices/1001", 200),
        ("GET", "/v1/invoices/none", 404),
        ("GET", "/none", 404),
        ("POST", "/v1/invoices", 422),
        ("DELETE", "/v1/invoices", 405),
        ("POST", "/webhooks/payments", 401),
        ("GET", "/i/none", 404),
        ("GET", "/broken", 500),
    ],
)
@pytest.mark.parametrize("name", ["X-Request-Id", "Request-Id", "x-request-id"])
async def test_a_request_keeps_the_id_that_its_caller_gave_it(
    door: Door, method: str, path: str, status: int, name: str
) -> None:
    await door.send_invoice()
    with (
        door.broken("/broken"),
        logged_here() as logs,
    ):
        answer = await door.client.request(method, path, headers={name: "billing-7f/1.2:a=b"})
    assert answer.status_code == status
    assert answer.headers["x-request-id"] == answer.headers["request-id"] == "billing-7f/1.2:a=b"
    assert {event["request_id"] for event in logs} == {"billing-7f/1.2:a=b"}
    if answer.headers["content-type"] == "application/problem+json":
        assert answer.json()["request_id"] == "billing-7f/1.2:a=b"


@pytest.mark.parametrize("given", ["", " ", "a b", "a\tb", "kari@example.no", "ø", "x" * 129, '"', "<b>", None])
async def test_an_id_that_cannot_be_repeated_as_it_is_makes_way_for_one_of_ours(door: Door, given: str | None) -> None:
    headers = [] if given is None else [(b"X-Request-Id", given.encode())]
    first, second = [(await door.client.get("/healthz", headers=headers)).headers["request-id"] for _ in range(2)]
    assert first.startswith("req_")
    assert first != second
