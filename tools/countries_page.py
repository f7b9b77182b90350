"""`python -m tools.countries_page` writes docs/countries.md: what is known of each country, whence, and what its policies do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, get_args

from channels.specs import SPECS
from config.files import read_laws, read_policies
from connectors.bank_files.bank_file import BankFileFormat
from domain.countries.calendar import add_months
from domain.countries.country import Country
from domain.countries.law import Law
from domain.countries.registry import country_of
from domain.countries.rows import Rows
from domain.countries.sources import Source
from domain.planner.action import ActionKind
from domain.planner.preview import Outcome, PreviewedAct, preview
from domain.planner.sample import sample_case
from domain.policy.policy import Policy, law_of
from domain.vocabulary import Channel, DebtorKind
from messages.languages import every_locale, language_of
from tools.sources import ROOT
from web.payment_methods.registry import METHODS

PAGE = ROOT / "docs" / "countries.md"
DUE = date(2026, 4, 1)  # of the invoice that the previews show: every shipped file knows the rates of those months
ISSUED = DUE - timedelta(days=21)
AMOUNTS = {"NOK": Decimal(1000), "SEK": Decimal(1000), "EUR": Decimal(100)}
CAPABILITIES: Mapping[str, str] = {
    "contact_hours": "hours of contact",
    "regions": "regions with holidays of their own",
    "majority": "age of majority",
    "letter_transit": "days of a letter on its way",
    "time_to_pay": "days to pay that every letter gives",
    "fees": "fees",
    "compensation": "compensation between businesses",
    "notices": "the notice before collection",
    "notice_senders": "who sends it",
    "forms": "form of what costs or warns",
    "digital_mailboxes": "what counts in a digital mailbox",
    "interest": "interest",
    "half_years": "figures of each half-year",
    "allocation": "order in which money pays a claim",
    "set_off": "credit pays other invoices",
    "limitations": "limitation",
    "licences": "charged plans and more time",
    "service_notices": "warning before a service is blocked",
    "filings": "days in which a claim is filed",
    "sender_names": "names that SMS come from",
    "rounding": "rounding",
    "ways_to_pay": "ways to pay on the page",
    "direct_debit": "direct debit",
}
NOT_EVERYWHERE: Mapping[str, str] = {"regions": "none", "rounding": "in cash alone"}
"""What a country need not have, and what is said of one without."""
HEAD = """# Countries

