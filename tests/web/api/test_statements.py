"""A statement of account over the API: all that a debtor owes, and one reference that pays it."""

from decimal import Decimal
from io import BytesIO

from pypdf import PdfReader

from tests.web.door import Door, paid


async def test_one_reference_pays_all_that_a_debtor_owes(door: Door) -> None:
    await door.send_invoice()
    await door.send_invoice("1002", amount="333.33", reference=None)
    before = (await door.client.get("/v1/debtors/K-1/statement")).json()
    assert [(line["number"], line["asked"]) for line in before["lines"]] == [("1001", "802.00"), ("1002", "333.33")]
    assert before["sums"][0]["reference"] is None
    issued = await door.client.post("/v1/debtors/K-1/statement")
    assert issued.status_code == 201
    assert issued.json() == (await door.client.get("/v1/debtors/K-1/statement")).json()
    (of,) = issued.json()["sums"]
    assert (of["asked"], of["credit"]) == ("1135.33", "0.00")
    payment = paid("all", reference=of["reference"], amount=of["asked"])
    (told,) = (await door.client.post("/v1/payments", json=[payment])).json()["payments"]
    assert told["status"] == "booked"
    after = (await door.client.get("/v1/debtors/K-1/statement")).json()
    assert (after["lines"], after["sums"]) == ([], [])


async def test_nobody_is_found_by_a_number_that_is_nobody_s(door: Door) -> None:
    for method in ("GET", "POST"):
        assert (await door.client.request(method, "/v1/debtors/K-9/statement")).status_code == 404


async def test_too_much_is_credit_beside_what_is_owed(door: Door) -> None:
    await door.send_invoice()
    await door.send_invoice("1002", amount="333.33", reference=None)
    await door.client.post("/v1/payments", json=paid("much", amount="900.00"))
    (of,) = (await door.client.get("/v1/debtors/K-1/statement")).json()["sums"]
    assert (of["asked"], of["credit"]) == ("333.33", "98.00")
    assert Decimal(of["owed"]) == Decimal("333.33")


async def test_a_statement_is_a_pdf_with_its_reference(door: Door) -> None:
    await door.send_invoice()
    await door.send_invoice("1002", amount="333.33", reference=None)
    answer = await door.client.get("/v1/debtors/K-1/statement.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    said = " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    (of,) = (await door.client.get("/v1/debtors/K-1/statement")).json()["sums"]
    for each in ("Kontoutskrift", "1001", "1002", of["reference"], "1 135,33 kr", "Kari Nordmann"):
        assert each in said.replace("\xa0", " ")
    assert (await door.client.get("/v1/debtors/K-1/statement.pdf?currency=EUR")).status_code == 404


async def test_a_statement_that_is_sent_is_asked_of_one_case(door: Door) -> None:
    await door.send_invoice()
    order = {"by": "anne", "reason_code": "asked"}
    for _ in range(2):
        sent = await door.client.post("/v1/debtors/K-1/statement", json=order, headers={"Idempotency-Key": "s-1"})
        assert sent.status_code == 201
    assert await door.rows("select by from statement_request r join dunning_case c on c.id = r.case_id") == [("anne",)]
    assert (await door.news())[-1:] == ["statement_recorded"]
    await door.client.patch("/v1/debtors/K-1", json={"stop_reason": "deceased"})
    refused = await door.client.post("/v1/debtors/K-1/statement", json=order)
    assert (refused.status_code, "no statement is sent" in refused.text) == (409, True)
