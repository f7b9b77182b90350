"""A debtor gives another address: it is kept beside those in use, and used once a person has made sure of it."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.change import Reach, contacts_in
from commands.debtor.replies import OF_CASE, heard, lock_cases_of
from commands.debtor.said import Said
from domain.parties.addresses import address_key
from domain.parties.topics import Other
from domain.parties.who_may_change import AddressState
from facts.addresses import PAST
from facts.parties import debtors
from facts.refusals import Refused
from planning.service import Planning

MOST_GIVEN = 5  # of a debtor, before a person has looked
ASKS = "the debtor gives another address by {channel}, {address}: make sure that it is theirs, then `debtor change` uses it"

WAITING = text("""
select count(*) from contact_point where debtor_id = :debtor and state = 'given' and not address_key = any(cast(:given as text[]))
""")
# What is known of the address stands: one that works is used already, of any other a person knows more.
GIVE = text(f"""
insert into contact_point (debtor_id, channel, address, address_key, state, of_representative, happened_at)
values (:debtor, :channel, :address, :key, 'given', false, :now)
on conflict (debtor_id, channel, address_key, of_representative) do update set
  state = case when contact_point.state in {PAST} then 'given' else contact_point.state end,
  happened_at = case when contact_point.state in {PAST} then excluded.happened_at else contact_point.happened_at end
returning id, state
""")


async def gives_contact(
    connection: AsyncConnection, planning: Planning, case: int, given: Reach, now: datetime
) -> None:
    """Keep what the debtor of a case gives on the invoice page, and ask a person about what is not in use yet.

    Until then messages go where they went. Raises NoAddress, and Refused where nothing is given or too much waits already.
    """
    owner = (await connection.execute(OF_CASE, {"case": case})).one()
    await lock_cases_of(connection, [owner])
    debtor = await debtors.by_id(connection, owner.id)
    contacts = contacts_in(debtor, given)
    if not contacts:
        raise Refused("no address was given")
    keys = [address_key(address) for _, address in contacts]
    waiting = (await connection.execute(WAITING, {"debtor": owner.id, "given": keys})).scalar_one()
    if waiting + len(contacts) > MOST_GIVEN:
        raise Refused("so many addresses were given already: somebody looks at them first")
    news = []
    for channel, address in contacts:
        values = {"debtor": owner.id, "channel": channel, "address": address, "key": address_key(address), "now": now}
        point = (await connection.execute(GIVE, values)).one()
        if point.state == AddressState.VALID:
            continue
        why = ASKS.format(channel=channel.replace("_", " "), address=address)
        await debtors.ask_for_another(connection, point.id, case, why, now)
        news.append(address)
    if news:
        said = Said("page", "\n".join(dict.fromkeys(news)), None, case=case, topic=Other.ADDRESS, says_all=True)
        await heard(connection, planning, owner, said, now)
