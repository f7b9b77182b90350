"""A person says by which policy a case goes: what nobody may guess of an invoice, or of a debtor who has changed, is settled."""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy import text

from commands.command import CaseState, Command, Recording, StandsAlready
from domain.invoices.incoming import Name
from domain.policy.policy import Policy
from facts.operations import rounds, unsettled
from facts.refusals import CommandRefused

# What it goes by is stored once a case goes by it; a debtor who moves, or is of another kind, from here on is asked about again.
SETTLE = text("""
with kept as (
  insert into policy_text (hash, name, text, ignore_balance_below, shadow, happened_at)
  values (:hash, :policy, :text, :ignore_balance_below, :shadow, :now) on conflict do nothing)
update dunning_case set policy_hash = :hash, doubt = null, settled_for = :country, settled_kind = :kind where id = :case
""")


class ChoosePolicy(Command[None]):
    """Say by which policy a case goes on; with another one a new round begins, and what was told and agreed stays."""

    name = "choose_policy"
    asks_planner = True
    policy: Annotated[Name, Field(description="choose_policy: the policy's name, the case's own where that one holds.")]

    def refusal(self, state: CaseState, now: datetime) -> CommandRefused | None:
        """Refuses what the collection partner asks for."""
        return CommandRefused("the case is handed off: recall it first") if state.hand_off is not None else None

    async def apply(self, to: Recording) -> None:
        """The policy of today by this name. Raises CommandRefused for one that cannot be the case's."""
        plan = to.state.planned
        chosen, written = self._chosen(to)
        if why := _why_not(chosen, plan.case.facts.currency, plan.case.facts.debtor_kind):
            raise CommandRefused(why)
        another = chosen.text_hash != plan.policy.text_hash
        if not another and plan.case.facts.unsettled is None:
            raise StandsAlready
        await to.do(
            SETTLE,
            hash=chosen.text_hash,
            policy=chosen.name,
            text=written,
            ignore_balance_below=chosen.ignore_balance_below,
            shadow=chosen.shadow,
            country=to.state.country,
            kind=plan.case.facts.debtor_kind,
        )
        if another:
            await rounds.begin(to.connection, [to.state.id], to.at.at)
        await unsettled.settled(to.connection, to.state.id, self.by, chosen.name, to.at.at)

    def _chosen(self, to: Recording) -> tuple[Policy, str]:
        """The policy with its text: the case's own as it is stored, else as its file has it today."""
        own = to.state.planned.policy
        if self.policy == own.name:
            return own, ""
        policies = to.planning.policies(to.at.day)
        if self.policy not in policies:
            raise CommandRefused(f"no policy {self.policy}: there are {', '.join(sorted({own.name, *policies}))}")
        return policies[self.policy]


def _why_not(policy: Policy, currency: str, kind: str) -> str | None:
    """Why a case cannot go by a policy whatever a person says; None where it can."""
    if policy.currency != currency:
        return f"the invoice is in {currency}, policy {policy.name} is for {policy.currency}"
    if policy.debtor not in (kind, "any"):
        return f"policy {policy.name} is for a {policy.debtor}, the debtor is a {kind}"
    return None
