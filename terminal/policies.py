"""Policies: whether a file can be used, and the calendar an invoice would get."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import typer
import yaml

from channels.whatsapp_templates import Templates, load_templates, unapproved
from config.files import POLICIES, read_laws, read_policies, read_template_texts
from config.rule_folders import RuleFolders
from domain.countries.law import Law, missing_soon
from domain.languages import LANGUAGES, Language
from domain.located_yaml import FileError
from domain.planner.for_whom import in_words
from domain.planner.preview import Outcome, PreviewedAct, preview
from domain.planner.sample import sample_case
from domain.planner.tried import TriedArm, learned, tried
from domain.policy.loader import PolicyError, load_policy
from domain.policy.policy import Policy, law_of
from domain.vocabulary import Channel
from terminal import output, parse
from terminal.connection import local_day
from terminal.output import Misuse, Refusal

DAYS_TO_PAY = 14  # what a previewed invoice gives when its issue date is not said

app = typer.Typer()
policy = typer.Typer(help="Dunning plans: check, preview, list.")
app.add_typer(policy, name="policy")


Creditor = Annotated[
    str | None,
    typer.Option(metavar="ID", help="Count this creditor's own WhatsApp templates too; else everybody's alone."),
]


@policy.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Policy files.")], creditor: Creditor = None
) -> int:
    """Whether policies can be used and are lawful today; each problem with its file and line."""
    laws, templates = read_laws(), _templates()
    checked: list[dict[str, Any]] = []
    used: dict[str, Law] = {}
    for file in files:
        try:
            found = load_policy(file.read_text(), str(file), laws, on=today())
            used[found.country] = laws[found.country]
            lacking = unapproved(found, templates, creditor)
            checked.append({"file": str(file), "policy": found.name, "problems": [], "unapproved": lacking})
        except OSError as error:
            checked.append(
                {"file": str(file), "policy": None, "problems": [f"{file} cannot be read: {error.strerror}"]}
            )
        except UnicodeDecodeError:
            checked.append({"file": str(file), "policy": None, "problems": [f"{file} is no UTF-8 text"]})
        except PolicyError as wrong:
            problems = [str(problem) for problem in wrong.problems]
            checked.append({"file": str(file), "policy": None, "problems": problems})
    unverified = [row for law in used.values() for row in law.unverified()]
    missing = missing_soon(used.values(), today())
    words = [line for each in checked for line in each["problems"] or [f"{each['file']}: {each['policy']} is fine"]]
    words += [f"not verified by a source: {row}" for row in unverified]
    words += missing
    words += [line for each in checked for line in each.get("unapproved", ())]
    output.answer({"files": checked, "unverified": unverified, "missing": missing}, "\n".join(words))
    return 1 if any(each["problems"] for each in checked) else 0


@policy.command("whatsapp")
def whatsapp(
    language: Annotated[Language | None, typer.Option(help="Only this language; else all.")] = None,
) -> int:
    """The words that WhatsApp must approve, as a file: submit each at Twilio, and put the content id that it gets into `sid`."""
    from messages import approved

    written = approved.as_file(lambda voice, of: "HX…", (language,) if language else LANGUAGES)
    output.answer({"templates": yaml.safe_load(written)}, written.rstrip())
    return 0


@policy.command("list")
def list_() -> int:
    """The policies that are loaded."""
    laws = read_laws()
    rows = [
        {
            "policy": each.name,
            "country": each.country,
            "for": each.debtor,
            "shadow": each.shadow,
            "steps": ", ".join(step.id for step in each.steps),
        }
        for each, _ in read_policies(laws, today()).values()
    ]
    output.answer_table({"policies": rows}, rows)
    for missing in missing_soon(laws.values(), today()):
        output.hint(missing)
    return 0


@policy.command("preview")
def show_preview(
    name: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A policy file, or the name of a shipped policy.")],
    due: Annotated[str, typer.Option(metavar="DATE", help="The invoice's due date.")],
    issued: Annotated[str | None, typer.Option(metavar="DATE", help="Its issue date; else 14 days earlier.")] = None,
    amount: Annotated[str, typer.Option(help="What is owed.")] = "802.00",
    debtor: Annotated[Literal["consumer", "business"], typer.Option(help="Who owes it.")] = "consumer",
    channels: Annotated[str, typer.Option(help="Where the debtor can be reached.")] = "email,sms,letter",
    read: Annotated[str, typer.Option(metavar="CHANNEL|never", help="The channel the debtor reads.")] = "never",
    creditor: Creditor = None,
) -> int:
    """The calendar an invoice that nobody pays would get: with the steps that are for some, and without them."""
    laws = read_laws()
    plan = named_policy(name, laws).policy
    if plan.debtor not in (debtor, "any"):
        raise Refusal(f"policy {plan.name} is for a {plan.debtor}, not for a {debtor}")
    law = law_of(plan, laws)
    day = parse.day(due)
    issue = parse.day(issued) if issued else day - timedelta(days=DAYS_TO_PAY)
    if day < issue:
        raise Misuse(f"the due date {day} is before the issue date {issue}")
    owed = parse.amount(amount)
    facts = sample_case(plan, issue, day, owed, debtor, channels_of(channels))
    outcome = Outcome(reads=None if read == "never" else _channel(read))
    begins = law.calendar.at(issue, time(0))
    rows = [_row(act, law, plan) for act in preview(plan.whoever_it_is(), law, facts, begins, outcome)]
    for_nobody = facts.but(skipped=frozenset(step.id for step in plan.optional.values() if step.when))
    otherwise = [_row(act, law, plan) for act in preview(plan, law, for_nobody, begins, outcome)]
    ways = [_tried(each, law) for each in tried(plan, law, facts, begins, outcome)]
    may_learn = [{"step": step.id, "may be learned": "; ".join(learned(step))} for step in plan.steps if step.learn]
    lacking = unapproved(plan, _templates(), creditor) if Channel.DIRECT_MESSAGE in channels_of(channels) else []
    document = {"policy": plan.name, "due_date": day, "acts": rows, "unapproved": lacking}
    title = f"{plan.name}: due {day}, {owed} {plan.currency}"
    for_some = any(step.when for step in plan.steps)
    document |= {"otherwise": otherwise} if for_some else {}
    document |= {"tried": ways} if ways else {}
    document |= {"learned": may_learn} if may_learn else {}
    output.answer_table(document, rows, title=f"{title}, each `when` holds" if for_some else title)
    if output.in_words():
        for more, called in (
            (otherwise if for_some else [], f"{title}, no `when` holds"),
            (ways, f"{plan.name}: what is tried, each debtor in one arm of an experiment"),
            (may_learn, f"{plan.name}: what may be proposed beside the plan"),
        ):
            if more:
                output.answer_table(document, more, title=called)
    for line in lacking:
        output.hint(line)
    return 0


def _row(act: PreviewedAct, law: Law, plan: Policy) -> dict[str, object]:
    action = act.action
    optional = plan.optional.get(action.step or "")
    whom = optional.when if optional else None
    copy = " (alert)" if action.alert else ""
    return {
        "at": f"{law.calendar.here(act.at).local:%Y-%m-%d %a %H:%M %Z}",
        "what": action.kind + copy,
        "step": action.step,
        "channel": action.channel,
        "fee": str(act.fee) if act.fee else None,
        "interest": str(act.interest) if act.interest else None,
        "deadline": act.deadline,
        "why": action.why,
        **({"when": ", ".join(in_words(whom, plan.currency)) if whom else None} if plan.optional else {}),
    }


def _tried(each: TriedArm, law: Law) -> dict[str, object]:
    return {
        "experiment": each.experiment,
        "step": each.step,
        "arm": each.arm,
        "way": each.way,
        "share": f"{each.share:.0%}",
        "at": f"{law.calendar.here(each.at).local:%Y-%m-%d %a %H:%M %Z}" if each.at else None,
        "channel": each.channel,
    }


def _templates() -> Templates:
    try:
        return load_templates(read_template_texts())
    except FileError as wrong:
        raise Refusal(str(wrong)) from wrong


def policy_file(name: str) -> Path:
    """The file of a policy, by its path or the name of one that ships. Refused where there is none."""
    folder = RuleFolders().policies_folder or POLICIES
    shipped = folder / f"{name}.yaml"
    file = shipped if "/" not in name and shipped.is_file() else Path(name)
    if not file.is_file():
        there = ", ".join(sorted(path.stem for path in folder.glob("*.yaml")))
        raise Misuse(f"{name} is neither a file nor a shipped policy: there are {there}")
    return file


class PolicyFile(NamedTuple):
    """A policy that was named, and the text that it was read from."""

    policy: Policy
    text: str
    file: str


def named_policy(name: str, laws: dict[str, Law]) -> PolicyFile:
    """The policy of a file, or a shipped one by its name. Raises Misuse for neither, Refusal for one that cannot be used."""
    file = policy_file(name)
    try:
        text = file.read_text()
        return PolicyFile(load_policy(text, str(file), laws, on=today()), text, str(file))
    except (PolicyError, UnicodeDecodeError, OSError) as wrong:
        raise Refusal(str(wrong)) from wrong


def channels_of(written: str) -> list[Channel]:
    """Channels that were written with commas between them. Raises Misuse for one that nobody knows."""
    return [_channel(part.strip()) for part in written.split(",") if part.strip()]


def _channel(written: str) -> Channel:
    try:
        return Channel(written)
    except ValueError as unknown:
        raise Misuse(str(unknown)) from unknown


def today() -> date:
    """The wall's local day: a policy is looked at where there may be no facts with a clock of their own."""
    return local_day(datetime.now(UTC))
