"""Strategies at the desk: what each change of one line of a policy would come to, as it was judged last; nothing is changed."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from domain.desk.roles import Act
from domain.languages import Language
from facts.desk.within import creditors_within
from facts.prediction import strategies
from facts.prediction.strategies import KeptStrategies
from web.desk.door import AtDesk, needs
from web.pages import words
from web.strategies_page import STRATEGIES, figures_of, key_of, plot

router = APIRouter(include_in_schema=False)

AtStrategies = Annotated[AtDesk, Depends(needs(Act.REPORTS))]
FORM = "{:+.2f} ({:+.2f} … {:+.2f})"


@router.get("/desk/strategies")
async def see_strategies(at: AtStrategies, creditor: Annotated[str, Query(max_length=200)] = "") -> Response:
    """What was found of the policies of one creditor."""
    async with at.opened(snapshot=True) as (connection, _):
        within = await creditors_within(connection, at.reach)
        kept = await strategies.last(connection, list(within))
    creditors = {each.creditor: within[each.creditor] for each in kept}
    chosen = creditor if creditor in creditors else next(iter(creditors), "")
    parts = [_shown(each, cast(Language, at.user.language)) for each in kept if each.creditor == chosen]
    return at.page("strategies.html.j2", parts=parts, creditors=creditors, chosen=chosen)


def _shown(kept: KeptStrategies, language: Language) -> dict[str, Any]:
    """What the page says of a policy: for each strategy its best change, the plot and the table."""
    found = kept.found
    changes = {each["number"]: each for each in found["changes"]}
    best = [
        (key_of(name), changes.get(found["best"][name]), found["come_of_it"].get(name, ()))
        for name in STRATEGIES
        if name in found["best"]
    ]
    rows = [(each, [_local(figure, language) for figure in figures_of(each, FORM)]) for each in found["changes"]]
    return {
        "policy": kept.policy,
        "at": kept.at,
        "found": found,
        "best": best,
        "front": [each["number"] for each in found["changes"] if each["front"]],
        "plot": plot(found, words(language, "desk/words")),
        "rows": rows,
    }


def _local(figure: str, language: Language) -> str:
    return figure.replace(".", ",") if language == "nb" else figure
