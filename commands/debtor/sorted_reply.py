"""What a message was sorted as is kept, and what must stop reminders stops them at once, until a person has read it.

It adds holds to those that its words gave at the door, and lifts none. Whatever a person has read already holds nothing.
"""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.replies import HoldUntilRead
from commands.record import record
from domain.parties.message_classes import OF_THE_PERSON, STOP_SAYS, MessageClass, Sorted
from domain.parties.replies import Meaning
from facts.cases.locks import lock_cases
from facts.deliveries import sortings
from facts.outbox import tell
from facts.webhooks.outgoing import emit
from planning.service import Planning

LONGEST_QUOTE = 500  # characters of the sentence that a hold quotes

CASES = text("""
select c.id, i.number from reply r join dunning_case c on c.debtor_id = r.debtor_id and c.state = 'open'
join invoice i on i.id = c.invoice_id
where r.id = :reply order by c.id
""")
# Of a person read is what a person has read, and what a machine wrote asks for nobody.
FIND = text("""
select r.creditor_id, r.debtor_id, r.case_id, r.channel, r.text, r.meaning,
  (select d.customer_number from debtor d where d.id = r.debtor_id) as customer_number,
  r.automatic is null and (r.done_at is null or r.done_by = 'purr') as unread, r.done_by = 'purr' as passed_over
from reply r where r.id = :reply for update
""")
# The door has held these until the same words are read, or all of the claim is disputed and so is what they say.
STOOD_STILL = text("""
select c.id from dunning_case c where c.id = any(cast(:cases as int[])) and (
  exists (select from hold h where h.case_id = c.id and h.reply_id = :reply and h.until is null)
  or :disputes and exists (select from dispute d where d.case_id = c.id and d.resolved_at is null and d.amount is null))
""")
READ_AGAIN = text("update reply set done_at = null, done_by = null, result = null where id = :reply")
ASK_AGAIN = text("""
update debtor_task set done_at = null, done_by = null, result = null where reply_id = :reply returning id
""")
ASK = text("""
insert into debtor_task (creditor_id, debtor_id, case_id, kind, reply_id, why, happened_at)
values (:creditor, :debtor, :case, 'reply', :reply, :why, :now)
""")


async def take_sorted(
    connection: AsyncConnection, planning: Planning, reply: int, found: Sorted, version: str, now: datetime
) -> int:
    """Keep how a reply was sorted, and hold what it is about where it must stop; gives how many cases that were.

    The same reply again is nothing, whatever became of its holds. Of somebody whom nobody knows, or of whom a person must
    tell first whose words they are, no case is held that the door has not held.
    """
    found_cases = (await connection.execute(CASES, {"reply": reply})).all()
    open_cases = [case.id for case in found_cases]
    await lock_cases(connection, open_cases)
    of = (await connection.execute(FIND, {"reply": reply})).one()
    if not await sortings.keep(connection, reply, found, version, now):
        return 0
    if (
        found.urgent and of.unread and of.creditor_id is not None and of.meaning != Meaning.IN_DANGER
    ):  # the door told of it
        data = {"reply": reply, "customer_number": of.customer_number, "channel": of.channel}
        invoices = [case.number for case in found_cases]
        await emit(connection, of.creditor_id, "debtor.in_danger", {**data, "invoices": invoices}, now)
    kind = found.stop_for
    # What the door has settled for "not me" is settled: only another reason brings it before a person again.
    if kind is None or of.debtor_id is None or not of.unread or (of.passed_over and kind is MessageClass.NOT_ME):
        return 0
    why, quote = f"says {STOP_SAYS[kind]}", found.quotes.get(kind, "")[:LONGEST_QUOTE]
    if of.passed_over:
        await connection.execute(READ_AGAIN, {"reply": reply})
        asked = (await connection.execute(ASK_AGAIN, {"reply": reply})).first()
        if asked is None and open_cases:
            words = f"a reply by {of.channel}, seems to say: {STOP_SAYS[kind]}: {of.text}"
            task = {"creditor": of.creditor_id, "debtor": of.debtor_id, "case": open_cases[0], "reply": reply}
            await connection.execute(ASK, task | {"why": words, "now": now})
        await tell(connection, open_cases, "debtor_replied", now)
    about = open_cases if kind in OF_THE_PERSON or of.case_id is None else [c for c in open_cases if c == of.case_id]
    disputes = kind in (MessageClass.DISPUTE_WHOLE, MessageClass.DISPUTE_PART)
    values = {"cases": list(about), "reply": reply, "disputes": disputes}
    stood = set((await connection.execute(STOOD_STILL, values)).scalars())
    held = [case for case in about if case not in stood]
    for case in held:
        hold = HoldUntilRead(by="purr", reason_code=why, note=quote or None, reply=reply)
        await record(connection, planning, case, hold, f"sorted#{reply}/{case}", now)
    return len(held)
