"""Who is let in at the desk: signed in, allowed, from a page of ours; and whoever is not learns nothing."""

from datetime import timedelta
from uuid import UUID

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import text

from domain.desk.roles import MAY, Act, Role
from facts import clock
from facts.desk.users import disable_user
from tests.web.desk.conftest import Desk, Staff
from tests.web.door import Door
from web.desk.door import own_path
from web.desk.doors import ROUTERS

# Every route of the desk, and the act that it needs. A new route stands here before it is let in.
ROUTES = {
    "GET /desk/": Act.LOOK,
    "GET /desk/audit": Act.AUDIT,
    "GET /desk/audit.csv": Act.AUDIT,
    "GET /desk/calls": Act.CALL,
    "GET /desk/calls/{id}": Act.CALL,
    "POST /desk/calls/{id}/link": Act.CALL,
    "POST /desk/calls/{id}/outcome": Act.CALL,
    "POST /desk/calls/{id}/snooze": Act.CALL,
    "POST /desk/calls/{id}/take": Act.CALL,
    "GET /desk/case/{creditor}/{number:path}": Act.LOOK,
    "GET /desk/attached/{creditor}/{reply}/{position}": Act.LOOK,
    "GET /desk/debtor/{debtor}": Act.LOOK,
    "GET /desk/letter/{creditor}/{delivery}": Act.LOOK,
    "GET /desk/pdf/{creditor}/{number:path}": Act.LOOK,
    "GET /desk/sent/{creditor}/{delivery}": Act.LOOK,
    "GET /desk/card/{token}": None,
    "GET /desk/files/{file}": None,
    "POST /desk/incoming": Act.CALL,
    "GET /desk/incoming": Act.CALL,
    "GET /desk/incoming/{id}": Act.CALL,
    "GET /desk/incoming/{id}/bind/{debtor}": Act.SERVE,
    "POST /desk/incoming/{id}/bind/{debtor}": Act.SERVE,
    "GET /desk/incoming/{id}/unbind/{debtor}": Act.SERVE,
    "POST /desk/incoming/{id}/unbind/{debtor}": Act.SERVE,
    "GET /desk/keys": Act.USERS,
    "GET /desk/live": Act.LOOK,
    "GET /desk/live/calls": Act.CALL,
    "POST /desk/keys": Act.USERS,
    "POST /desk/keys/end": Act.USERS,
    "GET /desk/creditors": Act.SYSTEM,
    "GET /desk/creditors/{creditor}": Act.SYSTEM,
    "GET /desk/policies": Act.REPORTS,
    "GET /desk/policies/{name}": Act.REPORTS,
    "GET /desk/queues": Act.LOOK,
    "GET /desk/queues/money/{number}": Act.SETTLE,
    "GET /desk/queues/ambiguous/{serial}": Act.SERVE,
    "POST /desk/queues/ambiguous/{serial}": Act.SERVE,
    "GET /desk/queues/files/{number}": Act.SETTLE,
    "POST /desk/queues/files/{number}/accept": Act.SETTLE,
    "POST /desk/queues/files/{number}/put-away": Act.SETTLE,
    "GET /desk/queues/{name}": Act.LOOK,
    "POST /desk/queues/money/{number}/book": Act.SETTLE,
    "POST /desk/queues/money/{number}/send-back": Act.SETTLE,
    "POST /desk/queues/{name}/{task}/done": Act.SERVE,
    "GET /desk/reports": Act.REPORTS,
    "GET /desk/reports/{name}": Act.REPORTS,
    "GET /desk/reports/{name}.csv": Act.REPORTS,
    "GET /desk/experiments/{creditor}/{experiment}": Act.MANY,
    "POST /desk/experiments/{creditor}/{experiment}": Act.MANY,
    "GET /desk/find": Act.LOOK,
    "GET /desk/list": Act.LOOK,
    "GET /desk/models": Act.SYSTEM,
    "GET /desk/models/{name}/{number}": Act.SYSTEM,
    "GET /desk/notices": Act.MANY,
    "GET /desk/notices/{id}": Act.MANY,
    "POST /desk/notices": Act.MANY,
    "POST /desk/notices/{id}/send": Act.MANY,
    "POST /desk/notices/{id}/stop": Act.MANY,
    "GET /desk/open": Act.LOOK,
    "GET /desk/strategies": Act.REPORTS,
    "GET /desk/sign-in": None,
    "GET /desk/sign-in/back": None,
    "GET /desk/sign-in/begin": None,
    "POST /desk/lists": Act.LOOK,
    "POST /desk/lists/{number}/remove": Act.LOOK,
    "POST /desk/pin/{creditor}/{number:path}": Act.LOOK,
    "GET /desk/inbox": Act.ANSWER,
    "GET /desk/inbox/{reply}": Act.ANSWER,
    "GET /desk/inbox/{reply}/files/{number}": Act.ANSWER,
    "GET /desk/letters": Act.ANSWER,
    "POST /desk/letters": Act.ANSWER,
    "GET /desk/saved-replies": Act.MANY,
    "POST /desk/saved-replies": Act.MANY,
    "POST /desk/saved-replies/{number}/remove": Act.MANY,
    "GET /desk/segments": Act.MANY,
    "GET /desk/segments/{creditor}/{key}": Act.MANY,
    "POST /desk/segments/{creditor}/{key}": Act.MANY,
    "POST /desk/inbox/{reply}/answer": Act.ANSWER,
    "POST /desk/inbox/{reply}/assign": Act.ANSWER,
    "POST /desk/inbox/{reply}/bind": Act.ANSWER,
    "POST /desk/inbox/{reply}/done": Act.ANSWER,
    "POST /desk/inbox/{reply}/proposal": Act.ANSWER,
    "POST /desk/inbox/{reply}/reject": Act.ANSWER,
    "POST /desk/inbox/{reply}/merge": Act.ANSWER,
    "POST /desk/inbox/{reply}/snooze": Act.ANSWER,
    "POST /desk/sign-out": Act.LOOK,
    "GET /desk/stops": Act.STOP_EVERYTHING,
    "POST /desk/stops": Act.STOP_EVERYTHING,
    "POST /desk/stops/lift": Act.STOP_EVERYTHING,
    "GET /desk/system": Act.SYSTEM,
    "GET /desk/users": Act.USERS,
    "POST /desk/users": Act.USERS,
    "POST /desk/users/{name}/end": Act.USERS,
    "GET /desk/webhooks": Act.USERS,
    "GET /desk/webhooks/{id}": Act.USERS,
    "POST /desk/webhooks/{id}/pause": Act.USERS,
    "POST /desk/webhooks/{id}/replay": Act.USERS,
    "POST /desk/webhooks/{id}/resume": Act.USERS,
    "POST /desk/unpin/{creditor}/{number:path}": Act.LOOK,
}
ROUTES |= dict.fromkeys(("GET /desk/many", "POST /desk/many", "GET /desk/many/{number}"), Act.MANY)
ROUTES |= dict.fromkeys(("POST /desk/many/{number}/stop", "GET /desk/many/{number}/events"), Act.MANY)
# What is done to a case: its form and what it sends, each with the act that both need.
DONE_TO_A_CASE = {
    **dict.fromkeys(
        ("hold", "release", "pause", "end-pause", "promise", "withdraw-promise", "plan", "end-plan"), Act.SERVE
    ),
    **dict.fromkeys(("send-link", "send-now", "skip", "undo-send", "undo-skip"), Act.SERVE),
    **dict.fromkeys(("dispute", "resolve-dispute", "contact", "kind", "country", "note"), Act.SERVE),
    **dict.fromkeys(("waive-fees", "due-date", "credit", "use-credit", "undo-credit"), Act.CHANGE_AMOUNT),
    **dict.fromkeys(("withdraw", "unwithdraw", "ask-write-off", "choose-policy"), Act.CHANGE_AMOUNT),
    **dict.fromkeys(("stop", "go-on"), Act.STOP_DEBTOR),
    **dict.fromkeys(("approve-hand-off", "reject-hand-off"), Act.HAND_OFF),
    **dict.fromkeys(("pay-back", "approve-refund", "hold-refund"), Act.PAY_OUT),
    "write-off": Act.WRITE_OFF,
}
ROUTES |= {
    f"{method} /desk/act/{name}/{{creditor}}/{{number:path}}": act
    for name, act in DONE_TO_A_CASE.items()
    for method in ("GET", "POST")
}


