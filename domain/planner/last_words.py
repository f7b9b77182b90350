"""The last words of a case before it closes: thanks for what was paid, who has it now. Each once, and none makes it wait long."""

from datetime import timedelta

from domain.countries.calendar import Calendar
from domain.parties.life_events import LifeKind
from domain.parties.standing import Thing
from domain.planner import chain
from domain.planner.action import Action
from domain.planner.case_facts import CaseFacts, CreditUsed, Delivery
from domain.planner.evidence import stands
from domain.planner.obstacles import Kind
from domain.planner.occasions import BY_MESSAGE, CREDIT_USED, HANDED_OFF, PAID, Occasion, step_named
from domain.planner.progress import Ladder
from domain.policy.policy import Policy
from domain.vocabulary import Channel

ANSWERS_TAKE = timedelta(minutes=15)  # the partner's, to one debtor's cases: then who was answered is told
ASKING = ("reminder", "block-warning", "termination-warning", "collection-notice")
HARMLESS = (
    Kind.HELD,
    Kind.IN_TURN,
    Kind.PAYING,
    Kind.IN_REVIEW,
    Kind.PROMISED,
    Kind.IN_PLAN,
)  # nothing is asked for any more


def last_word(ladder: Ladder, ended: Kind | LifeKind) -> Action | None:
    """What is still said before a case closes that ended so; None where nothing is, or it was said."""
    facts = ladder.facts
    against = [each for each in ladder.obstacles(Thing.OCCASION) if each.kind not in (ended, *HARMLESS)]
    if against or not facts.open:
        return None
    key = str(facts.round)
    if ended is Kind.SETTLED and (used := settled_by_credit(facts)):
        name, key, paper = CREDIT_USED, used.id, True
    elif ended is Kind.SETTLED and is_thanked(ladder.policy, facts):
        name, paper = PAID, is_owed_an_apology(ladder.policy, facts, ladder.calendar)
    elif ended is Kind.ACCEPTED and facts.partner_known:
        name, paper = HANDED_OFF, True
    else:
        return None
    occasion, at = Occasion(name, key, ladder.today), ladder.now
    if name == HANDED_OFF and facts.answers_since is not None:
        at = max(at, facts.answers_since + ANSWERS_TAKE)
    read = max((d for d in facts.deliveries if d.read_at), key=lambda d: str(d.read_at), default=None)
    by_paper = (Channel.LETTER,) if paper else ()
    # By WhatsApp only approved words begin a conversation, and these are none of them.
    first = (read.channel,) if read and read.channel in BY_MESSAGE else ()
    channels = dict.fromkeys((*first, *BY_MESSAGE, *by_paper))
    word = chain.first_that_arrives(ladder, occasion.step, tuple(channels), at, occasion.why)
    return word if word is not None and word.at is not None else None  # nothing waits for a person to thank


def settled_by_credit(facts: CaseFacts) -> CreditUsed | None:
    """The credit of another invoice that paid the last of it; None where money did."""
    used, paid = facts.credit_used, facts.paid
    return used if used is not None and (paid is None or paid.at <= used.at) else None


def is_thanked(policy: Policy, facts: CaseFacts) -> bool:
    """Whether money settled the case after it was reminded of, or after the debtor spoke of that money."""
    if facts.paid is None or facts.paid.amount <= 0 or facts.credited:
        return False
    return facts.paid.announced or bool(_reminders(policy, facts))


def is_owed_an_apology(policy: Policy, facts: CaseFacts, calendar: Calendar) -> bool:
    """Whether somebody was reminded of what they had paid before."""
    paid = facts.paid
    return paid is not None and any(calendar.local_date(d.sent_at) > paid.dated for d in _reminders(policy, facts))


def _reminders(policy: Policy, facts: CaseFacts) -> list[Delivery]:
    """What asked for the money in this round, as far as it arrived."""
    this_round = (d for d in facts.deliveries if d.round == facts.round and not d.alert and stands(d))
    return [d for d in this_round if step_named(policy, d.step).message in ASKING]
