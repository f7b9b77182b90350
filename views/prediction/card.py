"""The card of a model: from what it was learned, how good it is for whom, what it may be used for, and who chose it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.intervals import FEWEST, of_share
from facts.prediction import versions
from facts.prediction.versions import NOT_LEARNED, WITHOUT, Choice, InUse, ModelName, Version
from facts.refusals import Unknown

# What people made of what words were taken to say, while a version was used or since; a reply counts for its debtor's language.
JUDGED = text("""
select d.language, count(*) as judged, count(*) filter (where v.verdict = 'confirmed') as right, count(distinct d.id) as debtors
from reply_verdict v join reply r on r.id = v.reply_id join debtor d on d.id = r.debtor_id
where v.happened_at >= :since group by d.language order by judged desc, d.language
""")
GROUPS: Final = ("age group", "language", "postcode income")
"""For which it is told apart how good guesses are, where somebody told who is in which for that."""


@dataclass(frozen=True, slots=True)
class About:
    """What does not change from version to version of a model, each in a sentence."""

    guesses: str
    may: str
    may_not: str
    never: str
    limits: Sequence[str]


ABOUT: Final[Mapping[ModelName, About]] = {
    "payment": About(
        "The chance that an open invoice is paid within 7, 14 and 30 days, what and when to expect, and what weighed most.",
        "Kind contacts that may be left out (optional steps), and what is shown beside a case.",
        "No fee, deadline, plan, notice, block, termination or hand-off hangs on it; a policy that would let one is refused.",
        "Never looked at: names, age, sex, nationality, language, addresses, and words about health, danger, death or belief.",
        (
            "Learned from one past: where customers, prices or policies change it is wrong until it has learned anew.",
            "It says what goes with paying, not what causes it.",
            "Of a customer without a past it knows little more than what all have: see the rows marked (cold).",
        ),
    ),
    "words": About(
        "What a message that came in is about, the likeliest first, and whether reminders are held until a person has looked.",
        "Holding reminders until a person has read it, proposing what a person confirms, and the order of the inbox.",
        "It refuses nothing, answers nobody by itself, and changes no amount: a hold ends when a person has looked.",
        "Never looked at: who wrote, from where, and what the debtor owes.",
        (
            "Messages in other languages than those it learned from are taken to be unsure, and wait for a person.",
            "Irony, several wishes in one message, and pictures are beyond it.",
            "Rules for legal stops come before it: where they find one, its chance counts for nothing.",
        ),
    ),
    "contacts": About(
        "By which channel, at which hour and in which tone a contact may better go, by the kind of debtor.",
        "The channel, an earlier hour, the tone or what is said besides, where a policy says that a step may learn it.",
        "It sends nothing by itself, leaves nobody out, and moves no day, fee, deadline, notice, block or hand-off.",
        "Never looked at: names, age, sex, nationality, language, addresses, what was written, and what somebody owes.",
        (
            "Learned only from contacts whose way was left to chance: of ways that were hardly tried it says nothing.",
            "Paid within 14 days is all that it judges by: what a contact does to complaints, experiments tell.",
            "Where nothing is surely better it proposes what the policy says, but for the share that explores.",
        ),
    ),
}


async def card(connection: AsyncConnection, name: ModelName, number: int | None) -> str:
    """The card of a version as Markdown, of the one in use where none is named. Raises Unknown where there is none."""
    used = await versions.in_use(connection, name)
    number = used.number if number is None else number
    if number == NOT_LEARNED:
        raise Unknown(f"{name} uses {WITHOUT[name]}: name a version, `starter.py models list` shows those it has")
    version = await versions.read(connection, name, number)
    chosen = [each for each in await versions.choices(connection, name) if each.number == number]
    judged = (await connection.execute(JUDGED, {"since": version.at})).all() if name == "words" else []
    return "\n".join(_written(version, used, chosen, judged)) + "\n"


def _written(version: Version, used: InUse, chosen: Sequence[Choice], judged: Sequence[Any]) -> Iterator[str]:
    about = ABOUT[version.name]
    yield f"# Model card: {version.name}, version {version.number}"
    yield from ("", about.guesses, "", "## What it is used for", "")
    yield from (f"- May: {about.may}", f"- May not: {about.may_not}", f"- {about.never}")
    yield "- Whoever objects to profiling is in nothing of it: neither guessed of, nor learned from."
    yield from ("", "## Who chose it", "")
    in_use = used.number == version.number and not used.retired
    passed = "It passed its gate" if version.passed else f"It did not pass its gate, and cannot be used: {version.why}"
    yield f"{'It is in use' if in_use else 'It is not in use'}. {passed}."
    yield ""
    yield from (
        f"- {each.since:%Y-%m-%d %H:%M} UTC: {'taken back' if each.undoes else 'used'} by {each.by} ({each.reason_code})"
        for each in chosen
    )
    if not chosen:
        yield "- Nobody has chosen it."
    yield from ("", "## From what", "")
    yield f"- Learned {version.at:%Y-%m-%d %H:%M} UTC; data `{version.data_hash}`, code `{version.code}`."
    yield from _FROM[version.name](version.metrics)
    yield from ("", "## How good it is", "")
    yield from _GOOD[version.name](version.metrics)
    yield from ("", "## For whom", "")
    match version.name:
        case "payment":
            yield from _gaps(version.metrics.get("groups", {}))
        case "words":
            yield from _by_language(judged)
        case "contacts":
            yield "Told apart by the kind of debtor alone, as above. Ages, languages and incomes are not looked at."
    yield from ("", "## Limits", "", *(f"- {each}" for each in about.limits))
    yield from ("", "## Whoever doubts it", "")
    yield f"- `starter.py models back {version.name}` uses what was used before, `models retire {version.name}` nothing learned."


def _from_payments(metrics: Mapping[str, Any]) -> Iterator[str]:
    for what, through, named in (
        ("learned_from", "learned_until", "Learned from"),
        ("calibrated_on", "calibrated_until", "Chances set right on"),
        ("measured_on", "through", "Measured on"),
    ):
        of = metrics.get(what)
        if of:
            yield (
                f"- {named} {of['moments']} moments of {of['invoices']} invoices of {of['customers']} customers of "
                f"{of['creditors']} creditors, through {metrics[through]}."
            )


def _from_words(metrics: Mapping[str, Any]) -> Iterator[str]:
    yield f"- {metrics.get('messages', 0)} messages of our own, and {metrics.get('confirmed', 0)} that people confirmed."


def _from_contacts(metrics: Mapping[str, Any]) -> Iterator[str]:
    yield f"- {metrics.get('choices', 0)} contacts whose way was left to chance, with how probable it was."


def _good_payments(metrics: Mapping[str, Any]) -> Iterator[str]:
    yield f"{metrics.get('verdict', 'nothing was measured')}."
    yield "On moments after all that it learned from; in brackets 95 %, over customers."
    yield from (
        "",
        "| guess | days | customers | AUC | Brier | log loss | calibration error |",
        "|---|---|---|---|---|---|---|",
    )
    for part, marked in (("figures", ""), ("cold", " (cold)")):
        for name, by_days in metrics.get(part, {}).items():
            for days, of in by_days.items():
                told = " | ".join(_said(of[each]) for each in ("auc", "brier", "log_loss", "calibration_error"))
                yield f"| {name}{marked} | {days} | {of['customers']} | {told} |"
    leans = [each["feature"].replace("_", " ") for each in metrics.get("features", ())]
    if leans:
        yield from ("", f"It leans most on: {', '.join(leans)}.")


def _good_words(metrics: Mapping[str, Any]) -> Iterator[str]:
    messages = metrics.get("messages", 0)
    yield f"On {messages} messages, each judged by who had not seen it nor its like."
    yield from ("", "| figure | share |", "|---|---|")
    for name, value in metrics.items():
        if name in ("messages", "confirmed"):
            continue
        between = of_share(value * messages, messages) if name == "right_among_two" else None
        within = f" ({between.low:.3f} to {between.high:.3f})" if between else ""
        yield f"| {name.replace('_', ' ')} | {value:.3f}{within} |"
    yield from ("", "In brackets 95 %; the others are shares of a part of the messages whose number is not kept.")


def _good_contacts(metrics: Mapping[str, Any]) -> Iterator[str]:
    yield f"{metrics.get('verdict', 'nothing was measured')}."
    yield "A value is better where more surely pay within 14 days of it, chance apart, all values of a part together."
    yield from ("", "| of whom | part | surely better |", "|---|---|---|")
    for name, better in metrics.items():
        kind, apart, part = name.partition(", ")
        if apart:
            yield f"| {kind} | {part} | {better} |"


def _gaps(groups: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield "By how much chances 14 days ahead are too high (below zero: too low), of each group; 95 %, over customers."
    yield from ("", "| by | group | customers | too high | AUC |", "|---|---|---|---|---|")
    few = 0
    for what in GROUPS:
        shown = {group: of for group, of in groups.get(what, {}).items() if of["customers"] >= FEWEST}
        few += len(groups.get(what, {})) - len(shown)
        for group, of in sorted(shown.items()):
            yield f"| {what} | {group} | {of['customers']} | {_said(of['too_high'])} | {_said(of['auc'])} |"
        if not groups.get(what):
            yield f"| {what} | nobody told who is in which | - | - | - |"
    if few:
        yield from ("", f"{few} groups of fewer than {FEWEST} customers each are not shown.")


def _by_language(judged: Sequence[Any]) -> Iterator[str]:
    yield "Of what it proposed since it was learned, how often a person confirmed it, by the debtor's language; 95 %."
    yield from ("", "| language | judged | confirmed |", "|---|---|---|")
    few = 0
    for row in judged:
        share = of_share(row.right, row.judged)
        if row.debtors < FEWEST or share is None:
            few += 1
            continue
        yield f"| {row.language} | {row.judged} | {share.value:.3f} ({share.low:.3f} to {share.high:.3f}) |"
    if few:
        yield from ("", f"{few} languages of fewer than {FEWEST} debtors each are not shown.")
    yield from ("", "Age groups and incomes are not known of who wrote, so nothing is said of them.")


def _said(figure: Sequence[float | None]) -> str:
    value, low, high = figure
    return "-" if value is None or low is None or high is None else f"{value:.3f} ({low:.3f} to {high:.3f})"


_FROM: Final[Mapping[ModelName, Callable[[Mapping[str, Any]], Iterator[str]]]] = {
    "payment": _from_payments,
    "words": _from_words,
    "contacts": _from_contacts,
}
_GOOD: Final[Mapping[ModelName, Callable[[Mapping[str, Any]], Iterator[str]]]] = {
    "payment": _good_payments,
    "words": _good_words,
    "contacts": _good_contacts,
}
