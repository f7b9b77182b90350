"""The walls of every door: no key, a wrong one, another creditor's and an id of nobody open nothing, and look alike."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import SecretStr
from starlette.routing import Route

from config.settings import Settings
from connectors.ids import Kind
from facts import clock, tables
from facts.database import Database
from facts.money import accounting
from facts.parties.creditors import issue_api_key
from facts.webhooks import outgoing
from tests.begin import BEGIN, TODAY, turn
from tests.connectors.bank_files.camt.test_parse import entry, message, statement
from tests.web.door import Door, account_of, day, invoice, paid
from tests.world import laws_for_years_to_come
from web.app import create_app

OWNER, NEIGHBOUR = "walled-in", "next-door"
MARKS = ("A-4711", "Kari Nordmann", "K-SECRET", "kari@example.no", "006402710013")  # stand in the owner's answers alone
ASKED = {"by": "anne", "reason_code": "asked"}
OF_MANY = ASKED | {"command": "hold", "where": "number={invoice}"}
WORDS = {"message": "reminder", "language": "nb", "tone": "kind", "form": "txt"}
SAID = {"title": "Stille", "text": "Det er stille.", "sms": "Det er stille."}
PIECE = {"kind": "tip", "moments": ["paid"], "words": {"nb": {"title": "Takk", "text": "Ha en fin dag."}}}
NOTICE = {"kind": "outage", "until": day(2), "words": {"nb": SAID, "en": SAID}, "by": "anne"}
OUTSIDE = {
    "what": "credit score",
    "number": "612",
    "customer_number": "K-SECRET",
    "since": day(-400),
    "source": "Kredittbyrå",
    "purpose": "prediction",
}
SEND_BACK = "/v1/payments/unmatched/{other_payment}/send-back"
HOOKS = "/v1/webhook-endpoints"
HOOK = {"url": "https://93.184.215.14/purr", "events": ["*"]}


@dataclass(frozen=True)
class Wall:
    """A route of the API, with what it is asked for in braces: once the owner's, once what nobody has."""

    method: str
    path: str
    body: Any = None
    foreign: int = 404  # how a neighbour is answered
    own: tuple[int, ...] = (200,)  # and how the owner is
    file: str | None = None  # in the place of JSON

    @property
    def names(self) -> list[str]:
        """What it asks for, where that is somebody's."""
        return re.findall(r"{(\w+)}", f"{self.path} {self.body} {self.file}")

    def request(self, things: Mapping[str, Any]) -> dict[str, Any]:
        """The request for one's things."""
        path, body, file = (_filled(each, things) for each in (self.path, self.body, self.file))
        return {"method": self.method, "url": path, **({"content": file.encode()} if file else {"json": body})}


