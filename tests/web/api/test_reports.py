"""Reports over the API: of the creditor that asks alone, as JSON and CSV, for today and past days."""

from datetime import timedelta

from tests.begin import TODAY
from tests.web.door import Door, day


async def test_a_report_is_told_with_its_columns_and_a_sentence(door: Door) -> None:
    await door.send_invoice()
    answer = (await door.client.get("/v1/reports/ageing")).json()
    assert {key: answer[key] for key in ("report", "as_of", "since")} == {
        "report": "ageing",
        "as_of": str(TODAY),
        "since": day(-29),
    }
    (row,) = answer["rows"]
    assert [column["name"] for column in answer["columns"]] == list(row)
    assert (row["creditor"], row["currency"], row["owed"], row["balance"]) == (door.creditor, "NOK", "802.00", "802.00")
    assert answer["sentence"].startswith("802.00 NOK is owed on 1 invoices")


async def test_the_same_comes_as_csv(door: Door) -> None:
    await door.send_invoice()
    answer = await door.client.get("/v1/reports/ageing.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    head, row = answer.text.splitlines()
    assert head.split(",")[:3] == ["creditor", "currency", "not_due"]
    assert row.split(",")[:2] == [door.creditor, "NOK"]


async def test_a_report_of_yesterday_knows_nothing_of_today(door: Door) -> None:
    await door.send_invoice()
    assert (await door.client.get("/v1/reports/ageing", params={"as_of": day(-1)})).json()["rows"] == []


async def test_what_cannot_be_reported_is_a_problem(door: Door) -> None:
    unknown = await door.client.get("/v1/reports/aging")
    assert (unknown.status_code, unknown.json()["detail"].startswith("no report aging: there are")) == (404, True)
    for asked in ({"as_of": str(TODAY + timedelta(days=2))}, {"as_of": "0001-01-01"}, {"since": day(1)}):
        assert (await door.client.get("/v1/reports/ageing", params=asked)).status_code == 422


async def test_all_of_them_are_a_page_to_print(door: Door) -> None:
    await door.send_invoice()
    answer = await door.client.get("/v1/reports/page")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert f"<h2>{door.creditor}</h2>" in answer.text
    assert (await door.client.get("/v1/reports/page", params={"as_of": "2199-01-01"})).status_code == 422


async def test_rates_are_told_and_reports_are_in_the_creditors_own_currency_by_them(door: Door) -> None:
    await door.send_invoice()
    rates = {"by": "anne", "rates": [{"currency": "EUR", "on": str(TODAY), "rate": "11.6035", "source": "Norges Bank"}]}
    for new in (1, 0):
        answer = await door.client.post("/v1/exchange-rates", json=rates)
        assert (answer.status_code, answer.json()) == (201, {"new": new})
    (known,) = (await door.client.get("/v1/exchange-rates")).json()["rates"]
    assert (known["currency"], known["into"], known["rate"], known["by"]) == ("EUR", "NOK", "11.60350000", "anne")
    report = (await door.client.get("/v1/reports/ageing", params={"own_currency": "true"})).json()
    assert [(row["currency"], row["converted_from"], row["owed"]) for row in report["rows"]] == [("NOK", "", "802.00")]
    head = (await door.client.get("/v1/reports/ageing.csv", params={"own_currency": "true"})).text.splitlines()[0]
    assert head.startswith("creditor,currency,converted_from,")
    page = await door.client.get("/v1/reports/page", params={"own_currency": "true"})
    assert (page.status_code, "converted from" in page.text) == (200, True)


async def test_rates_that_cannot_be_are_refused(door: Door) -> None:
    good = {"currency": "EUR", "on": str(TODAY), "rate": "11.6", "source": "Norges Bank"}
    for wrong in ({"rate": "0"}, {"currency": "NOK"}, {"on": day(2)}, {"source": ""}, {"fee": "1"}):
        answer = await door.client.post("/v1/exchange-rates", json={"by": "anne", "rates": [good, good | wrong]})
        assert answer.status_code == 422, wrong
    assert (await door.client.get("/v1/exchange-rates")).json() == {"rates": []}
