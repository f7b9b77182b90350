"""The mandate that a case is drawn on, and whether anything was drawn on it before: the parts that statements share.

Of a row `c` of the view `circumstances`, its creditor `cr` and its active plan `p`.
"""

from collections.abc import Mapping

from domain.countries.registry import COUNTRIES


def _by_country(of: Mapping[str, str]) -> str:
    """What each country has, by that of a creditor `cr`; null where it has none."""
    return " ".join(["case cr.country", *(f"when '{code}' then {each}" for code, each in of.items()), "end"])


# What the centre draws.
DRAWN_IN = _by_country({code: f"'{each.currency}'" for code, each in COUNTRIES.items() if each.direct_debit})
# How long the number of a payer is, where a draw names it beside a reference of its own, and a month's limit is ours to keep.
_LONGEST_NUMBER = _by_country(
    {code: str(each.payer_form.longest_number) for code, each in COUNTRIES.items() if each.payer_form}
)
DRAWN_OF_LIMIT = "('planned', 'sent', 'cancelling', 'settled')"

# Under the first of these references that a mandate covers: the plan's, the invoice's, the mandate's own.
MANDATE = f"""
select m.id, m.notify, greatest(m.asked_at, m.confirmed_at) as told_at, m.reference as payer_number,
    case when {_LONGEST_NUMBER} is not null then m.monthly_limit end as own_limit,
    case when length(coalesce(p.reference, c.reference)) <= {_LONGEST_NUMBER} then coalesce(p.reference, c.reference)
      else k.reference end as claim_reference
  from mandate m cross join lateral (values (p.reference, 1), (c.reference, 2), (m.reference, 3)) as k(reference, place)
  where m.debtor_id = c.debtor_id and m.creditor_id = c.creditor_id and m.state = 'active'
    and customer_part(cr.direct_debit ->> 'kid_structures', k.reference)
      = customer_part(cr.direct_debit ->> 'kid_structures', m.reference)
  order by k.place, m.confirmed_at desc, m.id desc limit 1
"""
# Of that mandate `m`: no draw of this money has failed, none was undone without the debtor's word since, and our limit lets it.
DRAWABLE = f"""
c.currency = {DRAWN_IN} and c.claimed_elsewhere is null and coalesce(p.reference, c.reference) ~ '^[0-9]{{1,24}}[0-9-]$'
  and not exists (select from claim cl where cl.case_id = c.id
    and (p.id is null and cl.state = 'failed' and cl.due_on >= c.due_date or cl.state = 'returned' and cl.ended_at >= m.told_at))
  and (m.own_limit is null or p.id is not null or c.balance <= m.own_limit - coalesce((select sum(cl.amount) from claim cl
    where cl.mandate_id = m.id and cl.case_id <> c.id and cl.state in {DRAWN_OF_LIMIT}
      and cl.due_on >= date_trunc('month', c.due_date)
      and cl.due_on < date_trunc('month', c.due_date) + interval '1 month'), 0))
"""
