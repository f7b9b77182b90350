"""The page of a person: every invoice, those of years ago too, in one list and one timeline, and nobody else's."""

import re
from datetime import timedelta

from domain.desk.roles import Role
from tests.begin import BEGIN, TODAY
from tests.web.desk.conftest import Desk, Staff
from tests.web.desk.test_case import ACCEPTED, another, called_by, handed_off
from tests.web.door import Door, invoice

MANY = """
with debtor_of as (select debtor_id, creditor_id, policy_hash from dunning_case where creditor_id = :creditor limit 1),
invoices as (
  insert into invoice (creditor_id, debtor_id, number, number_key, issue_date, due_date, original_due_date, currency, amount,
    happened_at)
  select d.creditor_id, d.debtor_id, 'M-' || n, 'M' || n, cast(:due as date) - n, cast(:due as date) - n / 3,
    cast(:due as date) - n / 3, 'NOK', 100, cast(:at as timestamptz) - n * interval '1 day'
  from debtor_of d, generate_series(1, 199) n returning id, creditor_id, debtor_id, happened_at),
cases as (
  insert into dunning_case (creditor_id, invoice_id, debtor_id, policy_hash, round, state, news_seq, happened_at)
  select i.creditor_id, i.id, i.debtor_id, d.policy_hash, 1, 'open', 0, i.happened_at from invoices i, debtor_of d returning id)
select count(*) from cases
"""
BOOKED = """
insert into ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, happened_at)
select creditor_id, id, 'principal', 'principal', 100, 'NOK', issue_date, 'invoice', number, happened_at from invoice
where creditor_id = :creditor and number like 'M-%' returning 1
"""


async def debtor_of(door: Door, number: str = "1001") -> int:
    """Whose invoice it is."""
    query = "select debtor_id from invoice where creditor_id = :creditor and number = :number"
    return int(await door.one(query, creditor=door.creditor, number=number))


async def person(desk: Desk, **more: str) -> str:
    """The page of the debtor of invoice 1001."""
    answer = await desk.get(f"/desk/debtor/{await debtor_of(desk.door)}", **more)
    assert answer.status_code == 200, answer.text
    return answer.text.replace("\xa0", " ")


MANDATE = """insert into mandate (creditor_id, debtor_id, reference, state, notify, source, asked_at, confirmed_at, ended_at,
    ended_why, proof, monthly_limit, payer_account, happened_at)
  select creditor_id, debtor_id, :reference, :state, false, 'page', :at, :at, :ended, :why, 'bankid', 1100,
    '5001000001000007', :at
  from invoice where creditor_id = :creditor and number = '1001' returning id"""
CLAIM = """insert into claim (creditor_id, case_id, mandate_id, reference, amount, currency, due_on, state, why, happened_at)
  select creditor_id, id, :mandate, '1', 802, 'NOK', :due, 'failed', '1', :at from dunning_case where creditor_id = :creditor
  returning id"""
FAILED = """insert into case_event (case_id, kind, by, detail, happened_at)
  select case_id, 'claim_failed', 'direct debit', jsonb_build_object('claim', id, 'why', cast(:why as text)), :at from claim
  where creditor_id = :creditor returning 1"""


async def test_a_mandate_stands_there_with_since_when_what_was_proved_and_what_the_centre_said_last(desk: Desk) -> None:
    door = desk.door
    await door.send_invoice()
    told = {"creditor": door.creditor, "at": BEGIN - timedelta(days=3)}
    await door.rows(MANDATE, **told, reference="815", state="ended", ended=BEGIN - timedelta(days=3), why="05")
    address = f"/desk/case/{door.creditor}/1001"
    for page in (await person(desk), (await desk.get(address)).text.replace("\xa0", " ")):
        assert page.count("815") == 1
        assert "the account, or who holds it, is not as the bank knows it" in page
    ((mandate,),) = await door.rows(MANDATE, **told, reference="4711", state="active", ended=None, why=None)
    await door.rows(CLAIM, **told, mandate=mandate, due=TODAY)
    await door.rows(FAILED, **told, why="the account does not cover the amount")
    for page in (await person(desk), (await desk.get(address)).text.replace("\xa0", " ")):
        assert "815" not in page, "one that ended is past where another stands"
        for said in ("4711", "active", "3 days ago", "at most NOK 1,100.00 a month", "account given with BankID"):
            assert said in page
        assert re.search(r"the draw of NOK 802.00 on [^:]+ failed: the account does not cover the amount", page)
        assert "5001000001000007" not in page