WALLS = [
    Wall("POST", "/v1/invoices", invoice("N-1", debtor={"name": "Ola"}, reference=None), foreign=201, own=(201,)),
    Wall("POST", "/v1/invoices", invoice("N-2", creditor=OWNER), foreign=422, own=(201,)),
    Wall(
        "POST",
        "/v1/credit-notes",
        {"number": "C-1", "invoice_number": "{invoice}", "issue_date": day(0), "currency": "NOK", "amount": "1.00"},
        foreign=422,
        own=(201,),
    ),
    Wall("POST", "/v1/invoices/bulk", invoice("N-4", debtor={"name": "Ola"}, reference=None), foreign=200),
    Wall("POST", "/v1/invoice-files", invoice("N-3", debtor={"name": "Ola"}, reference=None), foreign=200),
    Wall("GET", "/v1/invoices?expand=debtor,payments", foreign=200),
    Wall("GET", "/v1/invoices/{invoice}"),
    Wall("GET", "/v1/invoices/{invoice}/why"),
    Wall("GET", "/v1/invoices/{invoice}/card-link"),
    Wall("GET", "/v1/invoices/{invoice}/dossier?for=court&by=anne"),
    Wall("GET", "/v1/invoices/{invoice}/e-invoice", own=(422,)),
    Wall("GET", "/v1/credit-notes/{credit_note}/e-invoice", own=(422,)),
    Wall("PUT", "/v1/invoices/{invoice}/pdf", own=(422,)),
    Wall("POST", "/v1/invoices/{invoice}/due-date", {"due_date": day(30)}),
    Wall("POST", "/v1/invoices/{invoice}/amount", {"amount": "5900.00", "credit_note": "C-2"}),
    Wall("POST", "/v1/invoices/{invoice}/commands", ASKED | {"command": "hold"}, own=(202,)),
    Wall("POST", "/v1/invoices/{invoice}/promises", ASKED | {"pay_by": day(7)}, own=(201,)),
    Wall("POST", "/v1/invoices/{invoice}/promises/withdraw", ASKED),
    Wall("GET", "/v1/invoices/{invoice}/plan-offers"),
    Wall("POST", "/v1/invoices/{invoice}/plan", ASKED | {"months": 3}, own=(201,)),
    Wall("GET", "/v1/invoices/{invoice}/plan"),
    Wall("POST", "/v1/invoices/{invoice}/plan/end", ASKED),
    Wall("POST", "/v1/invoices/{invoice}/links/revoke", ASKED),
    Wall(
        "POST",
        "/v1/payments",
        paid("w-9-{refund}", reference=None, invoice_number="{invoice}", amount="1.00"),
        foreign=200,
    ),
    Wall("GET", "/v1/payments/unmatched", foreign=200),
    Wall(
        "POST",
        "/v1/bank-files",
        foreign=422,
        file=message(statement(entry(), account="<Othr><Id>{account}</Id></Othr>")),
    ),
    Wall("POST", "/v1/bank-accounts/{account}/imported-through", {"through": day(0)}),
    Wall("POST", "/v1/payments/unmatched/{payment}/match", {"invoices": [{"number": "{invoice}"}], "by": "anne"}),
    Wall("POST", SEND_BACK, {"by": "anne"}),
    Wall("GET", "/v1/refunds", foreign=200),
    Wall("GET", "/v1/refunds/waiting", foreign=422, own=(422,)),  # neither has said how it pays back
    Wall("POST", "/v1/refunds/{refund}/account", {"by": "anne", "to_account": "99990512341"}),
    Wall("POST", "/v1/refunds/{refund}/approve", {"by": "anne"}, own=(422,)),  # by who named its account
    Wall("POST", "/v1/refunds/{refund}/reject", {"by": "anne"}),
    Wall("POST", "/v1/refund-files", {"by": "anne"}, foreign=422, own=(422,)),
    Wall("GET", "/v1/refund-files", foreign=200),
    Wall("GET", "/v1/refund-files/{refund_file}"),
    Wall("GET", "/v1/vouchers", foreign=200),
    Wall("GET", "/v1/vouchers/{closed_day}"),
    Wall("GET", "/v1/vouchers/{closed_day}/file"),
    Wall("POST", "/v1/refunds/{refund}/paid"),
    Wall("GET", "/v1/cases", foreign=200),
    Wall("POST", "/v1/cases/commands/preview", OF_MANY, foreign=422),
    Wall("POST", "/v1/cases/commands", OF_MANY, foreign=422),
    Wall("GET", "/v1/control", foreign=200),
    Wall("GET", "/v1/ramp", foreign=200),
    Wall("GET", "/v1/look", foreign=200),
    Wall("POST", "/v1/look", ASKED | {"colour": "#0b5d3b"}, foreign=200),
    Wall("GET", "/v1/policies", foreign=200),
    Wall("POST", "/v1/policies", ASKED | {"policies": {"FI": {"consumer": "fi-gentle"}}}, foreign=200),
    Wall("GET", "/v1/sms-senders", foreign=200),
    Wall("GET", "/v1/words", foreign=200),
    Wall("POST", "/v1/words", ASKED | WORDS | {"text": None}, foreign=200),
    Wall("POST", "/v1/words/preview", WORDS, foreign=200),
    Wall("GET", "/v1/notices", foreign=200),
    Wall("POST", "/v1/notices", NOTICE, foreign=201, own=(201,)),
    Wall("GET", "/v1/notices/{notice}"),
    Wall("POST", "/v1/notices/{notice}/send", {"by": "anne"}, own=(409,)),  # nobody has counted it yet
    Wall("POST", "/v1/notices/{notice}/stop", {"by": "anne"}),
    Wall("GET", "/v1/content", foreign=200),
    Wall("POST", "/v1/content", ASKED | {"name": "tip", "piece": PIECE}, foreign=200),
    Wall("POST", "/v1/content/preview", {"piece": PIECE}, foreign=200),
    Wall("GET", f"/v1/comparison?day={day(0)}", foreign=200),
    Wall(
        "POST",
        f"/v1/comparison?day={day(0)}&by=anne",
        foreign=200,
        file=f"invoice,date,step,channel\n{{invoice}},{day(0)},reminder,letter\n",
    ),
    Wall("POST", "/v1/ramp", ASKED | {"percent": 100}, foreign=200),
    Wall("GET", "/v1/debtors", foreign=200),
    Wall("GET", "/v1/payments", foreign=200),
    Wall("GET", "/v1/bank-accounts", foreign=200),
    Wall("GET", "/v1/deliveries", foreign=200),
    Wall("GET", "/v1/deliveries/{letter}"),
    Wall("GET", "/v1/deliveries/{letter}/why"),
    Wall("GET", "/v1/tasks", foreign=200),
    Wall("GET", "/v1/letters", foreign=200),
    Wall("GET", "/v1/hand-offs", foreign=200),
    Wall("GET", "/v1/replies", foreign=200),
    Wall("POST", "/v1/replies/{reply}/about", {"customer_number": "{customer}", "by": "anne"}, own=(404,)),
    Wall("POST", "/v1/replies/{reply}/answer", {"by": "anne", "text": "Det er nettleie."}, own=(201,)),
    Wall("POST", "/v1/replies/{reply}/done", {"by": "anne"}),
    Wall(
        "POST",
        "/v1/replies",
        {"channel": "phone", "topic": "contract", "by": "anne", "invoice": "{invoice}"},
        own=(201,),
    ),
    Wall("GET", "/v1/replies/{reply}/files/{file}"),
    Wall("GET", f"/v1/replies/counted?since={day(-30)}", foreign=200),
    Wall("GET", "/v1/debtors/find?said={customer}", foreign=200),
    Wall("GET", "/v1/debtors/{customer}/thread"),
    Wall("GET", "/v1/debtors/{customer}/statement"),
    Wall("GET", "/v1/debtors/{customer}/statement.pdf"),
    Wall("POST", "/v1/debtors/{customer}/statement", own=(201,)),
    Wall("POST", "/v1/debtors/{customer}/statement", ASKED, own=(409,)),  # money waits for a person: nothing is sent
    Wall("GET", "/v1/calls?all=true", foreign=200),
    Wall("GET", "/v1/calls/file", foreign=200),
    Wall("POST", "/v1/calls/incoming", {"call": "c-1", "agent": "nobody", "number": "+4791234567"}, foreign=200),
    Wall("POST", "/v1/calls/{call}/give", {"by": "anne", "agency": None}),
    Wall("POST", "/v1/calls/{call}/snooze", {"by": "anne", "until": f"{day(1)}T12:00:00Z"}),
    Wall("POST", "/v1/calls/{call}/take", {"by": "anne"}, own=(200, 409)),  # not at night
    Wall("POST", "/v1/calls/{call}/link", {"by": "anne"}, own=(200, 409)),
    Wall("POST", "/v1/calls/{call}/outcome", {"by": "anne", "outcome": "no answer"}),
    Wall(
        "POST",
        "/v1/calls/outcomes",
        foreign=200,
        file=f"call,outcome,at,by\n{{call}},no answer,{day(0)}T00:00:00Z,anne\n",
    ),
    Wall(
        "POST",
        "/v1/customer-relations",
        {"id": "crm-{refund}", "customer_number": "K-77", "kind": "started", "on": day(-400)},
        foreign=201,
        own=(201,),
    ),
    Wall("GET", "/v1/debtors/{customer}/relations"),
    Wall("GET", "/v1/debtors/{customer}/behaviour"),
    Wall(
        "POST", "/v1/outside-facts", OUTSIDE | {"id": "o-{refund}", "customer_number": "K-77"}, foreign=201, own=(201,)
    ),
    Wall("POST", "/v1/outside-facts/{fact}/end", {"on": day(0)}),
    Wall("GET", "/v1/debtors/{customer}/outside-facts", foreign=200),
    Wall("GET", f"/v1/customers-kept?since={day(-30)}", foreign=200),
    Wall("GET", "/v1/reports/page", foreign=200),
    Wall(
        "POST",
        "/v1/exchange-rates",
        {"by": "anne", "rates": [{"currency": "EUR", "on": day(0), "rate": "11.6", "source": "Norges Bank"}]},
        foreign=201,
        own=(201,),
    ),
    Wall("GET", "/v1/exchange-rates", foreign=200),
    Wall("GET", "/v1/reports/{report}", foreign=200),
    Wall("GET", "/v1/reports/{report}.csv", foreign=200),
    Wall("PATCH", "/v1/debtors/{customer}", {"email": "kari.ny@example.no"}),
    Wall("POST", "/v1/letters/posted", {"batch": "{batch}", "on": day(0)}, foreign=422),
    Wall("POST", "/v1/letters/{letter}/returned"),
    Wall("POST", "/v1/hand-offs/{hand_off}/answer", {"accepted": True}),
    Wall("POST", "/v1/hand-offs/messages/{recall}/acknowledge"),
    Wall("POST", HOOKS, HOOK, foreign=201, own=(201,)),
    Wall("GET", HOOKS, foreign=200),
    Wall("GET", "/v1/webhook-messages", foreign=200),
    Wall("GET", f"{HOOKS}/{{endpoint}}"),
    Wall("GET", f"{HOOKS}/{{endpoint}}/messages"),
    Wall("POST", f"{HOOKS}/{{endpoint}}/replay", {}),
    Wall("POST", f"{HOOKS}/{{endpoint}}/rotate", {}),
    Wall("POST", f"{HOOKS}/{{endpoint}}/disable", {}),
    Wall("POST", f"{HOOKS}/{{endpoint}}/enable"),
    Wall("DELETE", f"{HOOKS}/{{endpoint}}"),
    # Both are live: there is nothing to try.
    Wall("GET", "/v1/test/clock", foreign=409, own=(409,)),
    Wall("POST", "/v1/test/clock/advance", {"days": 1}, foreign=409, own=(409,)),
    Wall("POST", "/v1/test/deliveries/{letter}/events", {"kind": "read"}, foreign=409, own=(409,)),
]

