"""By which policy an invoice goes, and what of that nobody may guess: said in words, and settled by a person."""

from collections.abc import Collection, Iterator, Mapping
from typing import Literal, NamedTuple

from domain.money.accounts import account_shown, country_of_iban, is_one_of, kept_in
from domain.policy.policy import Policy

Doubted = Literal["country", "currency", "account"]
TO_SETTLE = "a person says by which policy the case goes"


class Whom(NamedTuple):
    """Whom a policy is chosen for: what is known of the debtor that decides which law holds."""

    country: str
    kind: str


def key_of(kind: str, country: str | None = None) -> str:
    """Where a creditor's policy for a kind of debtor stands among its policies: of a country, or its usual one."""
    return f"{country} {kind}" if country else kind


def usual_policy(policies: Mapping[str, str], country: str, kind: str) -> str | None:
    """The name of a creditor's policy for a country and kind of debtor: the one for that country, else its usual one."""
    return policies.get(key_of(kind, country)) or policies.get(key_of(kind))


def of_countries(policies: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Those of a creditor's policies that are for one country: by country and kind of debtor."""
    found = dict[str, dict[str, str]]()
    for key, name in policies.items():
        country, _, kind = key.rpartition(" ")
        if country:
            found.setdefault(country, {})[kind] = name
    return found


def faults_of_policy(
    name: str, policies: Mapping[str, Policy], laws: Collection[str], *, kind: str, country: str | None = None
) -> Iterator[str]:
    """Why a creditor cannot have a policy for a kind of debtor, of a country or as its usual one; nothing where it can."""
    if country is not None and country not in laws:
        yield f"no law of {country} is known; there are {', '.join(sorted(laws))}"
    elif name not in policies:
        yield f"no policy {name}; there are {', '.join(sorted(policies))}"
    elif policies[name].debtor not in (kind, "any"):
        yield f"policy {name} is for a {policies[name].debtor}"
    elif country not in (None, policies[name].country):
        yield f"policy {name} is for {policies[name].country}"


def doubts_of_law(
    policy: Policy, laws: Collection[str], *, country: str, kind: str, currency: str, named: bool
) -> Iterator[tuple[Doubted, str]]:
    """Why a policy is not known to be the one for a debtor and an invoice, what is doubted first; nothing where it is.

    `named` by the invoice; else it is the creditor's usual one. `laws` are the countries that have a law here.
    """
    if country not in laws:
        yield "country", f"no law of {country} is known"
    elif named and policy.country != country:
        yield "country", f"policy {policy.name} is for {policy.country}, the debtor is in {country}"
    elif named and policy.debtor not in (kind, "any"):
        yield "country", f"policy {policy.name} is for a {policy.debtor}, the debtor is a {kind}"
    elif policy.country != country or policy.debtor not in (kind, "any"):
        yield "country", f"the creditor has no policy for a {kind} in {country}"
    if policy.currency != currency:
        yield "currency", f"the invoice is in {currency}, policy {policy.name} is for {policy.currency}"


def doubts_of_account(
    account: str | None, own: Collection[str], *, currency: str, countries: Collection[str]
) -> Iterator[tuple[Doubted, str]]:
    """Why money may not come where the invoice says: `countries` are the creditor's and the debtor's.

    An account of the creditor's own that the invoice names is its word, whatever it is kept in: `account_told` says so.
    """
    own = tuple(own)
    where = country_of_iban(account) if account else None
    if where and account and not is_one_of(account, own) and where not in {*countries, *map(country_of_iban, own)}:
        yield "account", f"account {account} is of {where}, where neither the creditor nor the debtor is"
    shown = account_shown(account, own, currency)
    if shown and not (account and is_one_of(account, own)) and kept_in(shown) not in (None, currency):
        yield "account", _kept_otherwise(shown, currency)


def account_told(account: str | None, own: Collection[str], currency: str) -> str | None:
    """What is told of an invoice that names an account of the creditor's in a country with another currency."""
    if account is None or not is_one_of(account, tuple(own)) or kept_in(account) in (None, currency):
        return None
    return _kept_otherwise(account, currency)


def _kept_otherwise(account: str, currency: str) -> str:
    return f"the invoice is in {currency}, and account {account} is of a country that pays with {kept_in(account)}"


def unsettled(doubt: str | None, debtor: Whom, chosen_for: Whom | None) -> str | None:
    """What of a case's policy a person has to settle, in words: what was doubted at once, or what its debtor has become since."""
    return doubt or changed(debtor, chosen_for)


def changed(debtor: Whom, chosen_for: Whom | None) -> str | None:
    """What is to be settled of a case whose debtor is in another country, or of another kind, than its policy was chosen for.

    None for `chosen_for` is whom it was sent with: nothing has changed.
    """
    if chosen_for is None or chosen_for == debtor:
        return None
    of, was = debtor, chosen_for
    if of.kind == was.kind:
        return f"the debtor is in {of.country} now, and the policy was chosen for {was.country}"
    if of.country == was.country:
        return f"the debtor is a {of.kind} now, and the policy was chosen for a {was.kind}"
    return f"the debtor is in {of.country} now and a {of.kind}, and the policy was chosen for a {was.kind} in {was.country}"
