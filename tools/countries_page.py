"""`python -m tools.countries_page` writes docs/countries.md: what is known of each country, whence, and what its policies do."""

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from decimal import Decimal

from config.files import read_laws, read_policies
from domain.countries.law import Law, Source
from domain.countries.registry import country_of
from domain.planner.action import ActionKind
from domain.planner.preview import Outcome, PreviewedAct, preview
from domain.planner.sample import sample_case
from domain.policy.policy import Policy, law_of
from domain.vocabulary import Channel, DebtorKind
from tools.sources import ROOT

PAGE = ROOT / "docs" / "countries.md"
DUE = date(2026, 4, 1)  # of the invoice that the previews show: every shipped file knows the rates of those months
ISSUED = DUE - timedelta(days=21)
AMOUNTS = {"NOK": Decimal(1000), "SEK": Decimal(1000), "EUR": Decimal(100)}
CAPABILITIES: Mapping[str, str] = {
    "contact_hours": "hours of contact",
    "majority": "age of majority",
    "letter_transit": "days of a letter on its way",
    "time_to_pay": "days to pay that every letter gives",
    "fees": "fees",
    "compensation": "compensation between businesses",
    "notices": "the notice before collection",
    "notice_senders": "who sends it",
    "forms": "form of what costs or warns",
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
    return "".join((HEAD, *_overview(laws), *_sources(laws), *_previews(laws, policies)))


def _overview(laws: Mapping[str, Law]) -> Iterator[str]:
    yield f"\n## What is known\n\n| | {' | '.join(laws)} |\n|---|{'---|' * len(laws)}\n"
    for table, words in CAPABILITIES.items():
        yield f"| {words} | {' | '.join(_state(law, table) for law in laws.values())} |\n"
    yield f"| payment references | {' | '.join(_references(code) for code in laws)} |\n"
    yield f"| free advice about debt | {' | '.join(_advice(code) for code in laws)} |\n"


def _of(law: Law, table: str) -> list[Source]:
    return [source for source in law.sources if source.of.startswith(f"{table} from ")]


def _state(law: Law, table: str) -> str:
    rows = _of(law, table)
    unverified = sum(not row.verified for row in rows)
    if not rows:
        return "missing"
    if not unverified:
        return "verified"
    return "not verified" if unverified == len(rows) else f"{len(rows) - unverified} of {len(rows)} rows verified"


def _references(code: str) -> str:
    scheme = country_of(code).references
    return scheme.label if scheme else "RF"


def _advice(code: str) -> str:
    advice = country_of(code).debt_advice
    return advice.name if advice else "missing"


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
