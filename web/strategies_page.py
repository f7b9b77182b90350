"""The page of strategies: a sentence of each, a plot of what each change brings and costs, and a table. It has no script."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from web.pages import html, words
from web.plots import Dot, dots

PARTS: Final = ("return", "cost", "lost margin", "notices and hand-offs", "days to pay")
"""What the table says of each change."""
STRATEGIES: Final = ("most return", "least cost", "best process", "the creditor's goals")


def written(document: Mapping[str, Any]) -> str:
    """The page of what `starter.py strategies` came to."""
    say = words("en", "desk/words")
    return html(
        "strategies.html.j2",
        language="en",
        policy=document["policy"],
        creditor=document["creditor"],
        sentences=document["sentences"],
        said=document["said"],
        plot=plot(document, say),
        title=say["strategies_plot"],
        rows=[_row(each) for each in document["changes"]],
    )


def plot(document: Mapping[str, Any], say: Mapping[str, str]) -> str:
    """The changes that can be judged as points, beside the policy as it is written, in these words; '' where there are none."""
    judged = [each for each in document["changes"] if not each["why_not"]]
    best = {number: say.get(key_of(name), name) for name, number in document["best"].items() if number is not None}
    stands = Dot("0", 0.0, 0.0, say["strategies_as_written"], 2)
    shown = [
        Dot(
            f"{each['number']}",
            _costs(each["parts"]),
            each["parts"]["return"][0],
            _says(each, best, say),
            _kind(each),
        )
        for each in judged
    ]
    axes = say["strategies_cost"].lower(), say["strategies_return"].lower()
    return dots(say["strategies_plot"], *axes, [stands, *shown]) if shown else ""


def key_of(strategy: str) -> str:
    """Where the word of a strategy stands among the desk's."""
    return "strategies_" + strategy.replace(" ", "_").replace("'", "")


def _costs(parts: Mapping[str, Sequence[float]]) -> float:
    """What a change costs, with what is lost with customers."""
    return parts["cost"][0] + parts["lost margin"][0]


def _kind(change: Mapping[str, Any]) -> int:
    """Those on the front have a colour of their own."""
    return 0 if change["front"] else 4


def _says(change: Mapping[str, Any], best: Mapping[int, str], say: Mapping[str, str]) -> str:
    said = [say["strategies_change"].format(number=change["number"])]
    if change["front"]:
        said.append(say["strategies_on_front"].lower())
    if change["number"] in best:
        said.append(say["strategies_best_for"].format(strategy=best[change["number"]]))
    return ", ".join(said)


def _row(change: Mapping[str, Any]) -> Sequence[str]:
    return [
        str(change["number"]),
        change["step"],
        change["before"],
        change["after"] or "left out",
        *figures_of(change, "{:+.2f} ({:+.2f} to {:+.2f})"),
        change["why_not"] or ("yes" if change["front"] else ""),
    ]


def figures_of(change: Mapping[str, Any], form: str) -> list[str]:
    """What a change does to each part, with the ends of its interval; a dash where nothing can be said."""
    return [_figure(change["parts"].get(part), form) if not change["why_not"] else "-" for part in PARTS]


def _figure(found: Sequence[float | None] | None, form: str) -> str:
    told = [each for each in found or () if each is not None]
    return form.format(*told) if len(told) == 3 else "-"
