"""The web app as a whole: every error is a problem, health is told, and nothing personal is logged."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import structlog

from config.files import read_laws
from config.settings import Settings
from facts.database import Database
from tests.begin import BEGIN
from tests.web.door import Door, day, invoice
from web.app import create_app


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/v1/invoices/none", 404),
        ("DELETE", "/v1/invoices", 405),
        ("GET", "/v1/", 404),
    ],
)
async def test_every_error_is_a_problem(door: Door, method: str, path: str, status: int) -> None:
    answer = await door.client.request(method, path)
    problem = answer.json()
    assert answer.status_code == problem["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"].startswith("urn:purr:problem:")
    assert problem["title"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"\xff\xfe",
        b'{"number": ' + b"9" * 5000 + b"}",
        b'{"\\ud800": 1}',
        json.dumps(invoice("a\0b")).encode(),
        json.dumps(invoice("\ud800")).encode(),
        json.dumps(invoice("\u202e1")).encode(),
        json.dumps(invoice(amount="9" * 400)).encode(),
        json.dumps(invoice(amount=float("inf"))).encode(),
        json.dumps(invoice(due_date="0000-00-00")).encode(),
        json.dumps(invoice(reference="1\n2")).encode(),
    ],
)
async def test_nonsense_is_refused_and_never_an_error_of_ours(door: Door, body: bytes) -> None:
    answer = await door.client.post("/v1/invoices", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("number", ["%00", "a%00b", "%ED%A0%80", "%FF", "x" * 5000, "%2e%2e", "😀"])
async def test_an_odd_invoice_number_in_the_address_is_no_error_of_ours(door: Door, number: str) -> None:
    assert (await door.client.get(f"/v1/invoices/{number}")).status_code in (404, 422)


@pytest.mark.parametrize("path", ["/v1/invoices", "/webhooks/payments", "/webhooks/twilio/inbound"])
async def test_a_body_is_counted_as_it_comes_whatever_its_length_says(door: Door, path: str) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b" " * 64 * 1024

    answer = await door.client.post(path, content=endless(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["status"]) == (413, 413)
    assert sent < 30


async def test_health_needs_no_database_and_readiness_no_temporal(door: Door) -> None:
    assert (await door.client.get("/healthz")).json() == {"status": "up"}
    ready = await door.client.get("/readyz")
    assert ready.json() == {"status": "ready", "database": "up", "temporal": "down"}


async def test_readiness_tells_what_the_law_will_lack(door: Door, web_settings: Settings) -> None:
    transport = httpx.ASGITransport(create_app(web_settings, door.database, read_laws()))  # years after its last row
    async with httpx.AsyncClient(transport=transport, base_url="https://purr.example") as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 200
    (missing,) = answer.json()["law"]
    assert "no.yaml has no row in half_years for the half-year from" in missing


async def test_without_a_database_nothing_is_accepted_and_it_says_so(web_settings: Settings) -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    app = create_app(web_settings, database)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://purr.example") as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503
        answer = await client.get("/v1/invoices/1", headers={"Authorization": "Bearer purr_x"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "purr_database_up 0.0" in (await client.get("/metrics")).text
    await database.close()


async def metrics(door: Door) -> dict[str, float]:
    lines = (await door.client.get("/metrics")).text.splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[:1] != "#")}


async def test_the_metrics_count_what_waits_and_what_is_unclear(door: Door) -> None:
    stored = 'purr_web_requests_total{method="POST",route="/v1/invoices",status="201"}'
    before = await metrics(door)
    await door.send_invoice()
    delivery = await door.claimed()
    await door.rows(
        "update delivery set claimed_at = :long_ago where id = :d returning 1",
        d=delivery,
        long_ago=BEGIN - timedelta(minutes=16),
    )
    await door.rows(
        "update dunning_case set next_at = :an_hour_ago where creditor_id = :c returning 1",
        c=door.creditor,
        an_hour_ago=BEGIN - timedelta(hours=1),
    )
    numbers = await metrics(door)
    assert numbers["purr_outbox_waiting"] >= 1
    assert numbers["purr_ambiguous_deliveries"] >= 1
    assert numbers["purr_oldest_overdue_seconds"] >= 3600
    assert numbers["purr_stop_switches"] == 0
    assert numbers[stored] == before.get(stored, 0) + 1


async def test_the_log_tells_the_route_and_never_the_address(door: Door) -> None:
    await door.send_invoice("A-SECRET-NUMBER")
    link = await door.link(number="A-SECRET-NUMBER")
    with structlog.testing.capture_logs() as logs:
        await door.client.get("/v1/invoices/A-SECRET-NUMBER")
        await door.client.get(link)
    handled = [(e["event"], e["method"], e["route"], e["status"]) for e in logs]
    assert handled == [
        ("request_handled", "GET", "/v1/invoices/{number:path}", 200),
        ("request_handled", "GET", "/i/{token}", 200),
    ]
    assert link.rsplit("/", 1)[-1] not in str(logs)


async def test_a_debtor_gets_a_new_address_and_a_reason_to_stop(door: Door) -> None:
    await door.send_invoice()
    change = {"email": "kari@new.example", "stop_reason": "deceased", "protected_address": True}
    answer = await door.client.patch("/v1/debtors/K-1", json=change)
    assert answer.json() == {"customer_number": "K-1", "open_cases": 1}
    (debtor,) = await door.rows("select * from debtor where creditor_id = :c", c=door.creditor)
    assert (debtor.stop_reason, debtor.protected_address) == ("deceased", True)
    contacts = await door.rows(
        "select address, state from contact_point where debtor_id = :d and channel = 'email' order by id", d=debtor.id
    )
    assert [tuple(row) for row in contacts] == [("kari@example.no", "replaced"), ("kari@new.example", "valid")]
    assert await door.news() == ["invoice_changed", "debtor_changed"]
    await door.client.patch("/v1/debtors/K-1", json={"stop_reason": None})
    (debtor,) = await door.rows("select * from debtor where creditor_id = :c", c=door.creditor)
    assert (debtor.stop_reason, debtor.protected_address) == (None, True)


async def test_only_a_person_with_a_reason_gives_a_debtor_another_name_or_an_address_back(door: Door) -> None:
    phone = f"+479{uuid4().int % 10**7:07}"
    await door.send_invoice(debtor=invoice()["debtor"] | {"phone": phone})
    marked = "update contact_point set state = 'opted out' where address = :phone returning id"
    await door.rows(marked, phone=phone)
    silent = await door.client.patch("/v1/debtors/K-1", json={"phone": phone})
    assert silent.json()["not_used"] == ["sms: opted out", "phone: opted out"]
    for nobody in ({"name": "Kari Hansen"}, {"phone": phone, "by": "anne"}):
        assert (await door.client.patch("/v1/debtors/K-1", json=nobody)).status_code == 422
    change = {"name": "Kari Hansen", "phone": phone, "by": "anne", "reason_code": "called"}
    answer = await door.client.patch("/v1/debtors/K-1", json=change)
    assert answer.json() == {"customer_number": "K-1", "open_cases": 1}
    query = "select d.name, p.state from debtor d join contact_point p on p.debtor_id = d.id where p.address = :phone"
    assert {tuple(row) for row in await door.rows(query, phone=phone)} == {("Kari Hansen", "valid")}


async def test_of_several_debtors_under_one_customer_number_one_is_named(door: Door) -> None:
    await door.send_invoice()
    other = await door.send_invoice("1002", debtor=invoice()["debtor"] | {"name": "Ola Testmann"})
    assert other.json()["warnings"] == ["customer number K-1 has more than one name: each is a debtor of its own"]
    change = {"stop_reason": "deceased"}
    assert (await door.client.patch("/v1/debtors/K-1", json=change)).status_code == 409
    assert (await door.client.patch("/v1/debtors/K-1?called=Ola Testmann", json=change)).status_code == 200
    query = "select name from debtor where creditor_id = :c and stop_reason = 'deceased'"
    assert [row.name for row in await door.rows(query, c=door.creditor)] == ["Ola Testmann"]


async def test_a_representative_has_addresses_of_their_own(door: Door) -> None:
    await door.send_invoice()
    await door.client.patch("/v1/debtors/K-1", json={"representative": {"name": "Per Verge", "email": "per@verge.no"}})
    contacts = await door.rows(
        """select p.address, of_representative, state from contact_point p
        join debtor d on d.id = p.debtor_id where d.creditor_id = :c and channel = 'email' order by p.id""",
        c=door.creditor,
    )
    assert [tuple(row) for row in contacts] == [("kari@example.no", False, "valid"), ("per@verge.no", True, "valid")]


async def test_an_address_that_is_none_is_refused(door: Door) -> None:
    await door.send_invoice()
    for change in (
        {"email": "nowhere"},
        {"phone": "12"},
        {"city": "Oslo"},
        {"representative": {"name": "P", "phone": "x"}},
    ):
        assert (await door.client.patch("/v1/debtors/K-1", json=change)).status_code == 422


async def test_a_posted_batch_and_a_returned_letter_are_told(door: Door) -> None:
    await door.send_invoice()
    letter, batch = await door.claimed("letter"), f"batch-{door.creditor}"
    await door.rows(
        "update delivery set state = 'accepted', accepted_at = :now, batch = :b where id = :d returning 1",
        now=BEGIN,
        b=batch,
        d=letter,
    )
    posted = await door.client.post("/v1/letters/posted", json={"batch": batch, "on": day(0)})
    assert posted.json() == {"batch": batch, "on": day(0), "letters": 1}
    returned = await door.client.post(f"/v1/letters/{letter}/returned")
    assert returned.json() == {"id": str(letter), "changed": True}
    row = await door.delivery(letter)
    assert (row.state, row.contact) == ("failed", "wrong")
    assert (await door.client.post("/v1/letters/posted", json={"batch": "none", "on": day(0)})).status_code == 422


async def test_the_partners_answer_to_a_hand_off_is_stored(door: Door) -> None:
    await door.send_invoice()
    ((hand_off,),) = await door.rows(
        """insert into hand_off (creditor_id, case_id, state, happened_at)
        select creditor_id, id, 'exported', :now from dunning_case where creditor_id = :c returning id""",
        c=door.creditor,
        now=BEGIN,
    )
    answer = await door.client.post(f"/v1/hand-offs/{hand_off}/answer", json={"accepted": True})
    assert answer.json() == {"id": hand_off, "changed": True}
    assert (await door.client.post("/v1/hand-offs/2000000000/answer", json={"accepted": True})).status_code == 422


async def test_a_message_of_a_hand_off_file_is_acknowledged_once(door: Door) -> None:
    await door.send_invoice()
    message = await door.one(
        """with h as (insert into hand_off (creditor_id, case_id, state, exported_at, happened_at)
          select creditor_id, id, 'accepted', :now, :now from dunning_case where creditor_id = :c returning id)
        insert into hand_off_message (hand_off_id, kind, exported_at, happened_at)
        select id, 'recall', :now, :now from h returning id""",
        c=door.creditor,
        now=BEGIN,
    )
    said = [await door.client.post(f"/v1/hand-offs/messages/{message}/acknowledge") for _ in range(2)]
    assert [answer.json() for answer in said] == [
        {"id": message, "changed": True},
        {"id": message, "changed": False},
    ]


async def test_the_documentation_needs_no_network(door: Door) -> None:
    page = await door.client.get("/docs")
    assert page.status_code == 200
    assert "/v1/invoices/{number}" in page.text
    assert "<script" not in page.text
    assert "https://" not in page.text
