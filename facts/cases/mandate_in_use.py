"""The mandate that a case is drawn on, and whether anything was drawn on it before: the parts that statements share.

Of a row `c` of the view `circumstances`, its creditor `cr` and its active plan `p`.
"""

# Under the first of these references that a mandate covers: the plan's, the invoice's, the mandate's own.
MANDATE = """
select m.id, m.notify, greatest(m.asked_at, m.confirmed_at) as told_at, k.reference as claim_reference
  from mandate m cross join lateral (values (p.reference, 1), (c.reference, 2), (m.reference, 3)) as k(reference, place)
  where m.debtor_id = c.debtor_id and m.creditor_id = c.creditor_id and m.state = 'active'
    and customer_part(cr.direct_debit ->> 'kid_structures', k.reference)
      = customer_part(cr.direct_debit ->> 'kid_structures', m.reference)
  order by k.place, m.confirmed_at desc, m.id desc limit 1
"""
# Of that mandate `m`: no draw of this money has failed, and none was undone without the debtor's word since.
DRAWABLE = """
c.currency = 'NOK' and c.claimed_elsewhere is null and coalesce(p.reference, c.reference) ~ '^[0-9]{1,24}[0-9-]$'
  and not exists (select from claim cl where cl.case_id = c.id
    and (p.id is null and cl.state = 'failed' and cl.due_on >= c.due_date or cl.state = 'returned' and cl.ended_at >= m.told_at))
"""
