"""A case with its invoice, its debtor and what may stand in its way: one view for every statement that asks.

The view is made anew after the migrations. It is plain, so that a statement pays only for the columns that it asks for.
"""

from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from domain.agreements.instalments import Instalment
from domain.agreements.promises import Promise
from domain.moment import Moment, zone_of
from domain.money.amount import ZERO
from domain.money.matching.ranking import PAUSES
from domain.parties.life_events import LifeEvent, LifeKind
from domain.planner.case_facts import ActivePlan, Circumstances, HandOffState
from domain.policy.choosing import Whom, unsettled
from domain.vocabulary import Channel
from facts.addresses import written_to
from facts.ramp import outside_ramp

DROP_VIEW = "drop view if exists circumstances"
# What is asked of another table is asked for this case: `exists` may be planned as a hash of all of its rows.
# Of a debtor's life all but names and addresses: what it forbids is the table's, on the day on which somebody asks.
CREATE_VIEW = f"""
create view circumstances as
select c.*, i.number, i.issue_date, i.due_date, i.original_due_date, i.currency, i.segment, i.reference,
  i.claim_due as claimed_elsewhere, d.name as debtor_name, d.customer_number, d.kind as debtor_kind, d.country, d.language,
  coalesce(d.address ->> -1, '') as place,
  {written_to("d")} as written_to,
  p.name as policy_name, p.shadow,
  (select json_agg(json_build_array(e.kind, e.since, e.until, e.value, e.by, e.reason_code, e.happened_at) order by e.id)
     from life_event e where e.debtor_id = c.debtor_id
       and e.kind not in ('named', 'moved', 'country', 'kind', 'language')) as life,
  (select json_agg(json_build_array(s.scope, s.key, s.creditor_id)) from stop_switch s where s.lifted_at is null)
    as stops,
  {outside_ramp("c.creditor_id", "c.debtor_id")} as outside_ramp,
  (select ho.state from hand_off ho where ho.case_id = c.id and ho.state <> 'backed out'
     order by ho.id desc limit 1) as hand_off,
  (select json_agg(json_build_array(h.until, h.reason_code) order by h.until desc nulls first)
     from hold h where h.case_id = c.id and h.released_at is null) as holds,
  (select t.at from hold h left join release_turn t on t.release_id = h.release_id and t.case_id = h.case_id
     where h.case_id = c.id and h.released_at is not null order by h.released_at desc, h.id desc limit 1) as turn_at,
  (select json_agg(json_build_array(x.resolved_at is null, x.quiet_until, x.amount::text)) from dispute x
     where x.case_id = c.id) as disputes,
  greatest((select max(a.happened_at) from payment_attempt a where a.case_id = c.id and a.state in ('started', 'processing')),
     (select max((select max(a.happened_at) from payment_attempt a where a.statement_id = l.statement_id
       and a.state in ('started', 'processing'))) from account_statement_line l where l.invoice_id = c.invoice_id))
     as paying_since,
  (select max(r.happened_at) from review_candidate r where r.case_id = c.id and r.score >= {PAUSES}
     and (select w.state from incoming_payment w where w.id = r.payment_id) = 'review') as money_in_review,
  greatest((select max(r.happened_at) from reply r where r.debtor_id = c.debtor_id and r.done_at is null
     and (r.case_id is null or r.case_id = c.id)), (select max((select r.happened_at from reply r where r.id = k.reply_id
       and r.done_at is null)) from reply_candidate k where k.debtor_id = c.debtor_id)) as unread_reply,
  (select json_agg(json_build_array(m.id, m.pay_by, m.amount::text, m.happened_at, (select coalesce(-sum(amount), 0)::text
       from ledger_entry where invoice_id = c.invoice_id and payment_id is not null and happened_at >= m.happened_at)))
     from promise m where m.case_id = c.id and m.withdrawn_at is null) as promises,
  (select json_build_array(n.id, n.happened_at, (n.total - c.balance)::text, n.interest::text, n.chance_until,
       (select json_agg(json_build_array(t.number, t.due_on, t.amount::text, t.moved_from) order by t.number)
       from instalment t where t.plan_id = n.id))
     from instalment_plan n where n.case_id = c.id and n.state = 'active') as plan,
  (select json_build_array(
       json_agg(json_build_array(m.booked_on, m.amount::text) order by m.id) filter (where m.part = 'principal'),
       coalesce(sum(m.amount), 0) = c.balance
         and coalesce(sum(m.amount) filter (where m.part = 'principal'), 0) = c.principal
         and coalesce(sum(m.amount) filter (where m.part = 'interest'), 0) = c.interest)
     from ledger_entry m where m.invoice_id = c.invoice_id) as booked
from dunning_case c
join invoice i on i.id = c.invoice_id join debtor d on d.id = c.debtor_id join policy_text p on p.hash = c.policy_hash
"""
COLUMNS = """c.balance, c.state, c.withdrawn_at, c.creditor_id, c.country, c.policy_name, c.shadow, c.issue_date, c.life, c.stops,
  c.outside_ramp, c.hand_off, c.holds, c.turn_at, c.disputes, c.paying_since, c.money_in_review, c.unread_reply, c.promises,
  c.plan, c.booked, c.doubt, c.settled_for, c.settled_kind, c.debtor_kind"""


