"""Creditors, their bank accounts and their keys to the API; only a key's hash is kept."""

import re
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.agreements.direct_debit import faults_of_agreement
from domain.agreements.e_invoice import faults_of_e_invoice
from domain.desk.answer_by import MOST_HOURS, USUAL_HOURS
from domain.distribution_house import Order
from domain.invoices.incoming import Country, DebtorKind, one_spelling
from domain.moment import Moment, moment_in
from domain.money.accounts import as_bank_files_have_it
from domain.money.allocation import PARTS, Part
from domain.money.goals import Goal, faults_of_goals
from domain.money.losses import LossRule
from domain.money.pay_out import PayOut, faults_of_pay_out
from domain.money.reference_agreements import fault_of_agreement
from domain.money.vouchers import AccountPlan
from domain.parties.sms_senders import OwnSender, faults_of_senders
from domain.policy.choosing import key_of
from facts.clock import is_live
from facts.database import to_json
from facts.parties import creditor_policies
from facts.refusals import Refused, UnknownCreditor

REGISTERED_BY, BY_FILE = "purr", "file"
"""Who says by which policies a creditor's invoices go, and why, where nobody else does."""
REGISTER = text("""
insert into creditor (id, name, organisation_number, country, phone, email, website, address, policies,
    collection_partner, collection_partner_contact, collection_partner_url, message_costs, open_tracking, overpayment,
    allocation, payment_methods,
    handling_costs, account_holder, reference_checks, sms_senders, letters_by, vat_number,
    direct_debit, e_invoice, goals, account_plan, pay_out, losses, answer_within, card_in, happened_at)
values (:id, :name, :organisation_number, :country, :phone, :email, :website, cast(:address as jsonb),
    cast(:policies as jsonb), :collection_partner, cast(:collection_partner_contact as jsonb), :collection_partner_url,
    cast(:message_costs as jsonb), :open_tracking,
    :overpayment, cast(:allocation as jsonb), cast(:payment_methods as jsonb), cast(:handling_costs as jsonb),
    :account_holder, cast(:reference_checks as jsonb), cast(:sms_senders as jsonb), cast(:letters_by as jsonb),
    :vat_number,
    cast(:direct_debit as jsonb), cast(:e_invoice as jsonb), cast(:goals as jsonb), cast(:account_plan as jsonb),
    cast(:pay_out as jsonb), cast(:losses as jsonb), :answer_within, cast(:card_in as jsonb), :now)
on conflict (id) do update set name = excluded.name, organisation_number = excluded.organisation_number,
    country = excluded.country, phone = excluded.phone, email = excluded.email, website = excluded.website,
    address = excluded.address, policies = excluded.policies, collection_partner = excluded.collection_partner,
    collection_partner_contact = excluded.collection_partner_contact,
    partner_cursor = case when creditor.collection_partner_url is not distinct from excluded.collection_partner_url
      then creditor.partner_cursor end, collection_partner_url = excluded.collection_partner_url,
    message_costs = excluded.message_costs, open_tracking = excluded.open_tracking,
    overpayment = excluded.overpayment, allocation = excluded.allocation, payment_methods = excluded.payment_methods,
    handling_costs = excluded.handling_costs, account_holder = excluded.account_holder,
    reference_checks = excluded.reference_checks, sms_senders = excluded.sms_senders,
    letters_by = excluded.letters_by, vat_number = excluded.vat_number,
    direct_debit = excluded.direct_debit, e_invoice = excluded.e_invoice, goals = excluded.goals,
    account_plan = excluded.account_plan, pay_out = excluded.pay_out, losses = excluded.losses,
    answer_within = excluded.answer_within, card_in = excluded.card_in, happened_at = excluded.happened_at
""")
MODE = text("""
select exists (select from creditor_clock k where k.creditor_id = c.id) as test, c.policies from creditor c
where c.id = :id for update
""")
CLOCK = text("insert into creditor_clock (creditor_id, ahead) values (:id, interval '0')")
ACCOUNT = text("""
insert into bank_account (creditor_id, account, imported_through, happened_at) values (:creditor, :account, :through, :now)
on conflict do nothing
""")
KEY = text("""
insert into api_key (key_hash, creditor_id, label, agency, happened_at) values (:hash, :creditor, :label, :agency, :now)
""")
AGENCY = text("""
select agency from api_key where creditor_id = :creditor and lower(agency) = lower(:name) and revoked_at is null limit 1
""")
KEY_OWNER = text("""
select k.creditor_id, k.agency, c.id_key from api_key k join creditor c on c.id = k.creditor_id
where k.key_hash = :hash and k.revoked_at is null
""")
# A key is named by the beginning of its hash, which tells nothing of the key.
KEYS = text("""
select left(key_hash, 12) as id, label, happened_at, revoked_at, agency from api_key where creditor_id = :creditor
order by happened_at, id
""")
FRAMED_BY = text("select card_in from creditor where id = :creditor")
NAMES = text(f"select name from creditor cr where {is_live('cr.id')} limit 2")
NAMED_KEYS = text("""
select key_hash from api_key
where creditor_id = :creditor and revoked_at is null and :name in (label, left(key_hash, 12)) for update
""")
SMS_SENDERS = text("select sms_senders from creditor where id = :creditor")
EVERY_SMS_SENDER = text("""
select distinct sender from creditor c cross join lateral jsonb_each(c.sms_senders) s
cross join lateral (values (s.value ->> 'name'), (s.value ->> 'number')) v(sender) where sender is not null order by sender
""")
COUNTRY = text("select country from creditor where id = :creditor")
COUNTRIES = text(r"""
select country from creditor union select substring(text from '(?n)^country:\s*["'']?([A-Z]{2})') from policy_text
""")  # a policy is stored once a case goes by it
# Keys of one label are one holder's: a key that takes another's place has its label.
SENT_BY = text("""
select exists (select from dunning_case c join invoice i on i.id = c.invoice_id join api_key sender on sender.key_hash = i.api_key
  join api_key asking on asking.creditor_id = sender.creditor_id and asking.label = sender.label
  where c.id = :case and asking.key_hash = :key)
""")
REVOKE = text("update api_key set revoked_at = :now where key_hash = :hash")