def routes() -> dict[str, Act | None]:
    """The routes as they are declared, each with the act that its door asks for."""
    found = {}
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            acts = [call.act for each in route.dependant.dependencies if hasattr(call := each.call, "act")]
            assert len(acts) < 2
            found |= {f"{method} {route.path}": acts[0] if acts else None for method in route.methods}
    return found


def test_every_route_is_in_the_table_with_what_it_needs() -> None:
    assert routes() == ROUTES


@pytest.mark.parametrize("path", ["/desk/", "/desk/?q=kari"])
async def test_who_is_not_signed_in_is_led_there_and_back(door: Door, path: str) -> None:
    answer = await door.client.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/desk/sign-in?back=%2Fdesk%2F")


async def test_whoever_works_here_no_more_is_out_at_once(desk: Desk) -> None:
    assert (await desk.get("/desk/")).status_code == 200
    async with desk.door.database.transaction() as connection:
        await disable_user(connection, desk.user.name, "tests", await clock.now(connection))
    assert (await desk.get("/desk/")).status_code == 303


@pytest.mark.parametrize(("column", "ago", "there"), [
    ("used_at", timedelta(minutes=29), 200),
    ("used_at", timedelta(minutes=31), 303),
    ("began_at", timedelta(hours=9, minutes=59), 200),
    ("began_at", timedelta(hours=10, minutes=1), 303),
])  # fmt: skip
async def test_a_session_ends_when_nobody_is_there_and_at_the_end_of_a_day(
    desk: Desk, column: str, ago: timedelta, there: int
) -> None:
    async with desk.door.database.transaction() as connection:
        statement = text(f"update desk_session set {column} = clock_timestamp() - :ago where user_id = :user")
        await connection.execute(statement, {"ago": ago, "user": desk.user.id})
    assert (await desk.get("/desk/")).status_code == there


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
    ],
)
async def test_a_form_of_another_site_does_nothing(desk: Desk, headers: dict[str, str]) -> None:
    for route in ROUTES:
        method, path = route.split(" ")
        if method == "POST":
            answer = await desk.client.post(path, headers=headers)
            assert answer.status_code == 403, route
    assert (await desk.get("/desk/")).status_code == 200


