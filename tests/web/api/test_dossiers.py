"""A dossier over the API: a ZIP for its creditor alone, and a line in the diary that says who fetched it."""

import zipfile
from io import BytesIO

from tests.web.door import Door


async def test_a_creditor_fetches_the_dossier_of_its_invoice_and_that_is_noted(door: Door) -> None:
    await door.send_invoice("A/1")
    answer = await door.client.get("/v1/invoices/A/1/dossier?for=court&by=anne")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-disposition"] == f'attachment; filename="dossier-{door.creditor}-a-1-court.zip"'
    assert "index.html" in zipfile.ZipFile(BytesIO(answer.content)).namelist()
    (row,) = await door.rows(
        "select e.by, e.detail from case_event e join dunning_case c on c.id = e.case_id "
        "where c.creditor_id = :creditor and e.kind = 'dossier_fetched'",
        creditor=door.creditor,
    )
    assert (row.by, row.detail["for"]) == ("anne", "court")


async def test_what_is_asked_wrongly_is_refused_and_noted_nowhere(door: Door) -> None:
    await door.send_invoice()
    for path, status in (
        ("/v1/invoices/1001/dossier?for=everybody&by=anne", 422),
        ("/v1/invoices/1001/dossier?for=court", 422),
        ("/v1/invoices/no-such/dossier?for=court&by=anne", 404),
    ):
        assert (await door.client.get(path)).status_code == status
    noted = """select count(*) from case_event e join dunning_case c on c.id = e.case_id
        where c.creditor_id = :creditor and e.kind = 'dossier_fetched'"""
    assert await door.one(noted, creditor=door.creditor) == 0
