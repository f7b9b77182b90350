"""Finding at the desk: one field, what is named exactly opens at once, other systems lead here, nothing out of reach is told."""

import pytest

from domain.desk.roles import Role
from tests.web.desk.conftest import Desk, Staff
from tests.web.door import invoice

PHONE = "+4791234567"


async def send(desk: Desk, number: str, customer: str, name: str, **changes: object) -> None:
    """An invoice of a customer with a phone number that several may have."""
    given = invoice(number, **changes)
    given["debtor"] = given["debtor"] | {"name": name, "customer_number": customer, "phone": PHONE}
    answer = await desk.door.client.post("/v1/invoices", json=given)
    assert answer.status_code == 201, answer.text


async def another_creditor(desk: Desk) -> str:
    """One whose cases they do not see."""
    name = f"{desk.door.creditor}-elsewhere"
    await desk.door.register(name)
    return name


def case(desk: Desk, number: str) -> str:
    """The address of a case."""
    return f"/desk/case/{desk.door.creditor}/{number}"


async def test_what_is_named_exactly_opens_at_once_and_all_else_is_shown(desk: Desk) -> None:
    await send(desk, "2026/7 A", "K-1", "Kari <script>alert(1)</script> Nordmann", reference="006402710013")
    await send(desk, "2027-8", "K-2", "Ola Nordmann", reference=None)
    for said in ("2026/7 A", "KID 0064 0271 0013", "K-1"):
        answer = await desk.get("/desk/find", q=said)
        assert (answer.status_code, answer.headers.get("location")) == (303, case(desk, "2026/7%20A")), said
    shown = (await desk.get("/desk/find", q="Nordmann")).text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;" in shown
    assert shown.count("data-row=") == 2
    swapped = (await desk.get("/desk/find", q="060402710013")).text
    assert case(desk, "2026/7%20A") in swapped
    assert "KID with a slip" in swapped
    both = (await desk.get("/desk/find", q="91 23 45 67")).text
    assert "Ola Nordmann" in both
    assert both.count("/desk/debtor/") == 2


async def test_nothing_found_says_what_was_looked_for_and_what_to_try(desk: Desk) -> None:
    for said in ("Navn Navnesen", "%", "\\", "_", "'; drop table debtor; --", "\x00", "Шевченко", "x" * 10_000):
        answer = await desk.get("/desk/find", q=said)
        assert answer.status_code == 200, said
        assert "What was looked for" in answer.text, said
    assert "NOK 1,299.00" in (await desk.get("/desk/find", q="kr 1 299,-")).text
    assert "Only the first signs were read" in (await desk.get("/desk/find", q="x" * 10_000)).text
    empty = await desk.get("/desk/find", q="  ")
    assert "Write a name" in empty.text
    assert "What was looked for" not in empty.text


@pytest.mark.parametrize("role", [Role.AGENT, Role.COLLECTION_PARTNER, Role.CALL_AGENCY, Role.AUDITOR])
async def test_another_creditors_exact_number_looks_like_nothing(desk: Desk, staff: Staff, role: Role) -> None:
    await send(desk, "2026-1", "K-1", "Kari Nordmann", reference="006402710013")
    agency = "Ring AS" if role is Role.CALL_AGENCY else None
    given_nothing = role in (Role.COLLECTION_PARTNER, Role.CALL_AGENCY)
    whose = desk.door.creditor if given_nothing else await another_creditor(desk)
    other = await staff.sign_in(role, creditors=(whose,), agency=agency)
    nobodys = (await other.get("/desk/find", q="2099-77")).text
    for said in ("2026-1", "006402710013", "K-1", "Kari Nordmann", "91234567", "802"):
        assert (await other.get("/desk/find", q=said)).text.replace(said, "2099-77").split("<h2>What you can")[1] == (
            nobodys.split("<h2>What you can")[1]
        ), said
    for path in ("invoice=2026-1", "phone=91234567", "customer=K-1", f"invoice=2026-1&creditor={desk.door.creditor}"):
        assert "What was looked for" in (await other.get(f"/desk/open?{path}")).text, path


async def test_another_system_leads_to_whom_it_means(desk: Desk) -> None:
    await send(desk, "2026-1", "91234567", "Kari Nordmann", reference=None)
    await send(desk, "2026-2", "K-2", "Ola Nordmann", reference=None)
    for path in ("invoice=2026-1", "customer=91234567", f"invoice=2026-1&creditor={desk.door.creditor}"):
        assert (await desk.get(f"/desk/open?{path}")).headers["location"] == case(desk, "2026-1"), path
    assert (await desk.get("/desk/open?phone=%2B4791234567")).text.count("/desk/debtor/") == 2
    assert "What was looked for" in (await desk.get("/desk/open?customer=2026-1")).text
    assert "What was looked for" in (await desk.get("/desk/open?invoice=2026-1&creditor=nobody")).text
    assert "Write a name" in (await desk.get("/desk/open")).text


async def test_who_was_shown_is_written_down_once_and_by_ids_alone(desk: Desk) -> None:
    await send(desk, "2026-1", "K-1", "Kari Nordmann")
    await desk.get("/desk/find", q="Nordmann")
    (row,) = await desk.door.rows("select what, detail from desk_audit where by = :by", by=desk.user.name)
    debtor = await desk.door.one("select id from debtor where creditor_id = :creditor", creditor=desk.door.creditor)
    assert (row.what, row.detail) == ("found", {"cases": [], "debtors": [debtor]})


async def test_who_must_sign_in_first_comes_back_to_what_another_system_meant(desk: Desk) -> None:
    desk.client.cookies.clear()
    answer = await desk.get("/desk/open?invoice=2026-1")
    assert answer.headers["location"] == "/desk/sign-in?back=%2Fdesk%2Fopen%3Finvoice%3D2026-1"
    long = await desk.get("/desk/find", q="x" * 10_000)
    assert len(long.headers["location"]) < 2_000
