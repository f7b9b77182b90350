"""One invoice lived through again by the planner, told what the record says at the moment at which that became known."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from domain.countries.law import Law
from domain.money.amount import ZERO
from domain.planner.action import ActionKind
from domain.planner.case_facts import Asked, CaseFacts, Delivery
from domain.planner.preview import Ahead, Household, Outcome, PreviewedAct
from domain.policy.policy import Policy
from domain.vocabulary import Channel

_JUST_BEFORE = timedelta(microseconds=1)


class Life:
    """What a policy does from an invoice's beginning on: as `policy preview` has it, but with what happened in between.

    What happens at a moment is known before anything is done at it. `reads` is the channel whose messages the debtor reads.
    """

    def __init__(self, policy: Policy, law: Law, facts: CaseFacts, begins: datetime, reads: Channel | None) -> None:
        self._household = Household([Ahead(policy, law, facts)], begins, Outcome(reads), begins)
        self.acts: list[PreviewedAct] = []
        self.charged = ZERO  # fees and interest that its acts have asked for
        self.asked_interest = False  # whether one of them has asked for interest
        self._rests = False  # until something more becomes known

    @property
    def facts(self) -> CaseFacts:
        """All that is known of the invoice by now."""
        return self._household.cases[0].facts

    def goes_on(self, until: datetime) -> Iterator[None]:
        """Whatever is done before a moment (UTC), act by act: one more is there at each turn, and at the last what is awaited."""
        household = self._household
        if until <= household.now or self._rests:
            return
        household.until = until - _JUST_BEFORE
        for together in household.acts():
            for _, act in together:
                self.acts.append(act)
                self.charged += act.fee + act.interest
                self.asked_interest |= bool(act.interest)
            yield
        if not household.actions:
            self._rests = True
            self._note_what_it_waits_for()
        yield

    def hears(self, at: datetime, of: Callable[[CaseFacts], CaseFacts]) -> None:
        """Something becomes known at a moment (UTC) that changes the facts."""
        for _ in self.goes_on(at):
            pass
        self._rests = False
        self._household.now = max(self._household.now, at)
        self._household.change(0, of(self.facts))

    def _note_what_it_waits_for(self) -> None:
        """A case that is not over waits for somebody: a row of the law that is missing, a person's word."""
        action = self._household.rests[0]
        if self.facts.balance > 0 and self.facts.hand_off is None and action.kind is ActionKind.WAIT and action.flag:
            self.acts.append(PreviewedAct(self._household.now, action))

    def parted(self, more: Decimal = ZERO) -> "Life":
        """Another life that was the same until now, of so much more (or less) that was invoiced; they go on by themselves.

        What it decided last holds for both: nobody shares it for whom that would be another.
        """
        other = object.__new__(Life)
        vars(other).update(vars(self), acts=[*self.acts], _household=self._household.parted())
        if more:
            case = other._household.cases[0]
            other._household.cases[0] = Ahead(case.policy, case.law, _of_another_amount(case.facts, more))
        return other


def _of_another_amount(facts: CaseFacts, more: Decimal) -> CaseFacts:
    (since, invoiced), *changed = facts.principal_changes
    return facts.but(
        balance=facts.balance + more,
        principal=facts.principal + more,
        principal_changes=((since, invoiced + more), *changed),
        deliveries=tuple(_asking(each, more) for each in facts.deliveries),
    )


def _asking(delivery: Delivery, more: Decimal) -> Delivery:
    asked = delivery.asked
    if asked is None:
        return delivery
    return replace(delivery, asked=Asked(asked.principal + more, asked.costs))