# A provider's doors ask for its signature, a debtor's for the link and the desk's for who is signed in (each with its act, in
# tests/web/desk/test_door.py); their own tests try all of them. These ask for nothing.
SIGNED = ("/webhooks/",)
BY_LINK = ("/i", "/i/", "/a/", "/c/", "/desk/")
OPEN = {"/healthz", "/readyz", "/metrics", "/docs", "/openapi.json", "/problems", "/problems/{kind}"}

ROWS_OF_OWNER = " union all ".join(
    f"select '{table.name}', md5(string_agg(t::text, '|' order by t::text)) from {table.name} t where creditor_id = :owner"
    for table in tables.SQLModel.metadata.sorted_tables
    if "creditor_id" in table.c
)


@dataclass(frozen=True)
class Town:
    """Two creditors behind one web app, of whom only one has anything."""

    owner: Door
    keys: Mapping[str, str]
    theirs: Mapping[str, Any]
    nobodys: Mapping[str, Any]

    async def asks(self, who: str, wall: Wall, things: Mapping[str, Any]) -> httpx.Response:
        """Somebody's request for somebody's things, each from an address of its own."""
        address = str(ip_address("10.77.0.1") + 256 * next(_addresses))
        transport = httpx.ASGITransport(self.owner.app, raise_app_exceptions=False, client=(address, 1))
        key = {"X-Request-Id": "the-same"} | ({"Authorization": f"Bearer {self.keys[who]}"} if who in self.keys else {})
        async with httpx.AsyncClient(transport=transport, base_url="https://purr.example", headers=key) as client:
            return await client.request(**wall.request(things))


