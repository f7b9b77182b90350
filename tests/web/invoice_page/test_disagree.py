"""An objection to all of an invoice or to single lines: once, with files, the rest stays payable, and nothing typed is lost."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.connectors.test_attachments import PDF, archive
from tests.web.door import Door

LINES = [{"text": "Nettleie", "amount": "480.00"}, {"text": "Måleravlesning", "amount": "160.00"}]  # without tax
EIGHT_HUNDRED: dict[str, Any] = {"amount": "800.00", "lines": LINES}


async def object_to(door: Door, *lines: int | str, words: str = "Ikke bestilt", files: Any = (), once: str = "") -> Any:
    data = {"words": words, "once": once or uuid4().hex, "line": [str(line) for line in lines]}
    sent = [("files", (name, content, "")) for name, content in files] or [("files", ("", b"", ""))]
    return await door.client.post(f"{await door.link()}/disagree", data=data, files=sent)


async def disputes(door: Door) -> list[tuple[Any, list[int]]]:
    rows = await door.rows(
        """select d.amount, coalesce((select array_agg(position order by position) from dispute_line
          where dispute_id = d.id), '{}') as lines
        from dispute d join dunning_case c on c.id = d.case_id where c.creditor_id = :c order by d.id""",
        c=door.creditor,
    )
    return [(row.amount and str(row.amount), row.lines) for row in rows]


async def page(door: Door) -> str:
    return (await door.client.get(await door.link())).text


async def test_a_line_is_disputed_with_its_share_of_the_tax_and_the_rest_is_asked_for(door: Door) -> None:
    await door.send_invoice(**EIGHT_HUNDRED)
    assert "Måleravlesning, 160,00 kr" in await page(door)
    answer = await object_to(door, 2, files=[("bilde.pdf", PDF)])
    assert (answer.status_code, answer.headers["location"].endswith("#disagree")) == (303, True)
    assert await disputes(door) == [("200.00", [2])]
    shown = await page(door)
    assert "Du er uenig i 200,00 kr (Måleravlesning)." in shown
    assert "Resten kan du betale som før." in shown
    assert "600,00 kr" in shown
    assert "Acme Kraft AS svarer deg. Noen leser innvendingen senest" in shown
    (reply,) = (await door.client.get("/v1/replies")).json()["replies"]
    assert (reply["meaning"], [file["name"] for file in reply["files"]]) == ("disagrees", ["bilde.pdf"])
    (task,) = await door.rows("select why from debtor_task where creditor_id = :c", c=door.creditor)
    assert "of its lines 2" in task.why


@pytest.mark.parametrize("lines", [(), (1, 2), ("x", "99", "-1", "2; drop table reply")])
async def test_no_line_or_every_line_is_all_of_it(door: Door, lines: tuple[int | str, ...]) -> None:
    await door.send_invoice(**EIGHT_HUNDRED)
    await object_to(door, *lines)
    ((part, _),) = await disputes(door)
    assert part is None
    assert (await door.client.get("/v1/invoices/1001")).json()["disputed"]


async def test_a_line_of_more_than_is_left_is_all_that_is_left(door: Door) -> None:
    await door.send_invoice(**EIGHT_HUNDRED)
    await door.pay(amount="650.00")
    await object_to(door, 2)
    assert await disputes(door) == [(None, [2])]


async def test_a_double_click_is_one_dispute_and_a_second_objection_goes_with_the_first(door: Door) -> None:
    await door.send_invoice(**EIGHT_HUNDRED)
    once = uuid4().hex
    await asyncio.gather(*(object_to(door, 2, once=once) for _ in range(2)))
    await object_to(door, 1, words="Og dette")
    assert await disputes(door) == [("200.00", [2])]
    assert len((await door.client.get("/v1/replies")).json()["replies"]) == 2


@pytest.mark.parametrize(
    ("words", "files", "says"),
    [(" ", [], "Skriv hva som er feil"), ("Ikke bestilt", [("a.pdf", archive(before=PDF))], "både ett slags fil")],
)
async def test_what_is_wrong_is_told_and_what_was_typed_and_ticked_stays(
    door: Door, words: str, files: Any, says: str
) -> None:
    await door.send_invoice(**EIGHT_HUNDRED)
    answer = await object_to(door, 2, words=words, files=files)
    assert answer.status_code == 422
    assert says in answer.text
    assert 'value="2" checked' in answer.text
    assert f"{words.strip()}</textarea>" in answer.text
    assert await disputes(door) == []


async def test_an_invoice_of_one_line_offers_no_choice(door: Door) -> None:
    await door.send_invoice()
    assert 'name="line"' not in (await door.client.get(f"{await door.link()}/disagree")).text
