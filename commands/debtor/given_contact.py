"""A debtor gives another address: it is kept beside those in use, and a confirmation is asked for there, or of a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.change import Reach, contacts_in
from commands.debtor.confirmed_contact import GOOD_FOR
from commands.debtor.replies import OF_CASE, heard, lock_cases_of
from commands.debtor.said import Said
from domain.parties.addresses import address_key
from domain.parties.speakers import DEBTOR, Asker
from domain.parties.topics import Other
from domain.parties.who_may_change import AddressState
from domain.vocabulary import DebtorKind
from facts.addresses import PAST, sent_outside_of_cases
from facts.parties import debtors
from facts.refusals import Refused
from planning.service import Planning

MOST_GIVEN = 5  # of a debtor, before a person has looked
ASKS = "the {who} gives another address by {channel}, {address}: make sure whose it is, then `debtor change` uses it{instead}"

WAITING = text("""
select count(*) from contact_point where debtor_id = :debtor and state = 'given' and not address_key = any(cast(:given as text[]))
""")
# What is known of the address stands: one that works is used already, of any other a person knows more. Who has been asked
# there is asked again once that link is too old.
GIVE = text(f"""
insert into contact_point (debtor_id, channel, address, address_key, state, of_representative, asked_at, happened_at)
values (:debtor, :channel, :address, :key, 'given', false, :asked_at, :now)
on conflict (debtor_id, channel, address_key, of_representative) do update set
  state = case when contact_point.state in {PAST} then 'given' else contact_point.state end,
  confirmed_at = case when contact_point.state in {PAST} then null else contact_point.confirmed_at end,
  asked_at = case when contact_point.state in {PAST} or contact_point.state = 'given' and contact_point.confirmed_at is null
    and coalesce(contact_point.asked_at, '-infinity') < :too_old then excluded.asked_at else contact_point.asked_at end,
  happened_at = case when contact_point.state in {PAST} then excluded.happened_at else contact_point.happened_at end
returning id, state, asked_at is not distinct from :asked_at as asked
""")
# Who is spoken for, stopped or hidden gives no address that a link alone could bring into use.
MAY_BE_ASKED = text(f"""
select d.creditor_id, cr.name as creditor_name, d.language, d.country, d.kind as debtor_kind
from debtor d join creditor cr on cr.id = d.creditor_id
where d.id = :debtor and d.representative is null and d.stop_reason is null and not d.protected_address
  and not exists (select from life_event e where e.debtor_id = d.id and e.kind = 'not me' and e.since is not null
    and not exists (select from life_event l where l.debtor_id = e.debtor_id and l.kind = e.kind and l.id > e.id))
  and {sent_outside_of_cases("d.creditor_id", "cast(:channel as text)")}
""")
KNOWN_THERE = text("select exists (select from contact_point where debtor_id = :debtor and address_key = :key)")


@dataclass(frozen=True, slots=True)
class ToConfirm:
    """An address whose owner is asked whether it is the debtor's, by a link that goes there and nowhere else."""

    contact_point: int
    channel: str  # email | sms
    address: str
    creditor: str
    creditor_name: str
    language: str
    country: str
    debtor_kind: DebtorKind


async def gives_contact(
    connection: AsyncConnection,
    planning: Planning,
    case: int,
    given: Reach,
    now: datetime,
    *,
    said_by: Asker | None = None,
) -> list[ToConfirm]:
    """Keep what the debtor of a case, or who stands in, gives on the invoice page: gives where a link asks for a confirmation.

    Where none may, or where an address is no email address or mobile number, a person is asked.

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
    news, asked = await _kept(connection, owner.id, case, contacts, now, said_by)
    if news:
        words = "\n".join(dict.fromkeys(news))
        said = Said("page", words, None, case=case, topic=Other.ADDRESS, says_all=True, said_by=said_by)
        await heard(connection, planning, owner, said, now)
    return asked


async def wrote_from_elsewhere(
    connection: AsyncConnection, debtor: int, case: int, sender: str, now: datetime
) -> list[ToConfirm]:
    """Whoever has what only the debtor was sent answered from another email address: it is asked for a confirmation, once."""
    known = (await connection.execute(KNOWN_THERE, {"debtor": debtor, "key": address_key(sender)})).scalar_one()
    waiting = (await connection.execute(WAITING, {"debtor": debtor, "given": []})).scalar_one()
    if known or waiting >= MOST_GIVEN or await _asks(connection, debtor, "email") is None:
        return []
    _, asked = await _kept(connection, debtor, case, [("email", sender)], now)
    return asked


async def _kept(
    connection: AsyncConnection,
    debtor: int,
    case: int,
    contacts: Sequence[tuple[str, str]],
    now: datetime,
    said_by: Asker | None = None,
) -> tuple[list[str], list[ToConfirm]]:
    """The addresses that are not in use yet, and those that are asked for a confirmation now.

    What somebody gives who stands in, or did once, a person makes sure of: whose it is, a link does not tell.
    """
    news: list[str] = []
    asked: dict[str, ToConfirm] = {}
    for channel, address in contacts:
        by_sms = channel == "phone" and address in asked  # a mobile number is asked by SMS for its calls, too
        asks = None if said_by else await _asks(connection, debtor, "sms" if by_sms else channel)
        values = {"debtor": debtor, "channel": channel, "address": address, "key": address_key(address), "now": now}
        values |= {"asked_at": now if asks else None, "too_old": now - GOOD_FOR}
        point = (await connection.execute(GIVE, values)).one()
        if point.state == AddressState.VALID:
            continue
        if asks is None or point.state != AddressState.GIVEN:
            instead = " for the debtor, and `debtor represent` for who stands in" if said_by else ""
            who, way = said_by or DEBTOR, channel.replace("_", " ")
            why = ASKS.format(who=who, channel=way, address=address, instead=instead)
            await debtors.ask_for_another(connection, point.id, case, why, now)
        elif point.asked and not by_sms:
            asked[address] = ToConfirm(point.id, channel, address, *asks)
        news.append(address)
    return news, list(asked.values())


async def _asks(connection: AsyncConnection, debtor: int, channel: str) -> Any:
    """Of which creditor, and whom, an address of the channel may be asked for a confirmation; None where none may."""
    if channel not in ("email", "sms"):
        return None
    return (await connection.execute(MAY_BE_ASKED, {"debtor": debtor, "channel": channel})).one_or_none()