What Purr knows of the law of each country, row by row, and whether a source confirms it. Written by
`python -m tools.countries_page` from `config/countries/` and `config/policies/`. Read what is *not verified* with somebody
who knows the law of the country before you go live; what is *missing* is not done there: a step that needs it waits with the
flag `law missing`, and a policy that needs it is refused.
"""


def page() -> str:
    """The page as the files have it today."""
    laws = dict(sorted(read_laws().items()))
    policies = [policy for policy, _ in read_policies(laws, DUE).values()]
    parts = (_overview(laws), _missing(laws), _abilities(laws, policies), _sources(laws), _previews(laws, policies))
    return "".join((HEAD, *(line for part in parts for line in part)))


def _overview(laws: Mapping[str, Law]) -> Iterator[str]:
    yield f"\n## What is known\n\n| | {' | '.join(laws)} |\n|---|{'---|' * len(laws)}\n"
    for table, words in CAPABILITIES.items():
        yield f"| {words} | {' | '.join(_state(law, table) for law in laws.values())} |\n"


def _missing(laws: Mapping[str, Law]) -> Iterator[str]:
    yield "\n## What nobody found\n\nAdd the row, with its source, before you rely on what needs it.\n\n"
    for code, law in laws.items():
        last = max(law.half_years)
        yield f"- {code}: {CAPABILITIES['half_years']} ({', '.join(law.half_years[last])}) from {add_months(last, 6)} on\n"
        for table, words in CAPABILITIES.items():
            if table in NOT_EVERYWHERE:
                continue
            things = {of: None for other in laws.values() for of in _things(other, table)}
            yield from (f"- {code}: {each}\n" for each in _lacking(law, table, words, [*things] or [None]))


def _lacking(law: Law, table: str, words: str, things: Sequence[str | None]) -> Iterator[str]:
    """What of a table has no row: all of it, one of the things that it is of in any country, or one kind of debtor."""
    rows = _table(law, table)
    if rows is None or not rows.rows:
        if table != "half_years":
            yield words
        return
    for of in things:
        asked = _OF_ONE_KIND.get(table, _KINDS)
        kinds = [kind for kind in asked if rows.find(date.max, kind, of) is None]
        whose = "" if len(kinds) == len(asked) else f", of a {' and a '.join(kinds)}"
        if kinds:
            yield f"{words}{f' for {of}' if of else ''}{whose}"


def _table(law: Law, table: str) -> Rows[Any] | None:
    found = (*(getattr(law, field.name) for field in fields(law)), law.calendar.draws)
    return next((each for each in found if isinstance(each, Rows) and each.table == table), None)


def _things(law: Law, table: str) -> Iterator[str]:
    rows = _table(law, table)
    return (of for row in rows for of in row.of) if rows else iter(())


_KINDS: tuple[DebtorKind, ...] = ("consumer", "business")
_OF_ONE_KIND: Mapping[str, tuple[DebtorKind, ...]] = {"compensation": ("business",), "licences": ("consumer",)}


def _abilities(laws: Mapping[str, Law], policies: list[Policy]) -> Iterator[str]:
    yield "\n## What is done there\n\nWhat `domain/countries/` says beside the rows, where its sources stand.\n\n"
    yield f"| | {' | '.join(laws)} |\n|---|{'---|' * len(laws)}\n"
    for words, told in ABILITIES.items():
        yield f"| {words} | {' | '.join(told(country_of(code)) or 'missing' for code in laws)} |\n"
    named = (", ".join(sorted(each.name for each in policies if each.country == code)) for code in laws)
    yield f"| policies | {' | '.join(each or 'missing' for each in named)} |\n"
    yield "\nEverywhere:\n\n"
    yield f"- bank files are read as {', '.join(get_args(BankFileFormat))}\n"
    yield f"- messages go by {', '.join(channel.spoken for channel in SPECS)}; calls are tasks for people\n"
    yield f"- payments on the page go through {', '.join(METHODS)}\n"


def _languages(here: Country) -> str:
    locales = [each for each in every_locale() if language_of(each) in here.languages]
    return ", ".join(each for each in locales if "_" not in each or each.endswith(f"_{here.code}"))


def _references(here: Country) -> str:
    scheme = here.references
    return f"{scheme.label or scheme.name}{', also as RF' * scheme.in_rf}" if scheme else "RF"


def _account(here: Country) -> str:
    own = "numbers of its own, and " * (here.account is not None)
    return f"{own}IBAN{', with check digits of its own' * _has_its_own(here, 'is_iban_of')}"


def _refunded(here: Country) -> str:
    """Accounts that an order to a bank may name (`scheme_of`)."""
    return "numbers of its own, and IBAN" if here.account_scheme or _has_its_own(here, "is_account") else "IBAN"


def _has_its_own(here: Country, what: str) -> bool:
    (default,) = (field.default for field in fields(Country) if field.name == what)
    return getattr(here, what) is not default


def _closed(here: Country) -> str:
    days = [f"{day}.{month}." for month, day in sorted(here.without_settlement)]
    return ", ".join([*days, *["a day of its own each year"] * _has_its_own(here, "rests")]) or "none"


def _with_the_bank(here: Country) -> str:
    return "in the debtor's bank" if here.direct_debit else ""


ABILITIES: Mapping[str, Callable[[Country], str]] = {
    "languages, and words of its own": _languages,
    "payment references": _references,
    "what a creditor agrees on them with its bank": lambda here: "known" if here.reference_agreements else "",
    "accounts that are checked": _account,
    "refunds go to": _refunded,
    "an order finds an account of its own by": lambda here: "clearing number" * _has_its_own(here, "account_clearing"),
    "organisation numbers": lambda here: "checked" * _has_its_own(here, "is_organisation_number"),
    "line that banks' apps read a payment from": lambda here: "printed and drawn" * _has_its_own(here, "payment_code"),
    "code line at the foot of a bill": lambda here: "printed" * _has_its_own(here, "code_line"),
    "direct debit is called": lambda here: here.direct_debit,
    "its agreement says": lambda here: ", ".join(here.agreement),
    "mandates are made": lambda here: "here, with the debtor's account" if here.payer_form else _with_the_bank(here),
    "a draw's day is moved": lambda here: "by a record of its own" * here.moves_draws,
    "VAT": lambda here: "of the European Union" if here.in_union else "of its own",
    "e-invoices of Peppol": lambda here: "by the organisation number" if here.e_invoicing else "",
    "e-invoices that are ordered in the bank": lambda here: ", ".join(here.e_invoice),
    "banks rest, beside holidays, on": _closed,
    "a place on a letter": lambda here: here.place("12345", "Town"),
    "free advice about debt": lambda here: here.debt_advice.name if here.debt_advice else "",
    "help for who cannot pay": lambda here: here.social_help.name if here.social_help else "",
}
"""What a module of a country may say, read from it as it is: a new field of `Country` is its line here."""


def _of(law: Law, table: str) -> list[Source]:
    return [source for source in law.sources if source.of.startswith(f"{table} from ")]


def _state(law: Law, table: str) -> str:
    rows = _of(law, table)
    unverified = sum(not row.verified for row in rows)
    if not rows:
        return NOT_EVERYWHERE.get(table, "missing")
    if not unverified:
        return "verified"
    return "not verified" if unverified == len(rows) else f"{len(rows) - unverified} of {len(rows)} rows verified"


def _sources(laws: Mapping[str, Law]) -> Iterator[str]:
    for code, law in laws.items():
        yield f"\n## {code}: each row\n\n| of | from | for | says | verified | source |\n|---|---|---|---|---|---|\n"
        for table, words in CAPABILITIES.items():
            for row in _of(law, table):
                said = ", ".join(f"{word} {value}" for word, value in row.row.items() if word not in _NOT_SAID)
                held = "yes" if row.verified else "**no**"
                whom = row.row.get("for", "all")
                yield f"| {words} | {row.row['from']} | {whom} | {said} | {held} | {row.named} |\n"


_NOT_SAID = ("from", "for", "verified", "source")


def _previews(laws: Mapping[str, Law], policies: list[Policy]) -> Iterator[str]:
    yield f"\n## What each policy does\n\nWith an invoice of {ISSUED}, due on {DUE}, that its debtor neither reads nor pays.\n"
    for policy in sorted(policies, key=lambda each: (each.country, each.name)):
        law = law_of(policy, laws)
        kind: DebtorKind = "business" if policy.debtor == "business" else "consumer"
        owed = AMOUNTS[policy.currency]
        case = sample_case(policy, ISSUED, DUE, owed, kind, (Channel.EMAIL, Channel.SMS, Channel.LETTER))
        acts = preview(policy, law, case, law.calendar.at(ISSUED, time(0)), Outcome())
        yield f"\n### {policy.name}: {owed} {policy.currency} of a {kind}\n\n"
        yield "| day | step | by | adds | pay by |\n|---|---|---|---|---|\n"
        yield from (_act(law, act) for act in acts if act.action.kind in _SHOWN and not act.action.alert)


_SHOWN = (ActionKind.DELIVER, ActionKind.OPEN_CALL_TASK, ActionKind.BLOCK_SERVICE, ActionKind.HAND_OFF, ActionKind.WAIT)


def _act(law: Law, act: PreviewedAct) -> str:
    added = " + ".join(
        f"{amount} {words}" for amount, words in ((act.fee, "fee"), (act.interest, "interest")) if amount
    )
    step = act.action.step or act.action.why
    by = act.action.channel.spoken if act.action.channel else ""
    return f"| {law.calendar.local_date(act.at)} | {step} | {by} | {added} | {act.deadline or ''} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
