"""The one way in for invoices and credit notes, whichever door they come through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.countries.fees import EarlierFee, fee_of
from domain.countries.law import Law
from domain.countries.registry import paid_in
from domain.countries.rows import LawMissing
from domain.invoices.incoming import IncomingCreditNote, IncomingInvoice, at_home
from domain.moment import moment_in
from domain.money.accounts import not_own
from domain.money.reference_agreements import not_as_agreed
from domain.parties.families import Families
from domain.policy.choosing import account_told, doubts_of_account, doubts_of_law, usual_policy
from domain.policy.policy import Policy, law_of
from facts import clock
from facts.invoices.invoices import (
    Creditor,
    Imported,
    PolicyChoice,
    apart,
    find_creditor,
    import_credit_note,
    import_invoices,
)
from facts.parties.families import families_of
from facts.refusals import Conflict, Refused, UnknownCreditor

TOO_LONG = "55P03"  # a lock that was waited for: nobody waits for it again while all the others are held


@dataclass(frozen=True, slots=True)
class _Accepted:
    """An invoice of many that may be stored, and its place among them."""

    place: int
    owner: Creditor
    invoice: IncomingInvoice
    policy: PolicyChoice


@dataclass(frozen=True, slots=True)
class Intake:
    """Imports with the policies that are loaded: by name, each with its text; and the laws, by which fees are judged."""

    policies: Mapping[str, tuple[Policy, str]]
    laws: Mapping[str, Law]

    async def invoice(
        self,
        connection: AsyncConnection,
        invoice: IncomingInvoice,
        now: datetime,
        *,
        creditor: str | None = None,
        api_key: str | None = None,
    ) -> Imported:
        """Import an invoice and start its case. `creditor` is who the door knows is asking; else the invoice says.

        `api_key` is the hash of the key that sends it, where one does.

        Raises Refused (unknown creditor, policy or currency; a creditor other than the door's) or Conflict.
        """
        owner = await self.owner(connection, invoice.creditor, creditor)
        invoice = at_home(invoice, owner.country)
        policy = self._judged(owner, invoice, await self._families(connection, owner, [invoice], now), now)
        (imported,) = await import_invoices(connection, owner, [(invoice, policy)], now, api_key=api_key)
        if isinstance(imported, Conflict):
            raise imported
        return _warned(owner, invoice, imported)

    async def invoices(
        self,
        connection: AsyncConnection,
        invoices: Sequence[IncomingInvoice],
        *,
        creditor: str | None = None,
        api_key: str | None = None,
    ) -> list[Imported | Refused]:
        """Import many in a few statements: what became of each, as if it came alone, in their order.

        Raises what the database raises for one that is stored alone, after the others were tried together.
        """
        names = dict.fromkeys(invoice.creditor for invoice in invoices)
        owners = {named: await self._owner(connection, named, creditor) for named in names}
        moments = await clock.now_of_each(
            connection, (each.id for each in owners.values() if isinstance(each, Creditor))
        )
        known = {
            each.id: await self._families(connection, each, invoices, moments[each.id])
            for each in owners.values()
            if isinstance(each, Creditor)
        }
        became = dict[int, Imported | Refused]()
        accepted = dict[str, list[_Accepted]]()
        for place, invoice in enumerate(invoices):
            owner = owners[invoice.creditor]
            try:
                if isinstance(owner, Refused):
                    raise owner
                invoice = at_home(invoice, owner.country)
                policy = self._judged(owner, invoice, known[owner.id], moments[owner.id])
                accepted.setdefault(owner.id, []).append(_Accepted(place, owner, invoice, policy))
            except Refused as why:
                became[place] = why
        for whose, theirs in accepted.items():
            for turn in apart([each.invoice for each in theirs]):
                chosen = [theirs[n] for n in turn]
                stored = await self._stored(connection, chosen, moments[whose], api_key)
                became |= {each.place: it for each, it in zip(chosen, stored, strict=True)}
        return [became[place] for place in range(len(invoices))]

    async def _stored(
        self, connection: AsyncConnection, turn: Sequence[_Accepted], now: datetime, api_key: str | None
    ) -> list[Imported | Refused]:
        """What became of a creditor's invoices that are stored together; where that fails, each for itself."""
        owner = turn[0].owner
        try:
            async with connection.begin_nested():
                given = [(each.invoice, each.policy) for each in turn]
                stored = await import_invoices(connection, owner, given, now, api_key=api_key)
        except Refused as why:
            if len(turn) == 1:
                return [why]
        except DBAPIError as error:
            if len(turn) == 1 or error.connection_invalidated or getattr(error.orig, "sqlstate", None) == TOO_LONG:
                raise
        else:
            return [
                it if isinstance(it, Refused) else _warned(owner, each.invoice, it)
                for each, it in zip(turn, stored, strict=True)
            ]
        return [it for one in turn for it in await self._stored(connection, [one], now, api_key)]

    async def credit_note(
        self, connection: AsyncConnection, note: IncomingCreditNote, now: datetime, *, creditor: str | None = None
    ) -> Imported:
        """Lower an invoice. Raises Refused (UnknownInvoice where it has not come yet) or Conflict."""
        owner = await self.owner(connection, note.creditor, creditor)
        return await import_credit_note(connection, owner, note, now)

    async def checked(
        self, connection: AsyncConnection, invoice: IncomingInvoice, now: datetime, *, creditor: str | None = None
    ) -> tuple[Creditor, PolicyChoice]:
        """Whose an invoice is and by which policy it goes. Nothing is changed; raises Refused."""
        owner = await self.owner(connection, invoice.creditor, creditor)
        invoice = at_home(invoice, owner.country)
        known = await self._families(connection, owner, [invoice], now)
        return owner, self._judged(owner, invoice, known, now)

    async def _families(
        self, connection: AsyncConnection, owner: Creditor, invoices: Sequence[IncomingInvoice], now: datetime
    ) -> Families:
        """What is known of the families that some invoices tell of."""
        told = [invoice.debtor for invoice in invoices if invoice.debtor.parent]
        if not told:
            return Families()
        numbers = {debtor.customer_number for debtor in told} | {
            debtor.parent.customer_number for debtor in told if debtor.parent
        }
        today = moment_in(told[0].country, now).day
        return await families_of(connection, owner.id, [number for number in numbers if number], today)

    def _judged(self, owner: Creditor, invoice: IncomingInvoice, known: Families, now: datetime) -> PolicyChoice:
        policy = self._policy(owner, invoice, now)
        self._check_already_sent(invoice, policy.law, now)
        debtor = invoice.debtor
        if why := known.joined(debtor.customer_number, debtor.parent.customer_number if debtor.parent else None):
            raise Refused(why)
        return policy

    async def _owner(self, connection: AsyncConnection, named: str | None, asking: str | None) -> Creditor | Refused:
        try:
            return await self.owner(connection, named, asking)
        except Refused as why:
            return why

    async def owner(self, connection: AsyncConnection, named: str | None, asking: str | None) -> Creditor:
        """The creditor whom a file or the door names. Raises Refused."""
        if asking is None:
            return await find_creditor(connection, named)
        if named is not None:
            try:
                await find_creditor(connection, named, among=asking)
            except UnknownCreditor as other:
                raise Refused(f"the invoice is of creditor {named}, but {asking} is asking") from other
        return await find_creditor(connection, asking)

    def _policy(self, creditor: Creditor, invoice: IncomingInvoice, now: datetime) -> PolicyChoice:
        """The policy that an invoice goes by; or where its case waits, with what a person has to settle first."""
        debtor = invoice.debtor
        usual = usual_policy(creditor.policies, debtor.country, debtor.kind)
        name = invoice.policy or usual or next(iter(creditor.policies.values()), None)
        if name is None:
            raise Refused(f"creditor {creditor.id} has no policy: name one in the invoice, or register one")
        if name not in self.policies:
            raise Refused(f"no policy {name}: there are {', '.join(sorted(self.policies))}")
        policy, text = self.policies[name]
        of_law = doubts_of_law(
            policy,
            self.laws,
            country=debtor.country,
            kind=debtor.kind,
            currency=invoice.currency,
            named=invoice.policy is not None,
        )
        of_account = doubts_of_account(
            invoice.account,
            creditor.accounts,
            currency=invoice.currency,
            countries=(creditor.country, debtor.country),
        )
        own = law_of(policy, self.laws)
        law = own if policy.country == debtor.country else self.laws.get(debtor.country, own)
        try:
            allocation = law.allocations.on(moment_in(debtor.country, now).day, debtor.kind)
        except LawMissing as missing:
            raise Refused(f"in which order money pays the invoice is not known: {missing}") from missing
        return PolicyChoice(
            policy.name,
            policy.text_hash,
            text,
            policy.ignore_balance_below,
            policy.shadow,
            law,
            allocation,
            (*of_law, *of_account),
        )

    def _check_already_sent(self, invoice: IncomingInvoice, law: Law, now: datetime) -> None:
        """What was sent before is past, and its fees and notices are such as the law of their day allowed."""
        earlier, before = list[EarlierFee](), None
        country, today = invoice.debtor.country, moment_in(invoice.debtor.country, now).day
        for sent in sorted(invoice.already_sent, key=lambda each: each.date):
            what = f"already_sent: the {sent.kind} of {sent.date}"
            if sent.date > today:
                raise Refused(f"{what} is ahead: import the invoice when it is sent")
            if not sent.fee and sent.kind != "collection-notice":
                continue
            if (law.country, law.currency) != (country, invoice.currency):
                raise Refused(
                    f"{what} cannot be judged: no law of {country} is known for {invoice.currency}: leave it out"
                )
            kind, of = invoice.debtor.kind, fee_of(sent.kind)
            if sent.channel not in law.forms.on(sent.date, kind).all:
                raise Refused(f"{what} went by {sent.channel}, which carries no fee and no notice: leave it out")
            try:
                allowed = law.fee_allowed(
                    wanted=sent.fee,
                    on=sent.date,
                    due=invoice.due_date,
                    earlier_fees=earlier,
                    kind=kind,
                    of=of,
                    issued=invoice.issue_date,
                    last_reminder=before,
                )
            except LawMissing as missing:
                raise Refused(f"{what} cannot be judged: {missing}") from missing
            before = sent.date
            if sent.fee > allowed:
                raise Refused(f"{what} may bear {allowed} {law.currency} at most, not {sent.fee}")
            if sent.fee:
                earlier.append(EarlierFee(sent.date, sent.deadline, of))


def odd_for(owner: Creditor, invoice: IncomingInvoice) -> tuple[str, ...]:
    """What is told of an accepted invoice by what is known of its creditor: of its account, and of its reference."""
    country = paid_in(invoice.currency, owner.country)
    of_account = not_own(invoice.account, owner.accounts, invoice.currency)
    of_currency = account_told(invoice.account, owner.accounts, invoice.currency)
    of_reference = not_as_agreed(invoice.reference or "", country, owner.reference_checks.get(country))
    return tuple(filter(None, (of_account, of_currency, of_reference if invoice.reference else None)))


def _warned(owner: Creditor, invoice: IncomingInvoice, imported: Imported) -> Imported:
    return replace(imported, warnings=(*imported.warnings, *odd_for(owner, invoice)))
