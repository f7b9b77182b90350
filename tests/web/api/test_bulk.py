"""Many invoices in one request: each line is answered as it would be alone, and none stops the others."""

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from config.settings import Settings
from facts.database import Database
from tests.web.door import Door, invoice
from tests.world import laws_for_years_to_come
from web.app import create_app


async def sent(door: Door, *lines: Any) -> httpx.Response:
    """Send lines, those that are no text as JSON."""
    written = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return await door.client.post("/v1/invoices/bulk", content=written.encode())


def told(answer: httpx.Response) -> list[tuple[int, int, str]]:
    """The line, the status and what is said of each."""
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    return [(each["line"], each["status"], each["body"].get("number") or each["body"]["type"]) for each in lines]


async def test_each_line_is_answered_in_its_order_and_a_bad_one_stops_none(door: Door) -> None:
    given = [
        invoice("1", reference=None),
        "{broken",
        invoice("2", reference=None, amount="-1"),
        "",
        invoice("3", reference=None),
    ]
    answer = await sent(door, *given, invoice("4", creditor="someone-else"))
    assert told(answer) == [
        (1, 201, "1"),
        (2, 422, "urn:purr:problem:invalid"),
        (3, 422, "urn:purr:problem:invalid"),
        (5, 201, "3"),
        (6, 422, "urn:purr:problem:other-creditor"),
    ]
    assert '"field":"amount"' in answer.text.replace(" ", "")
    assert [
        row.number
        for row in await door.rows("select number from invoice where creditor_id = :c order by id", c=door.creditor)
    ] == ["1", "3"]
    assert await door.news("3") == ["invoice_changed"]


async def test_the_same_again_is_known_and_other_content_under_its_number_a_conflict(door: Door) -> None:
    first = invoice("1", reference=None)
    assert told(await sent(door, first, first, invoice("1", reference=None, amount="1.00"))) == [
        (1, 201, "1"),
        (2, 200, "1"),
        (3, 409, "urn:purr:problem:conflict"),
    ]
    assert told(await sent(door, first)) == [(1, 200, "1")]


@pytest.mark.parametrize("body", ["", "\n\n \n", "{}\n" * 10_001])
async def test_no_lines_and_too_many_are_refused_whole(door: Door, body: str) -> None:
    answer = await sent(door, body)
    assert (answer.status_code, "send 1 to 10000 invoices" in answer.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    "line", ["1", "null", "[]", '"x"', "\x00", '{"number": "\\ud800"}', "NaN", "{}" * 3, "[" * 5000]
)
async def test_what_is_no_invoice_is_a_line_that_says_so(door: Door, line: str) -> None:
    assert told(await sent(door, line, invoice("1", reference=None))) == [
        (1, 422, "urn:purr:problem:invalid"),
        (2, 201, "1"),
    ]


async def test_where_nothing_can_be_stored_the_answers_end_with_the_line_that_says_so(
    door: Door, web_settings: Settings
) -> None:
    database = Database(web_settings.database_url.get_secret_value(), lock_within=0.05)
    app = create_app(web_settings, database, laws_for_years_to_come())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://purr.example", headers=door.client.headers
    ) as client:
        behind = Door(app, client, database, door.creditor)
        async with door.database.transaction() as connection:
            lock = "select 1 from creditor where id = :c for update"
            await connection.execute(text(lock), {"c": door.creditor})
            answer = await sent(behind, invoice("1", reference=None), invoice("2", reference=None))
        assert told(answer) == [(1, 503, "urn:purr:problem:database-unavailable")]
        assert told(await sent(behind, invoice("1", reference=None))) == [(1, 201, "1")]
    await database.close()


async def test_what_is_stored_together_is_answered_line_by_line_however_many_there_are(door: Door) -> None:
    given = [invoice(f"{n}", reference=None) for n in range(1, 151)]
    given[60] = invoice("7", reference=None)  # again
    given[120] = invoice("8", reference=None, amount="1.00")  # otherwise
    given[130] = invoice("131", reference=None, creditor="someone-else")
    expected = [(n, 201, f"{n}") for n in range(1, 151)]
    expected[60] = (61, 200, "7")
    expected[120] = (121, 409, "urn:purr:problem:conflict")
    expected[130] = (131, 422, "urn:purr:problem:other-creditor")
    assert told(await sent(door, *given)) == expected


async def test_a_line_that_must_wait_keeps_no_other_from_being_stored(door: Door, web_settings: Settings) -> None:
    database = Database(web_settings.database_url.get_secret_value(), lock_within=0.05)
    app = create_app(web_settings, database, laws_for_years_to_come())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    debtors = [{**invoice()["debtor"], "customer_number": f"K-{n}"} for n in range(4)]
    await sent(door, *(invoice(f"{n}", reference=None, debtor=each) for n, each in enumerate(debtors)))
    async with httpx.AsyncClient(
        transport=transport, base_url="https://purr.example", headers=door.client.headers
    ) as client:
        behind = Door(app, client, database, door.creditor)
        async with door.database.transaction() as connection:
            lock = "select 1 from debtor where creditor_id = :c and customer_number = 'K-2' for update"
            await connection.execute(text(lock), {"c": door.creditor})
            answer = await sent(
                behind, *(invoice(f"1{n}", reference=None, debtor=each) for n, each in enumerate(debtors))
            )
    await database.close()
    assert told(answer) == [
        (1, 201, "10"),
        (2, 201, "11"),
        (3, 503, "urn:purr:problem:database-unavailable"),
    ]
