"""Before a creditor goes live: whether its policies can do what they say, point by point, with what to do where they cannot."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from domain.countries.law import Law, missing_soon
from domain.money.accounts import account_shown, is_account, kept_in
from domain.parties.sms_senders import SmsSenders, network_of
from domain.policy.policy import Policy, StepKind
from domain.vocabulary import CHANNELS, Channel

STALE_BANKING_DAYS = 3  # a bank sends a file on each; a day more is a delay, two are a fault


@dataclass(frozen=True, slots=True)
class Finding:
    """One point: `fine`, `look` where only a person can tell, or `missing`, without which it does not work."""

    about: str
    state: Literal["fine", "look", "missing"]
    found: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """An account that money comes in on, and the last day of which a bank file has told."""

    number: str
    imported_through: date | None


@dataclass(frozen=True, slots=True)
class Registered:
    """A creditor as it is registered."""

    id: str
    name: str
    organisation_number: str | None
    policies: Mapping[str, str]  # by the kind of debtor, or by country and kind
    message_costs: Mapping[str, str]
    contact: Sequence[str]  # phone, email, website: how debtors reach it, and make sure that a message is from it
    address: Sequence[str]
    collection_partner: str | None
    partner_url: str | None  # of its API
    accounts: Sequence[Account]
    keys: int  # to the API, that open it
    endpoints: int  # that are told of events
    in_test_mode: bool
    stopped: Sequence[str]  # what stop switches keep from leaving
    sms_senders: SmsSenders = field(default_factory=SmsSenders)  # what its SMS leave as
    same_names: Mapping[str, Sequence[str]] = field(
        default_factory=dict
    )  # by country: who else has the name of its SMS


KINDS = ("consumer", "business")  # of debtors: the usual policy of each


def channels_of(policies: Sequence[Policy]) -> list[Channel]:
    """The channels that messages of some policies may take, in the order in which a debtor is tried; a call is none."""
    used = {channel for policy in policies for step in policy.steps for channel in (*step.channels, *step.alert)}
    return [channel for channel in CHANNELS.values() if channel in used - {Channel.PHONE}]


def judged(creditor: Registered, loaded: Mapping[str, Policy], laws: Mapping[str, Law], today: date) -> list[Finding]:
    """Every point that the facts and the rules tell of. `loaded` are the policies that can be used, which are lawful today."""
    policies = [loaded[name] for name in dict.fromkeys(creditor.policies.values()) if name in loaded]
    return [
        *_mode(creditor),
        *_doors(creditor),
        *_policies(creditor, loaded),
        *_law(policies, laws, today),
        *_accounts(creditor, policies, laws, today),
        *_currencies(creditor, policies),
        *_prices(creditor, policies),
        *_sms_senders(creditor, policies, today),
        *_shown(creditor, policies),
        *_partner(creditor, policies),
    ]


def _mode(creditor: Registered) -> Iterator[Finding]:
    if creditor.in_test_mode:
        yield Finding(
            "mode", "missing", "in test mode, for good: nobody is written to", "register it live under another id"
        )
    else:
        yield Finding("mode", "fine", "live")
    for stop in creditor.stopped:
        yield Finding(
            "stop switch", "look", f"nothing leaves for {stop}", "`stop list`, then `stop off` when it may go on"
        )


def _doors(creditor: Registered) -> Iterator[Finding]:
    if creditor.keys:
        yield Finding("API keys", "fine", f"keys that open the API: {creditor.keys}")
    else:
        yield Finding("API keys", "look", "none: invoices come by files alone", "`creditor key`")
    if creditor.endpoints:
        yield Finding("webhooks", "fine", f"endpoints that are told of events: {creditor.endpoints}")
    else:
        yield Finding("webhooks", "look", "no system of the creditor's is told of events", "`/v1/webhook-endpoints`")


def _policies(creditor: Registered, loaded: Mapping[str, Policy]) -> Iterator[Finding]:
    for key in dict.fromkeys((*KINDS, *creditor.policies)):
        about, name = f"policy for {f'a {key}' if key in KINDS else key}", creditor.policies.get(key)
        if name is None:
            found = "none: an invoice names its own, or its case waits for a person"
            yield Finding(about, "look", found, f"`{key}_policy` of the creditor")
        elif name not in loaded:
            yield Finding(about, "missing", f"{name} is not among the policies that can be used", "`policy check`")
        elif loaded[name].shadow:
            yield Finding(
                about, "look", f"{name} is a shadow: it decides and sends nothing", "a policy without `shadow`"
            )
        else:
            yield Finding(about, "fine", f"{name} can be used and is lawful today")


def _law(policies: Sequence[Policy], laws: Mapping[str, Law], today: date) -> Iterator[Finding]:
    for country in dict.fromkeys(policy.country for policy in policies):
        law = laws[country]
        soon, unverified = missing_soon([law], today), law.unverified()
        for each in soon:
            yield Finding(f"law of {country}", "missing", each, "add the row")
        if unverified:
            named = f"{', '.join(unverified[:3])}{' …' if unverified[3:] else ''}"
            found = f"{len(unverified)} rows are confirmed by no source: {named}"
            yield Finding(f"law of {country}", "look", found, "have them confirmed, as far as the policies use them")
        elif not soon:
            yield Finding(f"law of {country}", "fine", "every row that is used is confirmed by its source")


def _accounts(
    creditor: Registered, policies: Sequence[Policy], laws: Mapping[str, Law], today: date
) -> Iterator[Finding]:
    calendar = next((laws[policy.country].calendar for policy in policies), None)
    for account in creditor.accounts:
        about, through = f"account {account.number}", account.imported_through
        if not is_account(account.number):
            yield Finding(
                about, "missing", "neither a national account number nor an IBAN", "put it right: debtors pay there"
            )
        if through is None:
            do = "import one: until then nobody knows who has paid, and nothing with a fee leaves"
            yield Finding(about, "missing", "no bank file has told of it", do)
        elif calendar and calendar.add_banking_days(through, STALE_BANKING_DAYS) < today:
            yield Finding(
                about, "look", f"the last bank file tells of it through {through}", "ask the bank for the rest"
            )
        else:
            yield Finding(about, "fine", f"bank files tell of it through {through}")


def _currencies(creditor: Registered, policies: Sequence[Policy]) -> Iterator[Finding]:
    """Debtors in another country are told an account that is kept in what they pay."""
    own = [account.number for account in creditor.accounts]
    for currency in dict.fromkeys(policy.currency for policy in policies):
        shown = account_shown(None, own, currency)
        if shown and kept_in(shown) not in (None, currency):
            found = f"invoices that name no account wait for a person: {shown} is of a country that pays with {kept_in(shown)}"
            yield Finding(
                f"account for {currency}", "look", found, "`accounts` of the creditor, or name one in the invoice"
            )


def _prices(creditor: Registered, policies: Sequence[Policy]) -> Iterator[Finding]:
    for channel in channels_of(policies):
        cost = creditor.message_costs.get(channel)
        if cost is None or Decimal(cost) <= 0:
            do = "`message_costs` of the creditor: reports count with it"
            yield Finding(f"price of {channel.spoken}", "missing", "a message costs nothing, as it is registered", do)
        else:
            yield Finding(f"price of {channel.spoken}", "fine", f"{cost} each")


def _sms_senders(creditor: Registered, policies: Sequence[Policy], today: date) -> Iterator[Finding]:
    """What SMS leave as to the numbers of each country that a policy or the creditor's file names."""
    if Channel.SMS not in channels_of(policies):
        return
    senders, setting = creditor.sms_senders, "`sms_senders` of the creditor"
    for country in dict.fromkeys([*(policy.country for policy in policies), *senders.own]):
        about, sent, rule = f"SMS to {country}", senders.sent_on(country, today), senders.rule(country, today)
        if sent.lacks:
            yield Finding(about, "missing", f"{sent.lacks}: until then it goes by the next channel", setting)
        elif sent.sender is None:
            continue  # the provider knows
        elif sent.not_the_name:
            yield Finding(about, "look", f"it comes from {sent.sender}, for {sent.not_the_name}", setting)
        elif sent.is_name:
            yield Finding(about, "fine", f"it comes from {sent.sender}, to which nobody can answer")
        else:
            yield Finding(about, "fine", f"it comes from {sent.sender}")
        if rule is None and country in senders.own:
            found = f"no country file says which names {country} takes: one that is `registered` is sent as, no other"
            yield Finding(about, "look", found, "ask the provider")
        if rule and rule.numbers and not sent.is_name and sent.sender and network_of(sent.sender) == country:
            found = f"{sent.sender} is a number of {country}, which are registered as names are"
            yield Finding(about, "look", found, "have it registered at the provider")
        if others := creditor.same_names.get(country):
            found = f"{', '.join(others)} has the same name there, which may be one company's alone"
            yield Finding(about, "look", found, "ask the provider whose it is")


def _shown(creditor: Registered, policies: Sequence[Policy]) -> Iterator[Finding]:
    if creditor.contact:
        yield Finding("contact", "fine", f"debtors reach it at {', '.join(creditor.contact)}")
    else:
        yield Finding(
            "contact", "missing", "no phone, email or website", "debtors make sure there that a message is real"
        )
    if Channel.LETTER in channels_of(policies) and not creditor.address:
        yield Finding("address", "missing", "no postal address: letters that come back have nowhere to go", "`address`")


def _partner(creditor: Registered, policies: Sequence[Policy]) -> Iterator[Finding]:
    handing = [policy.name for policy in policies if any(step.kind is StepKind.HAND_OFF for step in policy.steps)]
    if handing and creditor.collection_partner is None:
        yield Finding(
            "collection partner",
            "missing",
            f"cases of {', '.join(handing)} are handed off to nobody",
            "`collection_partner`",
        )
    elif handing:
        how = "over its API" if creditor.partner_url else "in files"
        yield Finding("collection partner", "fine", f"{creditor.collection_partner}, {how}")
