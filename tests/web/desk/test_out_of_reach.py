"""Whatever is another creditor's, or not given to who works for somebody else, is as if it were not: each role by each route."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

import httpx
import pytest

from commands.prediction.segments import take_segments
from domain.desk.roles import MAY, OUTSIDE, Role
from domain.learned.segments import STARTS, Segment
from facts import clock
from facts.webhooks import outgoing
from tests.begin import BEGIN, by_day, turn
from tests.web.desk.conftest import Desk, Staff
from tests.web.desk.test_acts import hidden
from tests.web.desk.test_calls import call_of
from tests.web.desk.test_door import ROUTES
from tests.web.desk.test_experiments import in_an_arm
from tests.web.desk.test_incoming import card
from tests.web.desk.test_notices import form as notice
from tests.web.desk.test_queues import flagged_file, money, task, unanswered
from tests.web.desk.test_sent import PDF, file, sent
from tests.web.door import Door

NAMED: Final[Mapping[str, str]] = {
    "/desk/attached/{creditor}/{reply}/{position}": "/desk/attached/{creditor}/{reply}/1",
    "/desk/calls/{id}": "/desk/calls/{call}",
    "/desk/creditors/{creditor}": "/desk/creditors/{creditor}",
    "/desk/debtor/{debtor}": "/desk/debtor/{debtor}",
    "/desk/experiments/{creditor}/{experiment}": "/desk/experiments/{creditor}/{tried}",
    "/desk/inbox/{reply}": "/desk/inbox/{reply}",
    "/desk/inbox/{reply}/files/{number}": "/desk/inbox/{reply}/files/1",
    "/desk/incoming/{id}": "/desk/incoming/{incoming}",
    "/desk/incoming/{id}/bind/{debtor}": "/desk/incoming/{incoming}/bind/{debtor}",
    "/desk/letter/{creditor}/{delivery}": "/desk/letter/{creditor}/{delivery}",
    "/desk/many/{number}": "/desk/many/{order}",
    "/desk/notices/{id}": "/desk/notices/{notice}",
    "/desk/queues/ambiguous/{serial}": "/desk/queues/ambiguous/{serial}",
    "/desk/queues/files/{number}": "/desk/queues/files/{flagged}",
    "/desk/queues/money/{number}": "/desk/queues/money/{money}",
    "/desk/queues/{name}/{task}": "/desk/queues/addresses/{task}",
    "/desk/saved-replies/{number}": "/desk/saved-replies/{saved}",
    "/desk/segments/{creditor}/{key}": "/desk/segments/{creditor}/{segment}",
    "/desk/sent/{creditor}/{delivery}": "/desk/sent/{creditor}/{delivery}",
    "/desk/users/{name}": "/desk/users/{user}",
    "/desk/webhooks/{id}": "/desk/webhooks/{webhook}",
}
"""The addresses of things, by how their routes begin. A case is named by its creditor and number in every other."""

NAMES: Final = (
    "creditor", "debtor", "delivery", "reply", "call", "task", "money", "notice", "order", "saved", "user", "webhook", "incoming",
    "serial", "flagged", "segment", "tried",
)  # fmt: skip

OF_EVERYBODY: Final = {
    "GET /desk/files/{file}",  # the style and the script
    "GET /desk/card/{token}",  # whoever has the address sees it
    "GET /desk/models/{name}/{number}",
    "GET /desk/policies/{name}",
    "GET /desk/queues/{name}",
    "GET /desk/reports/{name}",
    "GET /desk/reports/{name}.csv",
    "POST /desk/lists/{number}/remove",  # one's own alone, whatever the number
}
"""What has a name in its address and is no creditor's."""