TRIED_WITHOUT_BANK = date(2199, 12, 31)  # in test mode no bank is waited for: all that was paid is told over the API
# Of the agreement with the centre of direct debit (Nets): besides its numbers the one that its files begin with, how KIDs
# are built, and where a payer signs.
PartnerReach = Literal["phone", "email", "website"]
REACHES: dict[PartnerReach, re.Pattern[str]] = {  # each becomes a link on the page
    "phone": re.compile(r"\+[0-9 ]{6,20}"),
    "email": re.compile(r"[^\s@<>\"?&]{1,64}@[^\s@<>\"?&]{1,190}"),
    "website": re.compile(r"https://[^\s@<>\"#]{3,200}"),
}
LONGEST_HOLDER = 70  # signs, as payments name whom they go to
ORIGIN = r"^https://[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?(:[0-9]{1,5})?$"  # of a system, as browsers write it
EInvoiceName = Literal["address", "operator"]
AgreementName = Literal[
    "customer_unit", "account", "data_sender", "first_number", "kid_structures", "e_agreement", "customer_number"
]


class CreditorDetails(BaseModel):
    """A creditor as it is registered. Costs are per message or SMS segment, in the creditor's currency."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    organisation_number: Annotated[str, AfterValidator(one_spelling)] | None = None
    country: str = "NO"
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    address: tuple[str, ...] = ()
    accounts: Annotated[tuple[Annotated[str, AfterValidator(as_bank_files_have_it)], ...], Field(min_length=1)]
    consumer_policy: str
    business_policy: str | None = None
    policies: dict[Country, dict[DebtorKind, str]] = {}  # country -> kind of debtor -> its policy there
    collection_partner: str | None = None
    collection_partner_contact: dict[PartnerReach, str] = {}  # where debtors reach it: the page tells whose case it has
    collection_partner_url: Annotated[str, Field(pattern=r"^https?://[^\s@#]+$", max_length=2000)] | None = (
        None  # its API
    )
    message_costs: dict[str, Decimal] = {
        "email": Decimal("0.05"),
        "sms": Decimal("0.60"),
        "direct_message": Decimal("0.50"),
        "letter": Decimal("9.60"),
    }
    open_tracking: bool = True
    overpayment: Literal["keep", "refund"] = "keep"
    allocation: tuple[Part, ...] | None = None  # its own order of parts, where the law lets it choose
    payment_methods: dict[str, dict[str, str]] = {}  # what each needs to know, nothing secret
    handling_costs: dict[str, Decimal] = {}  # of one call, task, dispute, reply or unmatched payment; it: for a message
    answer_within: Annotated[int, Field(ge=1, le=MOST_HOURS)] = USUAL_HOURS  # hours at work: whoever writes is answered
    vat_number: Annotated[str, Field(pattern=r"^[A-Z]{2}[0-9A-Z]{2,20}$")] | None = None  # for e-invoices
    account_holder: Annotated[str, Field(min_length=1, max_length=LONGEST_HOLDER)] | None = None  # as its bank knows it
    reference_checks: dict[str, str] = {}  # country -> what its bank there checks payment references for
    sms_senders: dict[str, OwnSender] = {}  # country of the number that gets one -> what it comes from
    letters_by: Order = ()  # the ways in which a distribution house brings its letters; none: the printer has them
    direct_debit: dict[AgreementName, str] = {}
    e_invoice: dict[EInvoiceName, str] = {}  # where its e-invoices come from, for who orders them in the bank
    goals: dict[Goal, Decimal] = {}  # what is to be reached each month: see docs/reports.md
    account_plan: AccountPlan = AccountPlan()
    pay_out: PayOut | None = None
    losses: tuple[LossRule, ...] = ()  # when what is left of a closed case is written off
    card_in: Annotated[
        tuple[Annotated[str, Field(pattern=ORIGIN)], ...], Field(max_length=10)
    ] = ()  # shows cases' cards
    mode: Literal["live", "test"] = "live"  # for good: what was tried never becomes real

    @property
    def policies_kept(self) -> dict[str, str]:
        """Its policies as they are kept: the usual ones by kind of debtor, those of a country by country and kind."""
        usual = {"consumer": self.consumer_policy, "business": self.business_policy}
        abroad = {
            key_of(kind, country): name for country, names in self.policies.items() for kind, name in names.items()
        }
        return {key: name for key, name in (usual | abroad).items() if name}

    @model_validator(mode="after")
    def _test_reaches_nobody(self) -> "CreditorDetails":
        reaches_out = self.direct_debit or self.payment_methods or self.pay_out or self.collection_partner_url
        if self.mode == "test" and reaches_out:
            raise ValueError(
                "in test mode no bank, payment provider or collection partner is asked: leave direct_debit, payment_methods, "
                "pay_out and collection_partner_url out, and report payments over the API"
            )
        if self.collection_partner_url and self.collection_partner is None:
            raise ValueError("collection_partner_url needs collection_partner: debtors are told who has their case")
        return self

    @field_validator("collection_partner_contact")
    @classmethod
    def _where_debtors_reach_it(cls, contact: dict[PartnerReach, str], told: ValidationInfo) -> dict[PartnerReach, str]:
        if contact and told.data.get("collection_partner") is None:
            raise ValueError("needs collection_partner: debtors are told who has their case")
        for way, address in contact.items():
            if not REACHES[way].fullmatch(address):
                raise ValueError(f"{address} is no {way} that debtors could use")
        return contact

    @field_validator("allocation")
    @classmethod
    def _every_part_once(cls, order: tuple[Part, ...] | None) -> tuple[Part, ...] | None:
        if order is not None and sorted(order) != sorted(PARTS):
            raise ValueError(f"names each of {', '.join(PARTS)} once")
        return order

    @field_validator("goals")
    @classmethod
    def _goals_that_can_be(cls, goals: dict[Goal, Decimal]) -> dict[Goal, Decimal]:
        if faults := faults_of_goals(goals):
            raise ValueError("; ".join(faults))
        return goals

    @field_validator("reference_checks")
    @classmethod
    def _what_banks_there_check(cls, checks: dict[str, str]) -> dict[str, str]:
        faults = [
            f"{country}: {fault}"
            for country, agreed in checks.items()
            if (fault := fault_of_agreement(country, agreed))
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return checks

    @field_validator("sms_senders")
    @classmethod
    def _senders_that_can_be(cls, senders: dict[str, OwnSender]) -> dict[str, OwnSender]:
        if faults := faults_of_senders(senders):
            raise ValueError("; ".join(faults))
        return senders

    @field_validator("direct_debit")
    @classmethod
    def _an_agreement_that_holds(cls, agreement: dict[str, str], told: ValidationInfo) -> dict[str, str]:
        if faults := faults_of_agreement(told.data.get("country", ""), agreement, told.data.get("accounts", ())):
            raise ValueError("; ".join(faults))
        return {name: as_bank_files_have_it(each) if name == "account" else each for name, each in agreement.items()}

    @field_validator("e_invoice")
    @classmethod
    def _where_e_invoices_come_from(cls, told: dict[str, str], of: ValidationInfo) -> dict[str, str]:
        if faults := faults_of_e_invoice(of.data.get("country", ""), told):
            raise ValueError("; ".join(faults))
        return told

    @field_validator("pay_out")
    @classmethod
    def _an_account_of_its_own(cls, pay_out: PayOut | None, told: ValidationInfo) -> PayOut | None:
        if faults := faults_of_pay_out(told.data.get("country", ""), pay_out, told.data.get("accounts", ())):
            raise ValueError("; ".join(faults))
        return pay_out


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key to the API as lists show it, never the key itself. Moments are UTC."""

    id: str
    label: str
    created_at: datetime
    revoked_at: datetime | None
    agency: str | None


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """Whose an API key is: a creditor's own, or an agency's that calls for it and sees the calls given to it alone.

    `id_key` is what the creditor's ids are sealed with.
    """

    creditor: str
    agency: str | None
    id_key: bytes = field(repr=False)