async def test_signing_out_ends_the_session_for_good(desk: Desk) -> None:
    token = desk.client.cookies["__Host-desk"]
    assert (await desk.send("/desk/sign-out")).status_code == 303
    desk.client.cookies.set("__Host-desk", token, domain="purr.example")
    assert (await desk.get("/desk/")).status_code == 303


async def test_pages_stand_in_no_frame_and_run_nothing_of_others(desk: Desk) -> None:
    headers = (await desk.get("/desk/")).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/desk/",
        "//evil.example",
        "/desk/\\evil.example",
        "/i/abc",
        "",
        "javascript:alert(1)",
        "/desk/\r\nX: y",
    ],
)
def test_nobody_is_led_to_another_site(back: str) -> None:
    assert own_path(back) == "/desk/"
    assert own_path("/desk/case/a/1?x=2") == "/desk/case/a/1?x=2"


async def test_what_a_role_may_not_looks_like_what_is_not_there(staff: Staff) -> None:
    """Every route, asked by every role: only those that may are let in, and nobody else learns that it is there."""
    nothing = (await (await staff.sign_in(Role.AGENT)).get("/desk/nothing-like-it")).status_code
    for role in Role:
        agency = "Ring AS" if role is Role.CALL_AGENCY else None
        somebody = await staff.sign_in(role, agency=agency)
        async with somebody.client:
            for route, act in ROUTES.items():
                method, path = route.split(" ")
                if act is None or act in MAY[role] or path == "/desk/sign-out":
                    continue
                answer = await somebody.client.request(method, path.replace("{id}", str(UUID(int=1))))
                assert answer.status_code == nothing == 404, (role, route)
