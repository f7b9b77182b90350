"""Accounting vouchers over the API: the closed days, each line by line, and as the file."""

import csv
from datetime import timedelta

from facts.money import accounting
from tests.begin import BEGIN, TODAY
from tests.web.door import Door


async def closed(door: Door) -> None:
    """Today, on which an invoice came and a part of it was paid, is closed."""
    calendar = door.app.state.services.calendar
    starts, ends = (calendar.at(TODAY + timedelta(days=n), BEGIN.time().min) for n in (0, 1))
    async with door.database.transaction() as connection:
        await accounting.begin(connection, door.creditor, TODAY, starts, 0, BEGIN)
    await door.send_invoice()
    await door.pay(amount="100.00")
    async with door.database.transaction() as connection:
        through = await accounting.horizon(connection)
    async with door.database.transaction() as connection:
        await accounting.close(connection, door.creditor, TODAY, ends, through, f"{TODAY}-{door.creditor}.csv", BEGIN)


async def test_a_closed_day_is_listed_and_told_line_by_line(door: Door) -> None:
    assert (await door.client.get("/v1/vouchers")).json() == {"data": [], "has_more": False, "next_cursor": None}
    await closed(door)
    (day,) = (await door.client.get(f"/v1/vouchers?where=day={TODAY}")).json()["data"]
    assert (day["day"], day["entries"], day["owed"]) == (f"{TODAY}", 2, {"NOK": "702.00"})
    rows = (await door.client.get(f"/v1/vouchers/{TODAY}")).json()["rows"]
    told = [(row["TransactionType"], row["AccountID"], row["DebitAmount"], row["CreditAmount"]) for row in rows]
    assert told == [("payment", "1500", "0.00", "100.00"), ("payment", "1920", "100.00", "0.00")]
    assert (rows[0]["CustomerID"], rows[0]["SourceDocumentID"], rows[1]["CustomerID"]) == ("K-1", "1001", None)


async def test_its_file_has_the_same(door: Door) -> None:
    await closed(door)
    answer = await door.client.get(f"/v1/vouchers/{TODAY}/file")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="{TODAY}-{door.creditor}.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(answer.text.splitlines()))
    told = (await door.client.get(f"/v1/vouchers/{TODAY}")).json()["rows"]
    assert [{name: "" if value is None else str(value) for name, value in row.items()} for row in told] == rows


async def test_a_day_that_is_not_closed_is_not_there(door: Door) -> None:
    await closed(door)
    for path in (f"/v1/vouchers/{TODAY + timedelta(days=1)}", f"/v1/vouchers/{TODAY + timedelta(days=1)}/file"):
        assert (await door.client.get(path)).status_code == 404
    assert (await door.client.get("/v1/vouchers/yesterday")).status_code == 404