async def register(
    connection: AsyncConnection,
    creditor: CreditorDetails,
    now: datetime,
    *,
    by: str = REGISTERED_BY,
    reason_code: str = BY_FILE,
) -> None:
    """Register a creditor, or bring its details up to date; accounts are only ever added.

    That its policies are others than before is kept, with who says so and why. Raises Refused where it is in the other mode.
    """
    before = (await connection.execute(MODE, {"id": creditor.id})).one_or_none()
    if before is not None and before.test is not (creditor.mode == "test"):
        raise Refused(
            f"creditor {creditor.id} is in {'test' if before.test else 'live'} mode and stays there: register another id"
        )
    details = creditor.model_dump(exclude={"accounts", "consumer_policy", "business_policy", "policies", "mode"})
    for listed in ("address", "card_in", "letters_by"):
        details[listed] = to_json(details[listed])
    details["account_plan"] = creditor.account_plan.model_dump(exclude_defaults=True)
    details["pay_out"] = creditor.pay_out.model_dump_json(by_alias=True) if creditor.pay_out else None
    senders = {country: own.model_dump(exclude_none=True) for country, own in creditor.sms_senders.items()}
    details["sms_senders"] = to_json(senders)
    details["losses"] = to_json([rule.model_dump(mode="json", by_alias=True) for rule in creditor.losses])
    for document in (
        "collection_partner_contact",
        "message_costs",
        "payment_methods",
        "handling_costs",
        "reference_checks",
        "direct_debit",
        "e_invoice",
        "account_plan",
    ):
        details[document] = to_json(details[document])
    details["goals"] = to_json({goal.value: target for goal, target in creditor.goals.items()})
    details["allocation"] = to_json(creditor.allocation) if creditor.allocation else None
    details["policies"] = to_json(creditor.policies_kept)
    await connection.execute(REGISTER, details | {"now": now})
    earlier = before.policies if before is not None else None
    await creditor_policies.keep(connection, creditor.id, earlier, by, reason_code, now)
    if creditor.mode == "test" and before is None:
        await connection.execute(CLOCK, {"id": creditor.id})
    through = TRIED_WITHOUT_BANK if creditor.mode == "test" else None
    for account in creditor.accounts:
        values = {"creditor": creditor.id, "account": account, "through": through, "now": now}
        await connection.execute(ACCOUNT, values)


