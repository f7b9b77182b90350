"""Limitation: until when a claim may be asked for, and what the facts have that began it anew."""

from collections.abc import Iterator
from datetime import date

from domain.countries.law import Law
from domain.countries.limitation import Renewed
from domain.planner import told
from domain.planner.case_facts import CaseFacts
from domain.policy.policy import Policy


def barred_after(policy: Policy, law: Law, facts: CaseFacts, today: date) -> date:
    """The last day before the claim is barred, from the day payment could first be demanded, or the claim arose.

    What began it anew, by the law's row, is only looked for where it would be barred without that. LawMissing before the
    law's first row.
    """
    first_due = min(facts.first_due or facts.due_date, facts.due_date)
    ends = law.limitation_ends(first_due, facts.debtor_kind, facts.issue_date)
    if today <= ends:
        return ends
    renewed = (each for each in _renewals(policy, law, facts) if each.on <= today)
    return law.limitation_ends(first_due, facts.debtor_kind, facts.issue_date, renewed)


def _renewals(policy: Policy, law: Law, facts: CaseFacts) -> Iterator[Renewed]:
    """What may have begun it anew. In doubt, which is kinder to the debtor, nothing did: only what surely reached them counts.

    Written is what came on paper, since no source says that more is. What a court or the debtor's own words did is a person's
    to know.
    """
    for each in told.reminders(policy, law, facts):
        if each.channel.rule.by_post and each.posted_on is not None:
            yield Renewed(law.arrives(each.posted_on), "written reminder")
        elif not each.channel.rule.by_post and (seen := each.delivered_at or each.read_at) is not None:
            yield Renewed(law.calendar.local_date(seen), "any reminder")
    if facts.paid is not None:
        yield from (Renewed(day, "part payment") for day in facts.paid.days)
    yield from (Renewed(each.made_on, "acknowledgement") for each in facts.promises)
    if facts.plan is not None:
        yield Renewed(facts.plan.agreed_on, "acknowledgement")
