"""An address is one thing, whoever has it: what its owner wishes and whether it exists holds at every debtor."""

from facts.addresses import of_one_recipient
from facts.operations.tasks import OF_AN_ADDRESS

# What is known of an address `g` (channel, address_key) for a debtor `person` who gets it now. `by_post`: channels on paper.
_KNOWN = """(
  select o.state from contact_point o join debtor od on od.id = o.debtor_id
  where o.channel = g.channel and o.address_key = g.address_key and {what}
  order by array_position(array['opted out', 'wrong', 'bounced'], o.state) limit 1)"""
_NOT_BY_POST = "o.channel <> all(cast(:by_post as text[]))"
# A household shares its postal address, and a wrong address may be somebody else's right one: these hold for the same name only.
HERE = _KNOWN.format(
    what=f"""o.state in ('opted out', 'bounced', 'wrong') and od.creditor_id = person.creditor_id
    and ((o.state <> 'wrong' and {_NOT_BY_POST}) or od.name_key = person.name_key)"""
)
# A creditor is not told what others' debtors wish: it learns when it writes, as the provider's refusal would tell it.
# What is known in test mode holds for its creditor alone, and nothing else holds for it.
ELSEWHERE = _KNOWN.format(
    what=f"""o.state in ('opted out', 'bounced') and od.creditor_id <> person.creditor_id and {_NOT_BY_POST}
    and not exists (select from creditor_clock k where k.creditor_id in (od.creditor_id, person.creditor_id))"""
)

# The task to find another address where one is dead, and its end once one of the channel works; what a notice wanted one
# for ends with one on paper. `{kept}` has the addresses that were given, each with its debtor_id, channel,
# of_representative, role and state.
FOUND_ANOTHER = f"""
update task t set done_at = :now, done_by = 'purr', result = 'an address is known'
from {{kept}} k join contact_point p on p.debtor_id = k.debtor_id and p.channel = k.channel
    and p.of_representative = k.of_representative and p.role is not distinct from k.role
  join debtor own on own.id = p.debtor_id cross join lateral {of_one_recipient("own.id", "own.creditor_id")} reached
  join dunning_case c on c.debtor_id = reached.id
where t.case_id = c.id and t.kind = 'address' and t.done_at is null and k.state = 'valid'
  and (t.step = '{OF_AN_ADDRESS}' || p.id or t.step not like '{OF_AN_ADDRESS}%' and k.channel = 'letter')
"""