async def only_name(connection: AsyncConnection) -> str | None:
    """The name of the only creditor here that is none in test mode; None where there are several, or none."""
    names = (await connection.execute(NAMES)).scalars().all()
    return names[0] if len(names) == 1 else None


async def country_of(connection: AsyncConnection, creditor: str) -> str:
    """The country that a creditor is in. Raises UnknownCreditor."""
    found: str | None = (await connection.execute(COUNTRY, {"creditor": creditor})).scalar_one_or_none()
    if found is None:
        raise UnknownCreditor(f"no creditor {creditor}: register it first")
    return found


async def countries_in_use(connection: AsyncConnection) -> set[str]:
    """The countries whose law matters here: those of the creditors, and of the policies that cases have gone by."""
    return {country for (country,) in await connection.execute(COUNTRIES) if country}


async def sms_senders_of(connection: AsyncConnection, creditor: str) -> dict[str, OwnSender]:
    """What a creditor has to send SMS as, by country. Raises UnknownCreditor."""
    found = (await connection.execute(SMS_SENDERS, {"creditor": creditor})).scalar_one_or_none()
    if found is None:
        raise UnknownCreditor(f"no creditor {creditor}: register it first")
    return {country: OwnSender.model_validate(own) for country, own in found.items()}


async def every_sms_sender(connection: AsyncConnection) -> list[str]:
    """The names and numbers of all creditors that SMS may have left as."""
    return list((await connection.execute(EVERY_SMS_SENDER)).scalars())