async def test_all_of_two_hundred_invoices_are_there_page_by_page(desk: Desk) -> None:
    door = desk.door
    await door.send_invoice()
    await door.rows(MANY, creditor=door.creditor, due=TODAY, at=BEGIN - timedelta(days=1))
    await door.rows(BOOKED, creditor=door.creditor)
    seen, after = list[str](), ""
    while True:
        page = await person(desk, **({"after": after} if after else {}))
        seen += re.findall(r'data-row="case-\d+"><th scope="row"><a href="[^"]*">([^<]+)<', page)
        more = re.search(r'after=([^"&]+)"', page)
        if more is None:
            break
        after = more[1]
    assert len(seen) == len(set(seen)) == 200
    assert "200 invoices, 200 of them open, NOK 20,702.00 owed" in page
    told, before = set[str](), ""
    while True:
        page = await person(desk, kind="paid", **({"before": before} if before else {}))
        told |= set(re.findall(r'<li data-row="[^"]+" class="of-paid">.*?<a href="[^"]*">([^<]+)</a>', page, re.DOTALL))
        older = re.search(r'before=([^"&]+)"', page.partition('class="bare happened"')[2])
        if older is None:
            break
        before = older[1]
    assert told == set(seen)


async def test_a_message_about_several_invoices_is_told_once(desk: Desk) -> None:
    door = desk.door
    await door.send_invoice()
    await door.send_invoice("1002", reference=None)
    delivery = await door.claimed()
    await door.rows(ACCEPTED, id=delivery, document="{}")
    join = """insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
      select :id, c.id, 1, 'reminder', 'email', false from dunning_case c join invoice i on i.id = c.invoice_id
      where i.creditor_id = :creditor and i.number = '1002' returning 1"""
    await door.rows(join, id=delivery, creditor=door.creditor)
    page = await person(desk)
    assert page.count("reminder (email): sent") == 1
    entry = page.partition("reminder (email): sent")[2].partition("</li>")[0]
    assert "/1001" in entry
    assert "/1002" in entry


async def test_two_people_under_one_customer_number_are_two(desk: Desk) -> None:
    door = desk.door
    await door.send_invoice()
    await door.send_invoice("1002", reference=None, debtor=invoice()["debtor"] | {"name": "Ola Hansen"})
    page = await person(desk)
    assert "Kari Nordmann" in page
    assert "Ola Hansen" not in page
    assert "1002" not in page


async def test_the_person_is_for_the_creditors_own_people_alone(staff: Staff) -> None:
    door = staff.door
    await door.send_invoice()
    await handed_off(door)
    await called_by(door, "Ring AS")
    address = f"/desk/debtor/{await debtor_of(door)}"
    outside = [
        await staff.sign_in(Role.COLLECTION_PARTNER),
        await staff.sign_in(Role.CALL_AGENCY, agency="Ring AS"),
        await staff.sign_in(Role.AGENT, creditors=(await another(door),)),
    ]
    for desk in outside:
        async with desk.client:
            assert (await desk.get(address)).status_code == 404
    auditor = await staff.sign_in(Role.AUDITOR, language="nb")
    async with auditor.client:
        assert "Fakturaer" in (await auditor.get(address)).text
        assert (await auditor.get("/desk/debtor/999999999")).status_code == 404


async def test_a_debtor_s_language_is_named_in_the_reader_s(desk: Desk) -> None:
    await desk.door.send_invoice(debtor=invoice()["debtor"] | {"language": "nn"})
    assert "Norwegian Nynorsk" in await person(desk)
    inbox = (await desk.get("/desk/inbox")).text
    assert '<option value="nn">Norwegian Nynorsk</option>' in inbox
