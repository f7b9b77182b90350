"""What was sent and what came is seen as it was, with why; and by nobody who may not see all that it names."""

from uuid import UUID, uuid4

import pytest

from domain.desk.roles import Role
from tests.web.desk.conftest import Desk, Staff
from tests.web.desk.test_case import ACCEPTED, SCRIPT, another, called_by, case, handed_off
from tests.web.door import Door

PDF = b"%PDF-1.7 a letter"
WORDS = '{"subject": "Om fakturaen", "text": "Hei <b>Kari</b>. Faktura 1001. https://purr.example/i/%s"}' % ("a" * 39)


async def sent(door: Door, number: str = "1001", words: str = WORDS) -> UUID:
    """A message of which the words are kept."""
    delivery = await door.claimed(number=number)
    await door.rows(ACCEPTED, id=delivery, document=words)
    return delivery


async def test_a_message_is_seen_as_it_was_sent_and_why(desk: Desk) -> None:
    door = desk.door
    await door.send_invoice()
    delivery = await sent(door)
    link = f"/desk/sent/{door.creditor}/{delivery}"
    assert f'href="{link}"' in await case(desk)
    page = (await desk.get(link)).text
    for told in (
        "Om fakturaen",
        "Hei &lt;b&gt;Kari&lt;/b&gt;",
        "kari@example.no",
        "Why",
        f"/desk/case/{door.creditor}/1001",
    ):
        assert told in page


async def test_nobody_sees_a_message_or_a_file_of_another_creditor(staff: Staff, desk: Desk) -> None:
    door = desk.door
    await door.send_invoice()
    delivery = await sent(door)
    await door.rows("update delivery set pdf = :pdf where id = :id returning 1", id=delivery, pdf=PDF)
    reply = await file(door)
    paths = [
        f"sent/{door.creditor}/{delivery}",
        f"letter/{door.creditor}/{delivery}",
        f"attached/{door.creditor}/{reply}/1",
    ]
    other = await staff.sign_in(Role.AGENT, creditors=(own := await another(door),))
    async with other.client:
        for path in [*paths, *(each.replace(door.creditor, own) for each in paths), f"sent/{own}/{uuid4()}"]:
            assert (await other.get(f"/desk/{path}")).status_code == 404, path
    for path in paths:
        assert (await desk.get(f"/desk/{path}")).status_code == 200 or path.startswith("sent"), path


async def file(door: Door, name: str = f"{SCRIPT}.html") -> int:
    """A reply of the debtor's with a file."""
    query = """insert into reply (creditor_id, debtor_id, case_id, channel, text, happened_at)
      select creditor_id, debtor_id, id, 'email', 'se vedlegg', happened_at from dunning_case where creditor_id = :creditor
      order by id limit 1 returning id"""
    reply = int(await door.one(query, creditor=door.creditor))
    keep = """insert into reply_file (reply_id, position, name, media_type, size, content, happened_at)
      select :reply, 1, :name, 'application/pdf', 8, :content, happened_at from reply where id = :reply returning 1"""
    await door.rows(keep, reply=reply, name=name, content=b"%PDF-1.7")
    return reply


async def test_a_file_of_a_stranger_is_kept_and_never_opened_as_a_page_of_ours(desk: Desk) -> None:
    door = desk.door
    await door.send_invoice()
    reply = await file(door)
    page = await case(desk)
    assert "<script>alert" not in page
    answer = await desk.get(f"/desk/attached/{door.creditor}/{reply}/1")
    assert answer.content == b"%PDF-1.7"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%3Cscript%3E")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("more", "left_out"),
    [
        ("", ""),
        ("joint", "about other invoices"),
        ("named", "about other invoices"),
        ("guardian", "stands in"),
    ],
)
async def test_a_partner_sees_the_words_about_its_case_alone_and_no_link(
    staff: Staff, more: str, left_out: str
) -> None:
    door = staff.door
    await door.send_invoice()
    await door.send_invoice("1002", reference=None)
    delivery = await sent(door, words=WORDS.replace("1001", "1001 og 1002") if more == "named" else WORDS)
    if more == "joint":
        join = """insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
          select :id, c.id, 1, 'reminder', 'email', false from dunning_case c join invoice i on i.id = c.invoice_id
          where i.creditor_id = :creditor and i.number = '1002' returning 1"""
        await door.rows(join, id=delivery, creditor=door.creditor)
    if more == "guardian":
        await door.rows("update delivery set addressee = 'guardian' where id = :id returning 1", id=delivery)
    await handed_off(door)
    partner = await staff.sign_in(Role.COLLECTION_PARTNER)
    async with partner.client:
        page = (await partner.get(f"/desk/sent/{door.creditor}/{delivery}")).text
        reply = await file(door)
        assert (await partner.get(f"/desk/attached/{door.creditor}/{reply}/1")).status_code == 404
    assert ("Om fakturaen" in page) == (not left_out)
    assert left_out in page
    assert "a" * 39 not in page
    assert "kari@example.no" not in page
    assert "1002" not in page


async def test_an_agency_sees_no_words(staff: Staff) -> None:
    door = staff.door
    await door.send_invoice()
    delivery = await sent(door)
    await called_by(door, "Ring AS")
    agency = await staff.sign_in(Role.CALL_AGENCY, agency="Ring AS")
    async with agency.client:
        assert "/desk/sent/" not in await case(agency)
        for path in (f"sent/{door.creditor}/{delivery}", f"pdf/{door.creditor}/1001"):
            assert (await agency.get(f"/desk/{path}")).status_code == 404


async def test_how_a_letter_went_is_told_on_its_page_and_in_the_timeline_of_its_case(desk: Desk) -> None:
    door = desk.door
    await door.send_invoice()
    letter = await sent(door)
    await door.rows(
        """update delivery set channel = 'letter', way = 'digital mailbox', posted_on = claimed_at::date
        where id = :id returning 1""",
        id=letter,
    )
    await door.rows(
        """insert into provider_event (provider, event_id, delivery_id, kind, detail, happened_at)
        select 'distribution house', 'e-1', id, 'delivered digitally', '{}', claimed_at from delivery
        where id = :id returning 1""",
        id=letter,
    )
    assert "In the digital mailbox" in (await desk.get(f"/desk/sent/{door.creditor}/{letter}")).text
    assert "delivered digitally" in await case(desk)