async def framed_by(connection: AsyncConnection, creditor: str) -> list[str]:
    """The systems of a creditor that may show a case's card in a frame, each as https://HOST."""
    found: list[str] = (await connection.execute(FRAMED_BY, {"creditor": creditor})).scalar_one()
    return found


async def where_it_is(connection: AsyncConnection, creditor: str, at: datetime) -> Moment:
    """A moment as it is where a creditor is."""
    return moment_in(await country_of(connection, creditor), at)


async def local_day(connection: AsyncConnection, creditor: str, at: datetime) -> date:
    """The day it is where a creditor is."""
    return (await where_it_is(connection, creditor, at)).day


async def agency_named(connection: AsyncConnection, creditor: str, name: str) -> str | None:
    """The agency of this name that has a key of the creditor's, as the key has it; None where none has one any more."""
    found: str | None = (await connection.execute(AGENCY, {"creditor": creditor, "name": name})).scalar_one_or_none()
    return found


async def issue_api_key(
    connection: AsyncConnection, creditor: str, label: str, now: datetime, agency: str | None = None
) -> str:
    """A new key for a creditor, or for an agency that calls for it; it is shown once and only its hash is kept."""
    key = f"purr_{secrets.token_urlsafe(32)}"
    values = {"hash": hashed(key), "creditor": creditor, "label": label, "agency": agency, "now": now}
    await connection.execute(KEY, values)
    return key


async def owner_of_key(connection: AsyncConnection, key: str) -> KeyOwner | None:
    """Whose an API key is; None for an unknown or revoked key."""
    row = (await connection.execute(KEY_OWNER, {"hash": hashed(key)})).one_or_none()
    return KeyOwner(*row) if row else None


async def sent_by_key(connection: AsyncConnection, case: int, key_hash: str) -> bool:
    """Whether a case's invoice was sent with this key, or with one of the same label."""
    return bool((await connection.execute(SENT_BY, {"case": case, "key": key_hash})).scalar_one())


async def list_api_keys(connection: AsyncConnection, creditor: str) -> list[ApiKey]:
    """A creditor's keys, oldest first, revoked ones too."""
    return [ApiKey(*row) for row in (await connection.execute(KEYS, {"creditor": creditor})).all()]


async def revoke_api_key(connection: AsyncConnection, creditor: str, name: str, now: datetime) -> None:
    """End a creditor's key, named by its id or label: it opens nothing from now on. Raises Refused unless it is one."""
    named = (await connection.execute(NAMED_KEYS, {"creditor": creditor, "name": name})).scalars().all()
    if not named:
        raise Refused(f"creditor {creditor} has no valid key {name}: `creditor keys` names them")
    if len(named) > 1:
        raise Refused(f"creditor {creditor} has {len(named)} valid keys {name}: give the id that `creditor keys` shows")
    await connection.execute(REVOKE, {"hash": named[0], "now": now})


def hashed(key: str) -> str:
    """A key as it is kept: its SHA-256. Keys are long and random, so no salt is needed."""
    return sha256(key.encode()).hexdigest()
