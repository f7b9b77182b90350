"""Which contact points are their debtor's now, and which were; and whose get what is about a debtor."""

THEIRS = "('valid', 'bounced', 'opted out')"
"""Whether or not it works. What is wrong is somebody else's, and of what was given nobody has made sure."""
PAST = "('replaced', 'left')"
"""Another address took its place."""


def written_to(debtor: str) -> str:
    """Whose contact points get what is about a row of debtors: its parent's, where that is said, or its own.

    Its own where the parent is not known, or not one alone, and where one of both is stopped or has somebody who stands in.
    """
    return f"""coalesce((select min(up.id) from debtor up
    where up.creditor_id = {debtor}.creditor_id and up.customer_number = {debtor}.written_to and up.id <> {debtor}.id
    having count(*) = 1 and bool_and(up.kind = 'business' and up.stop_reason is null and up.representative is null
      and {debtor}.kind = 'business' and {debtor}.stop_reason is null and {debtor}.representative is null)), {debtor}.id)"""


def of_one_recipient(debtor: str, creditor: str) -> str:
    """All whose messages go to one debtor, by its number and creditor: itself, and children that are reached through it."""
    return f"""(select {debtor} as id union all select k.id from debtor up join debtor k on k.creditor_id = up.creditor_id
    and k.written_to = up.customer_number where up.id = {debtor} and k.creditor_id = {creditor})"""


def sent_outside_of_cases(creditor: str, channel: str) -> str:
    """Whether a message that belongs to no case may go out: nobody is written to in test mode, and a stop switch stops it too."""
    return f"""not exists (select from creditor_clock k where k.creditor_id = {creditor})
  and not exists (select from stop_switch s where s.lifted_at is null and (s.scope = 'everything'
    or s.scope = 'creditor' and s.key = {creditor}
    or s.scope = 'channel' and s.key = {channel} and coalesce(s.creditor_id, {creditor}) = {creditor}))"""
