"""Where debtors are written to, lived: an address that they give, one that they have left, and a joke that is undone."""

import re
from datetime import timedelta

from sqlalchemy import text

from commands.debtor.confirmed_contact import use_confirmed
from tests.doings import fees, named, text_of, until_told
from tests.life import Life, begin
from tests.lives.stage import FEE, addresses, it_becomes_known, notices, page_of, tasks, with_fees, writes
from tests.world import World


async def test_what_is_given_on_the_page_gets_nothing_until_it_is_confirmed_there_and_told_of_and_everything_after(
    world: World,
) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    new = f"kari.{case.number}@new.example"
    async with page_of(case, "invoice") as (client, link):
        await client.post(f"{link}/address", data={"email": new})
        assert new not in (await client.get(link)).text
        (asked,) = [str(sent) for sent in world.providers.log if new in str(sent)]
        confirmed = re.search(r"/c/[\w-]+", asked)
        assert confirmed
        await client.post(confirmed[0])
    await case.quiet()
    assert await tasks(case) == [], "no person is needed"
    await until_told(case, "address-given")
    for days, is_used in ((2, False), (2, True)):
        await case.pass_time(timedelta(days=days))
        async with world.database.transaction() as connection:
            await use_confirmed(connection, await case.now())
        assert (new in await in_use(case)) is is_used
    assert new not in await addresses(case), "until then messages go where they went"
    await until_told(case, "due-date-reminder")
    assert new in await addresses(case)


async def in_use(case: Life) -> set[str]:
    """Where the debtor may be written to."""
    query = """select p.address from contact_point p join dunning_case c on c.debtor_id = p.debtor_id
        where c.id = :case and p.state = 'valid'"""
    return {row.address for row in await case.world.rows(query, case=case.case_id)}


async def test_a_joke_on_a_link_that_was_sent_on_is_undone_by_one_command(world: World) -> None:
    case = await begin(world)
    await case.until("invoice", "email")
    (email,) = await addresses(case)
    async with page_of(case, "invoice") as (client, link):
        await client.post(f"{link}/not-me")
        await client.post(f"{link}/not-me")
    await case.until("invoice", "sms")
    assert await tasks(case) == ["address"]
    await it_becomes_known(case, email=email)
    assert await tasks(case) == []
    await until_told(case, "due-date-reminder")
    await case.until("reminder", "letter")
    await case.post_letters()
    await case.until("collection-notice", "letter")
    assert {"invoice", "due-date-reminder", "reminder", "collection-notice"} <= {
        named(each.step) for each in await case.deliveries()
    }


async def test_who_has_moved_owes_no_fee_of_the_letter_that_went_to_the_old_address_and_is_written_to_at_the_new(
    world: World,
) -> None:
    case = await with_fees(world)
    async with world.database.transaction() as connection:
        of_them = "debtor_id = (select debtor_id from dunning_case where id = :case)"
        lived = text(f"update contact_point set happened_at = happened_at - interval '400 days' where {of_them}")
        await connection.execute(lived, {"case": case.case_id})
    await case.until("reminder", "letter")
    await case.post_letters()
    assert await fees(case) == [FEE]
    await writes(case, "Jeg har flyttet")
    assert (await fees(case), await tasks(case)) == ([], ["address"])
    await it_becomes_known(case, address_lines=["Nygata 2"], postcode="5003", city="Bergen")
    assert await tasks(case) == []
    while not await notices(case):
        await case.step()
        await case.post_letters()
    assert "Nygata 2" in await text_of(case, "collection-notice", "letter")
    assert (await notices(case))[-1].deadline - await case.today() >= timedelta(days=14)