_addresses = count()


@pytest_asyncio.fixture(scope="module")
async def town(web_settings: Settings, web_database: Database) -> AsyncIterator[Town]:
    """The two, and one of each thing that can be asked for."""
    await turn(web_database)
    keyed = {"webhook_signing_keys": (SecretStr("a-master-key-of-32-characters-or-more"),)}
    app = create_app(web_settings.model_copy(update=keyed), web_database, laws_for_years_to_come())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="https://purr.example"
    ) as client:
        door = Door(app, client, web_database, OWNER)
        keys = {OWNER: await door.register(OWNER), NEIGHBOUR: await door.register(NEIGHBOUR), "stranger": "purr_no-key"}
        async with web_database.transaction() as connection:
            keys["agency"] = await issue_api_key(connection, OWNER, "calls", BEGIN, "Ring AS")
        client.headers["Authorization"] = f"Bearer {keys[OWNER]}"
        nobodys = {
            "invoice": "Z-1",
            "credit_note": "Z-2",
            "file": 1,
            "customer": "K-NONE",
            "fact": "o-none",
            "account": "NONE",
            "batch": "none",
            "report": "ageing",
            "closed_day": "1999-12-31",
            "refund_file": "none.xml",
        }
        named = {"payment": Kind.PAYMENT, "other_payment": Kind.PAYMENT, "refund": Kind.REFUND, "reply": Kind.REPLY}
        named |= {"hand_off": Kind.HAND_OFF, "recall": Kind.PARTNER_MESSAGE, "call": Kind.TASK}
        named |= {"notice": Kind.ANNOUNCEMENT}
        nobodys |= {thing: f"{kind}_{'a' * 32}" for thing, kind in named.items()}
        yield Town(door, keys, await things_of(door), nobodys | {"letter": uuid4(), "endpoint": uuid4()})