# What names a creditor in its form: what is typed besides.
BY_FORM: Final[Mapping[str, Mapping[str, str]]] = {
    "POST /desk/keys": {"label": "mine"},
    "POST /desk/keys/end": {"key": "tests"},
    "POST /desk/many": {"where": "state=open", "act": "hold"},
    "POST /desk/notices": {"kind": "outage"},
    "POST /desk/saved-replies": {"language": "nb", "title": "Hei", "text": "Hei"},
    "POST /desk/stops": {"scope": "creditor", "reason": "asked"},
    "POST /desk/stops/lift": {"scope": "creditor"},
    "POST /desk/users": {"name": "ola", "email": "ola@desk.example", "roles": "agent"},
    "POST /desk/letters": {},
}
OF_NOBODY: Final = {"POST /desk/sign-out", "POST /desk/incoming", "POST /desk/lists"}
"""Forms that are about oneself."""
ASKED: Final = (
    "",
    "?q=Hemmelig&where=customer%3DK-secret&creditor={creditor}&invoice=1001&customer=K-secret",
    "?where=creditor%3D{creditor}",
)
"""How somebody asks a page for what is not theirs."""


@dataclass(frozen=True)
class Things:
    """One of everything that a creditor has, by what the addresses call it."""

    by_name: Mapping[str, str]

    def address(self, route: str) -> str | None:
        """Where a route leads with these; None where it has nothing of a creditor in its address."""
        path = route.split(" ")[1]
        if route in OF_EVERYBODY or "{" not in path:
            return None
        begins = max((each for each in NAMED if path.startswith(each)), key=len, default="")
        whole = NAMED.get(begins, "") + path.removeprefix(begins)
        return whole.replace("{number:path}", "1001").format_map(self.by_name)


async def things_of(door: Door, staff: Staff, name: str) -> Things:
    """A creditor's one of everything, as its own credit manager has it."""
    who = {"name": name, "customer_number": "K-secret", "email": "zakarias@example.no", "phone": "+4790000001"}
    assert (await door.send_invoice(debtor=who, reference=None)).status_code == 201
    asked = await task(door, "address")
    delivery, reply = await sent(door), await file(door)
    await door.rows("update delivery set pdf = :pdf where id = :id returning 1", id=delivery, pdf=PDF)
    call, _ = await call_of(door, "1002", name=name)
    manager = await staff.sign_in(Role.CREDIT_MANAGER, creditors=(door.creditor,))
    manager = replace(manager, door=door)
    async with door.database.transaction() as connection:
        hook = await outgoing.add(
            connection, door.creditor, "https://93.184.215.14/purr", ["*"], await clock.now(connection)
        )
    shown = await manager.get("/desk/many", where="state=open", creditor=door.creditor)
    order = await manager.send("/desk/many", **hidden_in(shown.text.partition('action="/desk/many">')[2]))
    written = await manager.send("/desk/notices", **await notice(manager, once=uuid4().hex))
    saved = {"creditor": door.creditor, "language": "nb", "title": "Hei", "text": "Hei"}
    assert (await manager.send("/desk/saved-replies", **saved)).status_code == 303
    of = {"c": door.creditor}
    async with door.database.transaction() as connection:
        await take_segments(connection, door.creditor, [Segment("habit", STARTS["habit"], 1)], BEGIN)
    return Things({
        "name": name,
        "creditor": door.creditor,
        "debtor": await door.one("select id from debtor where creditor_id = :c and customer_number = 'K-secret'", **of),
        "delivery": str(delivery),
        "reply": str(reply),
        "call": str(call),
        "task": str(asked),
        "money": str(await money(door, "p-1", text="fra ukjent")),
        "serial": str(await unanswered(door)),
        "flagged": str((await flagged_file(door))[0]),
        "notice": written.headers["location"].rpartition("/")[2],
        "order": order.headers["location"].rpartition("/")[2],
        "saved": await door.one("select id from desk_saved_reply where creditor_id = :c", **of),
        "segment": "habit",
        "tried": await in_an_arm(door),
        "user": manager.user.name,
        "webhook": str(hook.id),
        "incoming": (await card(manager)).rpartition("/")[2],
    })  # fmt: skip


def hidden_in(page: str) -> dict[str, str]:
    """The fields of a form that nobody types."""
    return hidden(httpx.Response(200, text=page))


