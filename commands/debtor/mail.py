"""A mail that came in: whose thread it belongs to, and what its words may do there. Its From alone proves nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.given_contact import ToConfirm, wrote_from_elsewhere
from commands.debtor.named import meant_in
from commands.debtor.replies import hear_each, keep_strangers, owners_of
from commands.debtor.said import Said
from domain.parties.addresses import address_key
from domain.parties.automatic_mail import Automatic
from domain.parties.mail import Mail
from domain.parties.replies import Meaning, meaning_of, wish_of
from facts.addresses import THEIRS
from facts.clock import is_live
from facts.deliveries import provider_events
from facts.deliveries.provider_events import ProviderEvent
from facts.parties import debtors
from planning.service import Planning

NOTHING_SAID = "(nothing but what it quotes or encloses)"
ANSWERED = text(f"""
select d.id, d.creditor_id, d.customer_number, d.name_key, l.id as delivery, p.address,
  coalesce(p.of_representative, false) and d.representative is not null as stands_in,
  (select case when count(*) = 1 then min(case_id) end from delivery_case where delivery_id = l.id) as case_id
from delivery l join debtor d on d.id = l.debtor_id left join contact_point p on p.id = l.contact_point_id
where l.id = any(cast(:deliveries as uuid[])) and p.state is distinct from 'wrong' and {is_live("d.creditor_id")}
order by array_position(cast(:deliveries as uuid[]), l.id) limit 1
""")
WROTE_FROM = text(f"""
update contact_point set wrote_from_at = greatest(wrote_from_at, :now)
where debtor_id = :debtor and channel = 'email' and address_key = :key and state in {THEIRS}
""")


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of a mail."""

    taken_for: str
    asked: Sequence[ToConfirm] = ()


async def mail_received(
    connection: AsyncConnection,
    planning: Planning,
    mail: Mail,
    deliveries: Sequence[UUID],
    now: datetime,
) -> Heard:
    """Put a mail where it belongs: gives what it was taken for, and which address is asked for a confirmation since
    somebody answered from there. The same mail again is nothing.

    `deliveries` are those that it names by what is sealed, the surest first.
    Whoever has the reply address or answers our Message-ID has what only the debtor was sent, and is heard as the
    debtor. Everybody else holds a case until a person has read the mail, and does no more. No mail is ever answered.
    """
    if not await debtors.first_time(connection, "mail", mail.id, now):
        return Heard("known")
    automatic = mail.automatic
    answered = (await connection.execute(ANSWERED, {"deliveries": list(deliveries)})).one_or_none()
    if answered is not None and automatic is Automatic.BOUNCE:
        await _bounced(connection, answered, mail, now)
    wish = wish_of(mail.said) if automatic is None else None
    if wish is not None and answered is not None and answered.address:
        wished = debtors.opted_out if wish == "stop" else debtors.opted_in
        await wished(connection, "email", answered.address, now)
        return Heard(wish)
    sender = address_key(mail.sender)
    text_of = mail.said if answered is not None else f"{mail.subject} ; {mail.said} ; {mail.quoted}"
    senders = [answered] if answered is not None else await owners_of(connection, "email", mail.sender, now)
    meant = await meant_in(connection, text_of, senders)
    tied_by = "reply address" if answered is not None else meant.by or ("sender" if senders else None)
    meaning = meaning_of(mail.said)
    writes = automatic is None and meaning is not Meaning.NOT_ME
    if writes and answered is not None and answered.address and sender == address_key(answered.address):
        await connection.execute(WROTE_FROM, {"debtor": answered.id, "key": sender, "now": now})
    said = Said(
        "email",
        mail.said or NOTHING_SAID,
        meaning,
        sender or None,
        reached=answered.address if answered is not None else None,
        case=meant.case or (answered.case_id if answered is not None else None),
        shared=len({owner.name_key for owner in meant.owners}) > 1,
        proven=answered is not None,
        delivery=answered.delivery if answered is not None else None,
        tied_by=tied_by,
        automatic=automatic,
        subject=mail.subject or None,
        quoted=mail.quoted or None,
        html=mail.html,
        files=mail.files,
    )
    if not meant.owners:
        await keep_strangers(connection, said, now)
        return Heard(automatic or "stranger")
    await hear_each(connection, planning, meant.owners, said, now)
    elsewhere = writes and answered is not None and answered.address and sender != address_key(answered.address)
    if answered is None or said.case is None or answered.stands_in or not elsewhere:
        return Heard(automatic or "reply")
    return Heard("reply", await wrote_from_elsewhere(connection, answered.id, said.case, mail.sender, now))


async def _bounced(connection: AsyncConnection, answered: Any, mail: Mail, now: datetime) -> None:
    """A delivery report is believed where it comes to the delivery's own address and names whom that went to."""
    for bounce in mail.bounces:
        if address_key(bounce.address) != address_key(answered.address or ""):
            continue
        event = ProviderEvent(
            provider="mail",
            event_id=mail.id,
            delivery=answered.delivery,
            kind="failed",
            happened_at=now,
            reason=f"a delivery report came by mail: {bounce.status}"[:200],
            contact="bounced" if bounce.nobody_is_there else None,
            detail={"status": bounce.status[:20]},
        )
        await provider_events.record(connection, event, now)
