"""Whether the web app is up, ready and well."""

from datetime import timedelta

import httpx

from config.files import read_laws
from config.settings import Settings
from facts.database import Database
from tests.begin import BEGIN
from tests.web.door import Door
from web.app import create_app


async def test_health_needs_no_database_and_readiness_no_temporal(door: Door) -> None:
    assert (await door.client.get("/healthz")).json() == {"status": "up"}
    ready = await door.client.get("/readyz")
    assert ready.json() == {"status": "ready", "database": "up", "temporal": "down"}


async def test_readiness_tells_what_the_law_will_lack(door: Door, web_settings: Settings) -> None:
    transport = httpx.ASGITransport(create_app(web_settings, door.database, read_laws()))  # years after its last row
    async with httpx.AsyncClient(transport=transport, base_url="https://purr.example") as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 200
    missing = answer.json()["law"]  # of each country in which there is a creditor
    assert any("no.yaml has no row in half_years for the half-year from" in each for each in missing)


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
    assert numbers["purr_stop_switches"] == before["purr_stop_switches"]
    assert numbers[stored] == before.get(stored, 0) + 1
