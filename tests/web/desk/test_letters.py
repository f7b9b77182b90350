"""Letters at the desk: each once, with whose reference it bears, else for a person to tell; and nothing proves who wrote."""

import re
from typing import Any

import pytest

from domain.desk.roles import Role
from tests.connectors.test_letter_text import scanned
from tests.web.desk.conftest import Desk, Staff
from tests.web.door import Door, invoice

OLA = invoice()["debtor"] | {"name": "Ola Hansen", "customer_number": "K-2", "email": None, "phone": None}


def kid(number: int) -> str:
    """A reference with its check digit (mod 10)."""
    digits = f"{number:011}"
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


async def put(desk: Desk, content: bytes, name: str = "brev.pdf", creditor: str | None = None) -> Any:
    """The form with a file."""
    data = {"creditor": desk.door.creditor if creditor is None else creditor}
    return await desk.client.post("/desk/letters", data=data, files=[("files", (name, content, "application/pdf"))])


async def replies_of(door: Door) -> list[Any]:
    return await door.rows(
        """select r.id, d.customer_number, r.text, r.channel, r.tied_by, r.done_at,
          (select count(*) from reply_file f where f.reply_id = r.id and f.stored is not null) as files
        from reply r left join debtor d on d.id = r.debtor_id where r.creditor_id = :c order by r.id""",
        c=door.creditor,
    )


async def test_a_letter_with_a_reference_stands_in_its_debtors_thread_once_and_proves_nothing(desk: Desk) -> None:
    own = kid(abs(hash(desk.door.creditor)) % 10**9)
    await desk.door.send_invoice(reference=own)
    content = scanned("Jeg er uenig i fakturaen.", f"KID {own}")
    answer = await put(desk, content)
    (reply,) = await replies_of(desk.door)
    assert answer.headers["location"] == f"/desk/inbox/{reply.id}?done=letter_taken"
    assert (reply.customer_number, reply.channel, reply.tied_by, reply.files) == ("K-1", "letter", "reference", 1)
    page = (await desk.get(answer.headers["location"])).text
    assert "Jeg er uenig i fakturaen." in page
    assert "It is not certain that the customer wrote this." in page
    assert (await desk.get(f"/desk/inbox/{reply.id}/files/1")).content == content
    standing = (await desk.door.client.get("/v1/invoices/1001")).json()
    assert (standing["on_hold"], standing["disputed"]) == (True, False)
    again = await put(desk, content, "samme brev.pdf")
    assert again.headers["location"] == f"/desk/inbox/{reply.id}?done=letter_came_before"
    assert len(await replies_of(desk.door)) == 1


async def test_two_references_and_a_bare_number_only_propose(desk: Desk) -> None:
    first, second = kid(71 + abs(hash(desk.door.creditor)) % 10**9), kid(72 + abs(hash(desk.door.creditor)) % 10**9)
    await desk.door.send_invoice("2026-1001", reference=first)
    await desk.door.send_invoice("2026-1002", reference=second, debtor=OLA)
    for content in (scanned("Om begge", first, second), scanned("Om faktura 2026-1002")):
        answer = await put(desk, content)
        page = (await desk.get(answer.headers["location"])).text
        assert "Whom is it about?" in page
        assert "Ola Hansen K-2" in page
    assert {row.customer_number for row in await replies_of(desk.door)} == {None}
    ola = await desk.door.one(
        "select id from debtor where creditor_id = :c and name = 'Ola Hansen'", c=desk.door.creditor
    )
    last = (await replies_of(desk.door))[-1].id
    bound = await desk.send(f"/desk/inbox/{last}/bind", debtor=str(ola))
    assert bound.status_code == 303
    kept = [row for row in await replies_of(desk.door) if row.customer_number == "K-2"]
    assert [(row.channel, row.files) for row in kept] == [("letter", 1)]


@pytest.mark.parametrize("content", [scanned("x", password="hemmelig"), scanned(pages=0), b"%PDF-1.4\n%%EOF"])
async def test_what_cannot_be_read_is_kept_for_a_person(desk: Desk, content: bytes) -> None:
    answer = await put(desk, content + b"\n% " + desk.door.creditor.encode())
    assert answer.headers["location"].endswith("done=letter_unread")
    page = (await desk.get(answer.headers["location"])).text
    assert "could not be read: open its file" in page
    assert "brev.pdf" in page
    assert re.search(r'data-row="\d+"', (await desk.get("/desk/inbox")).text)


@pytest.mark.parametrize(("content", "name", "says"), [
    (b"<html>", "brev.pdf", "The file is no PDF."),
    (b"", "", "Choose a file."),
    (scanned("x") + b"\0" * 9_000_000, "brev.pdf", "The file is too large."),
    (scanned("x")[:-40], "brev.pdf", "damaged"),
])  # fmt: skip
async def test_what_is_no_letter_is_refused_and_nothing_is_kept(
    desk: Desk, content: bytes, name: str, says: str
) -> None:
    answer = await put(desk, content, name)
    assert (answer.status_code, says in answer.text) == (422, True)
    assert await replies_of(desk.door) == []


async def test_a_file_of_sixty_megabytes_is_not_even_read(desk: Desk) -> None:
    answer = await put(desk, b"%PDF-1.7" + b"\0" * 60_000_000)
    assert answer.status_code == 413
    assert await replies_of(desk.door) == []


async def test_nobody_puts_a_letter_where_they_may_not_look(desk: Desk, staff: Staff) -> None:
    await desk.door.register("letters-elsewhere")
    answer = await put(desk, scanned("Hei"), creditor="letters-elsewhere")
    assert (answer.status_code, "Choose a creditor whom you may see." in answer.text) == (422, True)
    auditor = await staff.sign_in(Role.AUDITOR)
    assert (await put(auditor, scanned("Hei"))).status_code == 404
