"""An address is one thing, whoever has it: what its owner wishes and whether it exists holds at every debtor."""

# What is known of an address `g` (channel, address) elsewhere, for a debtor `person` who gets it now. A household shares
# its postal address, and a wrong address may be somebody else's right one: these hold for the creditor's same name only.
# `by_post` are the channels on paper. What is known in test mode holds for its creditor alone, and nothing else holds for it.
ELSEWHERE = """(
  select o.state from contact_point o join debtor od on od.id = o.debtor_id
  where o.channel = g.channel and o.address = g.address and o.state in ('opted out', 'bounced', 'wrong')
    and (od.creditor_id = person.creditor_id or not exists (
      select from creditor_clock k where k.creditor_id in (od.creditor_id, person.creditor_id)))
    and ((o.state <> 'wrong' and o.channel <> all(cast(:by_post as text[])))
      or (od.creditor_id = person.creditor_id and od.name_key = person.name_key))
  order by array_position(array['opted out', 'wrong', 'bounced'], o.state) limit 1)"""