async def things_of(door: Door) -> dict[str, Any]:
    """One of each thing that the owner can have; gives what each is named by."""
    debtor = invoice()["debtor"] | {"customer_number": "K-SECRET"}
    lines = [{"text": "Nettleie", "amount": "6000.00"}]
    sent = await door.send_invoice("A-4711", amount="6000.00", lines=lines, debtor=debtor)
    assert sent.status_code == 201, sent.text
    assert (await door.send_invoice("A-4712", debtor=debtor)).status_code == 201  # the one that is handed off
    note = {"number": "C-11", "invoice_number": "A-4712", "issue_date": day(0), "currency": "NOK", "amount": "1.00"}
    assert (await door.client.post("/v1/credit-notes", json=note)).status_code == 201
    for number in ("w-1", "w-2", "w-3"):
        await door.pay(number, reference="12345674", text="A-4711")
    waiting = (await door.client.get("/v1/payments/unmatched")).json()["payments"]
    first, second, third = (each["number"] for each in waiting)
    sent_back = await door.client.post(f"/v1/payments/unmatched/{third}/send-back", json={"by": "anne"})
    letter, of_owner = await door.claimed("letter", number="A-4711"), {"c": door.creditor, "now": BEGIN}
    await door.rows(
        "update delivery set state = 'accepted', accepted_at = :now, batch = 'batch-1' where id = :d returning 1",
        now=BEGIN,
        d=letter,
    )
    hand_off, recalled = [
        await door.one(
            """insert into hand_off (creditor_id, case_id, state, exported_at, happened_at)
            select c.creditor_id, c.id, :state, :now, :now from dunning_case c join invoice i on i.id = c.invoice_id
            where c.creditor_id = :c and i.number = 'A-4712' returning id""",
            state=state,
            **of_owner,
        )
        for state in ("exported", "accepted")
    ]
    recall = await door.one(
        """insert into hand_off_message (hand_off_id, kind, exported_at, happened_at)
        values (:h, 'recall', :now, :now) returning id""",
        h=recalled,
        now=BEGIN,
    )
    reply = await door.one(
        """insert into reply (creditor_id, debtor_id, case_id, channel, sender, text, happened_at)
        select creditor_id, debtor_id, id, 'email', 'kari@example.no', 'Kari Nordmann', :now
        from dunning_case where creditor_id = :c limit 1 returning id""",
        **of_owner,
    )
    call = await door.one(
        """insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
        select c.creditor_id, c.id, c.round, 'call', 'call', 'why', :now from dunning_case c
        join invoice i on i.id = c.invoice_id where c.creditor_id = :c and i.number = 'A-4712' returning id""",
        **of_owner,
    )
    await door.rows(
        """insert into reply_file (reply_id, position, name, media_type, size, content, happened_at)
        values (:r, 1, 'kari@example.no.pdf', 'application/pdf', 5, '%PDF-', :now) returning 1""",
        r=reply,
        now=BEGIN,
    )
    await door.rows(
        """insert into refund_file (creditor_id, name, message_id, execute_on, orders, total, currency, by, content, happened_at)
        values (:c, :file, :file, :now, 1, 1, 'NOK', 'anne', 'Kari Nordmann', :now) returning 1""",
        file=f"{door.creditor}.xml",
        **of_owner,
    )
    endpoint = (await door.client.post(HOOKS, json=HOOK)).json()["id"]
    notice = (await door.client.post("/v1/notices", json=NOTICE)).json()["id"]
    relation = {"id": "crm-0", "customer_number": "K-SECRET", "kind": "started", "on": day(-400)}
    assert (await door.client.post("/v1/customer-relations", json=relation)).status_code == 201
    told = await door.client.post("/v1/outside-facts", json=OUTSIDE | {"id": "o-0"})
    assert told.status_code == 201, told.text
    async with door.database.transaction() as connection:
        await accounting.begin(connection, door.creditor, TODAY, BEGIN, 0, BEGIN)
        await accounting.close(
            connection, door.creditor, TODAY, BEGIN + timedelta(days=1), 2**31 - 1, f"{door.creditor}.csv", BEGIN
        )
        await outgoing.emit(
            connection,
            door.creditor,
            "case.closed",
            {"invoice": "A-4711", "outcome": "paid"},
            await clock.now(connection),
        )
    return {
        "invoice": "A-4711",
        "customer": "K-SECRET",
        "fact": "o-0",
        "account": account_of(door.creditor),
        "payment": first,
        "other_payment": second,
        "credit_note": note["number"],
        "refund": sent_back.json()["refund"],
        "letter": letter,
        "batch": "batch-1",
        "hand_off": await door.id_of(Kind.HAND_OFF, hand_off),
        "recall": await door.id_of(Kind.PARTNER_MESSAGE, recall),
        "reply": await door.id_of(Kind.REPLY, reply),
        "call": await door.id_of(Kind.TASK, call),
        "file": 1,
        "endpoint": endpoint,
        "notice": notice,
        "report": "ageing",
        "closed_day": f"{TODAY}",
        "refund_file": f"{door.creditor}.xml",
    }


