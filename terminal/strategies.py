"""Strategies: which one line of a policy to change for most return, least cost or the best process, by what chance has shown."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from config.files import read_laws
from domain.policy.choosing import usual_policy
from domain.policy.loader import load_policy
from domain.policy.one_line import as_all, as_shadow, as_share
from facts.invoices.invoices import find_creditor
from facts.prediction import history_files
from facts.prediction.aims import Aims, aims_of
from facts.refusals import Unknown
from terminal import output
from terminal.connection import command, parts
from terminal.output import Misuse, Refusal
from terminal.pasts import OfCreditor, OfFile, past_of
from terminal.policies import policy_file, today

app = typer.Typer()


@command(app, "strategies")
async def strategies(
    history: OfFile = None,
    creditor: OfCreditor = None,
    policy: Annotated[
        str | None, typer.Option(metavar="FILE|NAME", help="The policy to change; else the creditor's usual one.")
    ] = None,
    debtor: Annotated[Literal["consumer", "business"], typer.Option(help="Whose usual policy.")] = "consumer",
    yearly_rate: Annotated[
        float | None, typer.Option("--yearly-rate", min=0, max=100, help="What money costs in a year, in percent.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with a plot to read and print.")
    ] = None,
    take: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="The change that --out writes; else that of the most return.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the policy with the change, ready to be tried.")
    ] = None,
    way: Annotated[
        Literal["shadow", "share", "all"],
        typer.Option("--as", help="Written so that it sends nothing, that half of debtors get the change, or all."),
    ] = "shadow",
) -> None:
    """Judge each change of one line of a policy by what was left to chance: return, cost and process. Nothing is changed."""
    from prediction.effects import strategies_told as told  # who only asks for help waits for nothing that reckons
    from prediction.effects.estimates import DoNotFit
    from prediction.effects.judging import judged
    from prediction.effects.strategies import NOTHING_BETTER
    from prediction.effects.worth import Strategy

    if (history is None) == (creditor is None):
        raise Misuse("name a creditor (--creditor), or an imported past of one (--history)")
    if take is not None and out is None:
        raise Misuse("--take says which change is written: say with --out where to")
    aims = await _aims(history, creditor)
    laws, file = read_laws(), policy_file(policy or _usual(aims, debtor))
    text = file.read_text("utf-8")
    plan = load_policy(text, str(file), laws, on=today())
    past = await past_of(history, creditor)
    try:
        found = judged(past, plan, text, laws, aims, yearly_rate)
    except DoNotFit as wrong:
        raise Refusal(f"nothing is said of any change: {wrong}") from wrong
    document = told.document(found, plan.name, aims.creditor)
    written = []
    if out is not None:
        chosen = next((each for each in found.judged if each.number == take), None) if take else None
        if take and chosen is None:
            raise Misuse(f"there is no change {take}: there are {len(found.judged)}")
        chosen = chosen or found.best[Strategy.MOST_RETURN]
        if chosen is None:
            raise Refusal(f"{out} is not written: {NOTHING_BETTER}; --take NUMBER writes a change all the same")
        name = f"{plan.name}-change-{chosen.number}"
        changed: str | None
        match way:
            case "shadow":
                changed = as_shadow(chosen.change.text, name)
            case "share":
                changed = as_share(text, name, chosen.change)
            case "all":
                changed = as_all(chosen.change.text, name)
        if changed is None:
            raise Refusal(
                f"{out} is not written: the policy has `experiments` already: add one for change {chosen.number} there"
            )
        load_policy(changed, str(out), laws, on=today())
        _write(out, changed)
        written.append(f"written: {out}, policy {name}: change {chosen.number} as {way}")
    if html is not None:
        from web.strategies_page import written as page  # the web's libraries

        _write(html, page(document))
        written.append(f"written: {html}")
    output.answer_table(
        document | {"written": [str(each) for each in (out, html) if each]},
        told.rows(found),
        title=f"{plan.name}, one line changed; in brackets 95 %, all changes together",
        empty="no line of the policy can be judged by this past",
    )
    if output.in_words():
        print("\n".join(document["sentences"]))
        thin = [f"change {each.number} cannot be said: {each.why_not}" for each in found.judged if each.why_not]
        for said in (*thin, *document["said"], *written):
            output.hint(said)


async def _aims(history: int | None, creditor: str | None) -> Aims:
    async with parts() as here, here.database.snapshot() as connection:
        if history is not None:
            files = {each.number: each.creditor for each in await history_files.list_(connection, None)}
            if history not in files:
                raise Unknown(f"no file {history} is kept: `starter.py history list` shows those that are")
            creditor = files[history]
        return await aims_of(connection, (await find_creditor(connection, creditor)).id)


def _usual(aims: Aims, debtor: str) -> str:
    name = usual_policy(aims.policies, aims.country, debtor)
    if name is None:
        raise Refusal(f"{aims.creditor} has no policy for a {debtor}: name one with --policy")
    return name


def _write(file: Path, content: str) -> None:
    try:
        file.write_text(content, "utf-8")
    except OSError as wrong:
        raise Refusal(f"{file} cannot be written: {wrong.strerror}") from wrong
