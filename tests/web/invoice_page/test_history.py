"""What happened, as the page tells its debtor: messages, money and agreements, kindly and without anybody's name."""

import re
from datetime import timedelta
from uuid import UUID

from tests.begin import BEGIN, TODAY
from tests.web.door import Door, clean

ACCEPTED = """update delivery set state = 'accepted', message = :message, accepted_at = claimed_at, read_at = :read,
  read_by = case when cast(:read as timestamptz) is null then null else 'page visit' end, pdf = :pdf
  where id = :id returning serial"""


async def sent(
    door: Door, message: str = "reminder", channel: str = "email", *, read: bool = False, pdf: bytes | None = None
) -> tuple[UUID, int]:
    """A message that was accepted; gives it and its serial number."""
    delivery = await door.claimed(channel)
    at = BEGIN if read else None
    return delivery, await door.one(ACCEPTED, id=delivery, message=message, read=at, pdf=pdf)


async def told(door: Door, link: str) -> list[str]:
    """The lines of the history as a reader sees them, the newest first."""
    page = (await door.client.get(link)).text
    found = re.search(r'<section id="history">.*?</section>', page, re.DOTALL)
    assert found
    lines = re.findall(r"<li[^>]*>(.*?)</li>", found[0], re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", line).replace("\xa0", " ").split()) for line in lines]


async def test_messages_payments_promises_and_holds_are_told_and_what_comes_next(door: Door) -> None:
    await door.send_invoice()
    await sent(door, read=True)
    link = await door.link()
    await door.pay(amount="100.00")
    await door.client.post(f"{link}/promise", data={"pay_by": str(TODAY + timedelta(days=3))})
    await door.command(command="hold")
    lines = "\n".join(await told(door, link))
    for said in ("en påminnelse på e-post. Du har åpnet den.", "Vi registrerte 100,00 kr betalt", "ble satt på vent"):
        assert said in lines
    assert "Det ble avtalt at 702,00 kr betales senest" in lines


async def test_nobody_is_named_and_no_reason_of_ours_is_told(door: Door) -> None:
    await door.send_invoice()
    await door.command(command="hold", by="anne", reason_code="asked", note="virker sint")
    page = (await door.client.get(await door.link())).text
    found = re.search(r'<section id="history">.*?</section>', page, re.DOTALL)
    assert found
    assert not re.search(r"anne|asked|sint", found[0])


async def test_what_went_to_who_stands_in_is_not_told_to_others(door: Door) -> None:
    await door.send_invoice()
    delivery, _ = await sent(door)
    await door.rows("update delivery set addressee = 'guardian' where id = :id returning 1", id=delivery)
    assert not any("påminnelse" in line for line in await told(door, await door.link()))


async def test_a_letter_is_shown_as_it_was_sent_to_who_has_this_invoice_alone(door: Door) -> None:
    await door.send_invoice()
    await door.send_invoice("1002", reference=None)
    delivery, serial = await sent(door, channel="letter", pdf=b"%PDF-1.7 as sent")
    link = await door.link(delivery)
    assert f"{clean(link)}/letters/{serial}" in (await door.client.get(link)).text
    got = await door.client.get(f"{link}/letters/{serial}")
    assert (got.status_code, got.content) == (200, b"%PDF-1.7 as sent")
    assert "sandbox" in got.headers["content-security-policy"]
    other = await door.link(number="1002")
    for wrong in (f"{other}/letters/{serial}", f"{link}/letters/{serial + 1}", f"{link}/letters/99999999999"):
        assert (await door.client.get(wrong)).status_code == 404, wrong


async def test_letters_to_a_protected_address_or_about_other_invoices_too_are_told_of_and_not_shown(door: Door) -> None:
    await door.send_invoice()
    await door.send_invoice("1002", reference=None)
    delivery, serial = await sent(door, channel="letter", pdf=b"%PDF-1.7 joint")
    link = await door.link(delivery)
    await door.rows(
        """insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
        select :id, c.id, 1, 'reminder', 'letter', false from dunning_case c join invoice i on i.id = c.invoice_id
        where i.number = '1002' and i.creditor_id = :c returning 1""",
        id=delivery,
        c=door.creditor,
    )
    assert any("i et brev" in line for line in await told(door, link))
    assert (await door.client.get(f"{link}/letters/{serial}")).status_code == 404
    other, second = await sent(door, channel="letter", pdf=b"%PDF-1.7 protected")
    await door.rows(
        """insert into life_event (debtor_id, kind, by, happened_at) select id, 'protected address', 'anne', :now
        from debtor where creditor_id = :c returning 1""",
        c=door.creditor,
        now=BEGIN,
    )
    assert (await door.client.get(f"{await door.link(other)}/letters/{second}")).status_code == 404
    assert "/letters/" not in (await door.client.get(link)).text