def circumstances(row: Any) -> Circumstances:
    """What may stand in the way of the case of a row with `COLUMNS`; of one that says what nobody knows only that."""
    try:
        return Circumstances(**circumstances_in(row))
    except ValueError as unknown:
        return Circumstances(balance=row.balance, contradiction=not_known(unknown))


def not_known(value: ValueError) -> str:
    """What is wrong with facts that say what nobody knows: a state, a channel."""
    return f"the facts say what is not known: {value}"


def circumstances_in(row: Any) -> dict[str, Any]:
    """The same, by the names of its fields. Raises ValueError for what nobody knows."""
    zone = zone_of(row.country)
    stops, stopped_channels = _stops(row)
    holds = row.holds or ()
    disputed = [amount for is_open, _, amount in row.disputes or () if is_open]
    quiet_until = [date.fromisoformat(until) for is_open, until, _ in row.disputes or () if until and not is_open]
    return {
        "balance": row.balance,
        "contradiction": None if row.booked[1] else "the balance that is kept is not what is booked",
        "open": row.state == "open",
        "withdrawn": row.withdrawn_at is not None,
        "hand_off": HandOffState(row.hand_off) if row.hand_off else None,
        "issue_date": row.issue_date,
        "life": tuple(_life_event(*event) for event in row.life or ()),
        "stops": stops,
        "stopped_channels": stopped_channels,
        "outside_ramp": row.outside_ramp,
        "shadow": row.shadow,
        "unsettled": unsettled(
            row.doubt,
            Whom(row.country, row.debtor_kind),
            Whom(row.settled_for, row.settled_kind) if row.settled_for else None,
        ),
        "disputed": None in disputed,
        "disputed_amount": sum((Decimal(amount) for amount in disputed if amount is not None), ZERO),
        "not_before": max(quiet_until, default=None),
        "held": bool(holds),
        "held_until": datetime.fromisoformat(holds[0][0]) if holds and holds[0][0] else None,
        "hold_reason": holds[0][1] if holds else None,
        "turn_at": row.turn_at,
        "paying_since": row.paying_since,
        "money_in_review": Moment(row.money_in_review, zone).day if row.money_in_review else None,
        "unread_reply": row.unread_reply,
        "promises": tuple(
            Promise(number, date.fromisoformat(pay_by), Decimal(amount), _day(made_at, zone), Decimal(paid))
            for number, pay_by, amount, made_at, paid in row.promises or ()
        ),
        "plan": _plan(*row.plan, zone=zone) if row.plan else None,
    }


def _life_event(
    kind: str, since: str | None, until: str | None, value: Any, by: str, reason_code: str | None, at: str
) -> LifeEvent:
    first, end = (date.fromisoformat(day) if day else None for day in (since, until))
    return LifeEvent(LifeKind(kind), first, end, value, by, reason_code, None, datetime.fromisoformat(at))


def _plan(
    id: int, agreed_at: str, paid: str, interest: str, chance_until: str | None, instalments: Any, *, zone: tzinfo
) -> ActivePlan:
    return ActivePlan(
        id=id,
        agreed_on=_day(agreed_at, zone),
        instalments=tuple(
            Instalment(number, date.fromisoformat(due), Decimal(amount), date.fromisoformat(before) if before else None)
            for number, due, amount, before in instalments
        ),
        paid=Decimal(paid),
        interest=Decimal(interest),
        chance_until=date.fromisoformat(chance_until) if chance_until else None,
    )


def _day(moment: str, zone: tzinfo) -> date:
    return Moment(datetime.fromisoformat(moment), zone).day


def _stops(row: Any) -> tuple[tuple[str, ...], frozenset[Channel]]:
    reasons: list[str] = []
    channels: set[Channel] = set()
    for scope, key, creditor in row.stops or ():
        if creditor is not None and creditor != row.creditor_id:
            continue
        if scope == "channel":
            channels.add(Channel(key))
        elif scope == "everything" or key in (row.creditor_id if scope == "creditor" else row.policy_name,):
            reasons.append(f"{scope} {key}".strip())
    return tuple(reasons), frozenset(channels)