@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: f"{wall.method} {wall.path}")
async def test_nobody_comes_in_without_a_key_of_the_creditor(town: Town, wall: Wall) -> None:
    for who in ("nobody", "stranger"):
        assert (await town.asks(who, wall, town.theirs)).status_code == 401
    before = await town.owner.rows(ROWS_OF_OWNER, owner=OWNER)
    seen = await town.asks(NEIGHBOUR, wall, town.theirs)
    assert seen.status_code == wall.foreign, seen.text
    assert [mark for mark in MARKS if mark in seen.text and mark not in str(wall.request(town.theirs))] == []
    assert await town.owner.rows(ROWS_OF_OWNER, owner=OWNER) == before
    if wall.names:
        of_nobody = await town.asks(NEIGHBOUR, wall, town.nobodys)
        assert (seen.status_code, _unnamed(seen, wall, town.theirs)) == (
            of_nobody.status_code,
            _unnamed(of_nobody, wall, town.nobodys),
        )


@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: f"{wall.method} {wall.path}")
async def test_the_owner_comes_in(town: Town, wall: Wall) -> None:
    answer = await town.asks(OWNER, wall, town.theirs)
    assert answer.status_code in wall.own, answer.text


@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: f"{wall.method} {wall.path}")
async def test_an_agency_sees_the_calls_that_were_given_to_it_and_nothing_else(town: Town, wall: Wall) -> None:
    before = await town.owner.rows(ROWS_OF_OWNER, owner=OWNER)
    seen = await town.asks("agency", wall, town.theirs)
    of_calls = wall.path.startswith("/v1/calls") and not wall.path.endswith("/give")
    assert seen.status_code == (wall.foreign if of_calls else 401), seen.text
    assert [mark for mark in MARKS if mark in seen.text and mark not in str(wall.request(town.theirs))] == []
    assert await town.owner.rows(ROWS_OF_OWNER, owner=OWNER) == before


def test_every_door_is_known_to_the_walls(town: Town) -> None:
    doors = doors_of(town.owner.app)
    behind_walls = {(method, path) for method, path in doors if path.startswith("/v1/")}
    assert {(method, _shape(path)) for method, path in behind_walls} == {
        (w.method, _shape(w.path.partition("?")[0])) for w in WALLS
    }
    others = {path for _, path in doors - behind_walls}
    assert {path for path in others if not path.startswith((*SIGNED, *BY_LINK))} == OPEN


def doors_of(app: FastAPI) -> set[tuple[str, str]]:
    """The methods and paths of every route, those of included routers too."""
    routers = [app.router, *(route.original_router for route in app.routes if hasattr(route, "original_router"))]
    routes = [route for router in routers for route in router.routes if isinstance(route, Route | APIRoute)]
    return {(method, route.path) for route in routes for method in (route.methods or set()) - {"HEAD"}}


def _shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def _filled(template: Any, things: Mapping[str, Any]) -> Any:
    """A path or body with one's things in the place of the braces."""
    if isinstance(template, str):
        return template.format_map(things)
    if isinstance(template, list):
        return [_filled(each, things) for each in template]
    if isinstance(template, dict):
        return {name: _filled(each, things) for name, each in template.items()}
    return template


def _unnamed(answer: httpx.Response, wall: Wall, things: Mapping[str, Any]) -> str:
    """What is answered, but for the names of what was asked for."""
    named = "|".join(re.escape(str(things[name])) for name in wall.names)
    return re.sub(rf"\b({named})\b", "…", answer.text)