async def next_door(door: Door) -> Door:
    """Another creditor in the same book."""
    name = f"{door.creditor}-next"
    transport = httpx.ASGITransport(door.app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {await door.register(name)}"}
    client = httpx.AsyncClient(transport=transport, base_url="https://purr.example", headers=headers)
    return replace(door, creditor=name, client=client)


def test_every_route_is_in_the_matrix() -> None:
    known = Things(dict.fromkeys(NAMES, "x"))
    by_address = {route for route in ROUTES if known.address(route)}
    pages = {route for route in ROUTES if route.startswith("GET ") and "{" not in route}
    assert by_address | OF_EVERYBODY | set(BY_FORM) | OF_NOBODY | pages == set(ROUTES)


@pytest.mark.timeout(600)
async def test_what_is_out_of_reach_is_as_if_it_were_not_whoever_asks_and_however(staff: Staff) -> None:
    await turn(staff.door.database, by_day())
    next_to = await next_door(staff.door)
    async with next_to.client:
        ours = await things_of(staff.door, staff, "Ada Hemmelig")
        theirs = await things_of(next_to, staff, "Zakarias Hemmelig")
    before = await everything(staff.door)
    for role in Role:
        somebody = await staff.sign_in(role, agency="Ring AS" if role is Role.CALL_AGENCY else None)
        async with somebody.client:
            nothing = (await somebody.get("/desk/case/nobody/1")).text
            for route, act in ROUTES.items():
                method, path = route.split(" ")
                if act is None or act not in MAY[role] or route in OF_NOBODY:
                    continue
                for things in (theirs, ours) if role in OUTSIDE else (theirs,):
                    await nothing_of(somebody, method, path, route, things, nothing)
    assert await everything(staff.door) == before
    # They are all there: whoever may see them finds them.
    boss = await staff.sign_in_everywhere(Role.CREDIT_MANAGER)
    async with boss.client:
        for route in ROUTES:
            address, method = theirs.address(route), route.partition(" ")[0]
            # Whose call it is sees it alone, no PDF of its own came with the invoice, and what has its debtor is bound no
            # more; a stream has no end.
            if address and not any(each in address for each in ("/incoming/", "/pdf/", "/bind", "/watch", "/events")):
                answer = await boss.client.request(method, address)
                assert answer.status_code != 404, route


async def nothing_of(somebody: Desk, method: str, path: str, route: str, things: Things, nothing: str) -> None:
    """They learn nothing by a route of what is not theirs."""
    address = things.address(route)
    if address is not None:
        answer = await somebody.client.request(
            method, address, data={"once": uuid4().hex} if method == "POST" else None
        )
        assert (answer.status_code, answer.text == nothing) == (404, True), (somebody.user.roles, route, answer.text)
    elif route in BY_FORM:
        creditor = str(things.by_name["creditor"])
        typed = {"creditor": creditor, "creditors": creditor, "once": uuid4().hex, **BY_FORM[route]}
        answer = await somebody.client.post(path, data=typed | ({"key": creditor} if "stops" in path else {}))
        assert answer.status_code in (404, 422), (somebody.user.roles, route, answer.text)
        assert things.by_name["name"] not in answer.text
    elif route not in OF_EVERYBODY and not path.endswith(("/live", "/watch")):
        for asked in ASKED if "{" not in path else ASKED[:1]:
            answer = await somebody.client.get(f"{path}{asked.format_map(things.by_name)}")
            assert things.by_name["name"] not in answer.text, (somebody.user.roles, route, asked)
            assert f"/{things.by_name['creditor']}/" not in answer.headers.get("location", ""), (route, asked)
            assert answer.status_code < 500, (route, asked, answer.text)


async def everything(door: Door) -> list[tuple[str, int]]:
    """How much of everything there is that somebody could have made or changed."""
    tables = (
        "api_key",
        "stop_switch",
        "desk_saved_reply",
        "announcement",
        "many_order",
        "hold",
        "case_event",
    )
    counts = " union all ".join(f"select '{table}', count(*) from {table}" for table in tables)
    return [tuple(row) for row in await door.rows(f"{counts} order by 1")]


async def test_numbers_that_are_none_are_answered_and_break_nothing(staff: Staff) -> None:
    manager = await staff.sign_in(Role.CREDIT_MANAGER)
    for strange in ("0", "-1", "99999999999999999999", "%00", "a%27--", "..%2F..", "%F0%9F%92%A9", "1e3"):
        things = Things(dict.fromkeys(NAMES, strange))
        for route in ROUTES:
            if address := things.address(route):
                answer = await manager.client.request(route.partition(" ")[0], address)
                assert answer.status_code in (404, 422, 303), (route, strange, answer.text)
