"""Where the debtor is written to is masked, a yes counts as given anew, and silence holds for the address that was reached."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from facts.prediction import scores
from tests.begin import BEGIN
from tests.guesses import LEARN, score
from tests.web.door import Door, account_of, invoice
from web.invoice_page.right import masked

STATE = """select p.channel, p.state, p.last_confirmed_at from contact_point p join debtor d on d.id = p.debtor_id
  where d.creditor_id = :c order by p.id"""


@pytest.mark.parametrize(
    ("channel", "address", "shown"),
    [
        ("email", "silje@privat.example", "s•••@privat.example"),
        ("email", "s@privat.example", "s•••@privat.example"),
        ("email", "@", "•••@"),
        ("phone", "+4791234512", "•• •• •• 12"),
        ("phone", "1", "•• •• •• 1"),
    ],
)
def test_an_address_is_masked_so_that_its_owner_knows_it(channel: str, address: str, shown: str) -> None:
    assert masked(channel, address) == shown


async def test_yes_counts_as_given_anew_and_nothing_waits_for_it(door: Door) -> None:
    await door.send_invoice()
    await door.rows(
        """update contact_point p set last_confirmed_at = :old from debtor d where d.id = p.debtor_id and d.creditor_id = :c
        returning 1""",
        c=door.creditor,
        old=BEGIN - timedelta(days=400),
    )
    link = await door.link()
    before = (await door.client.get(link)).text
    assert '<details class="offer" id="right" open>' in before
    for shown in ("k•••@example.no", "•• •• •• 67", account_of(door.creditor)):
        assert shown in before
    for hidden in ("kari@example.no", "91234567"):
        assert hidden not in before
    assert (await door.client.post(f"{link}/right")).headers["location"] == f"{link}#right"
    at = {row.channel: row.last_confirmed_at for row in await door.rows(STATE, c=door.creditor)}
    assert {at[channel] > BEGIN - timedelta(days=1) for channel in ("email", "sms")} == {True}
    after = (await door.client.get(link)).text
    assert "Sist bekreftet" in after
    assert '<details class="offer" id="right">' in after


async def test_where_there_is_no_address_there_is_no_question_and_no_yes(door: Door) -> None:
    await door.send_invoice(debtor=invoice()["debtor"] | {"email": None, "phone": None})
    link = await door.link()
    assert 'id="right"' not in (await door.client.get(link)).text
    assert (await door.client.post(f"{link}/right")).headers["location"] == f"{link}?problem=right#right"


async def test_who_stands_in_says_it_of_their_own_addresses_alone(door: Door) -> None:
    await door.send_invoice()
    await door.rows(
        """insert into contact_point (debtor_id, channel, address, address_key, state, of_representative, happened_at)
        select id, 'email', 'verge@example.no', 'verge@example.no', 'valid', true, :at from debtor where creditor_id = :c
        returning 1""",
        c=door.creditor,
        at=BEGIN,
    )
    link = await door.link(await door.claimed("email", addressee="guardian"))
    before = await door.rows(STATE, c=door.creditor)
    await door.client.post(f"{link}/right")
    after = await door.rows(STATE, c=door.creditor)
    assert after[-1].last_confirmed_at is not None
    assert after[:-1] == before[:-1]


async def test_no_profiling_and_silence_at_the_address_that_was_reached_are_taken_back_too(door: Door) -> None:
    await door.send_invoice()
    link = await door.link(await door.claimed("email"))
    ticked = {"language": "nb", "unprofiled": "true", "silent": "true"}
    assert (await door.client.post(f"{link}/wishes", data=ticked)).status_code == 303
    assert ("email", "opted out") in [(row.channel, row.state) for row in await door.rows(STATE, c=door.creditor)]
    assert ("sms", "valid") in [(row.channel, row.state) for row in await door.rows(STATE, c=door.creditor)]
    life = "select e.kind from life_event e join debtor d on d.id = e.debtor_id where d.creditor_id = :c and e.until is null"
    assert "no profiling" in {row.kind for row in await door.rows(life, c=door.creditor)}
    await door.client.post(f"{link}/wishes", data={"language": "nb"})
    assert ("email", "valid") in [(row.channel, row.state) for row in await door.rows(STATE, c=door.creditor)]


async def test_who_ticks_that_nothing_be_guessed_about_them_finds_what_was_guessed_gone_at_once(door: Door) -> None:
    await door.send_invoice()
    (case,) = await door.rows("select id, debtor_id from dunning_case where creditor_id = :c", c=door.creditor)
    async with door.database.transaction() as connection:
        version = (await connection.execute(text(LEARN), {"name": door.creditor, "at": BEGIN})).scalar_one()
        assert await scores.keep(connection, version, score(case.id), BEGIN) == 1
    await door.rows(
        """with found as (
          insert into found_segment (creditor_id, key, name, happened_at) values (:c, 'late', 'valued late payers', :at)
          returning creditor_id, key)
        insert into debtor_segment (debtor_id, creditor_id, segment, found_in, version, found_at)
        select :debtor, creditor_id, key, key, 'first', :at from found returning 1""",
        c=door.creditor,
        debtor=case.debtor_id,
        at=BEGIN,
    )
    guessed = """select case_id from payment_score where case_id = :case
      union all select debtor_id from debtor_segment where debtor_id = :debtor"""
    of = {"case": case.id, "debtor": case.debtor_id}
    link = await door.link(await door.claimed("email"))
    assert (await door.client.post(f"{link}/wishes", data={"language": "nb"})).status_code == 303
    assert len(await door.rows(guessed, **of)) == 2
    page = (await door.client.get(link)).text
    assert 'name="unprofiled"' in page
    ticked = {"language": "nb", "unprofiled": "true"}
    assert (await door.client.post(f"{link}/wishes", data=ticked)).status_code == 303
    assert await door.rows(guessed, **of) == []
    async with door.database.transaction() as connection:
        assert await scores.keep(connection, version, score(case.id), BEGIN) == 0
