"""The page of strategies: a sentence of each, a plot of what each change brings and costs, and a table. It has no script."""

from collections.abc import Mapping, Sequence
from typing import Any

from web.pages import html
from web.plots import Dot, dots


def written(document: Mapping[str, Any]) -> str:
    """The page of what `starter.py strategies` came to."""
    judged = [each for each in document["changes"] if not each["why_not"]]
    best = {number: name for name, number in document["best"].items() if number is not None}
    stands = Dot("0", 0.0, 0.0, "as it is written", 2)
    shown = [
        Dot(f"{each['number']}", _costs(each["parts"]), each["parts"]["return"][0], _says(each, best), _kind(each))
        for each in judged
    ]
    title = "What each change brings (up) and costs (right), of 100 owed"
    return html(
        "strategies.html.j2",
        language="en",
        policy=document["policy"],
        creditor=document["creditor"],
        sentences=document["sentences"],
        said=document["said"],
        plot=dots(title, "cost", "return", [stands, *shown]) if shown else "",
        title=title,
        rows=[_row(each) for each in document["changes"]],
    )


def _costs(parts: Mapping[str, Sequence[float]]) -> float:
    """What a change costs, with what is lost with customers."""
    return parts["cost"][0] + parts["lost margin"][0]


def _kind(change: Mapping[str, Any]) -> int:
    """Those on the front have a colour of their own."""
    return 0 if change["front"] else 4


def _says(change: Mapping[str, Any], best: Mapping[int, str]) -> str:
    front = ", on the front" if change["front"] else ""
    name = f", best for {best[change['number']]}" if change["number"] in best else ""
    return f"change {change['number']}{front}{name}"


def _row(change: Mapping[str, Any]) -> Sequence[str]:
    figures = [
        change["parts"].get(part) for part in ("return", "cost", "lost margin", "notices and hand-offs", "days to pay")
    ]
    return [
        str(change["number"]),
        change["step"],
        change["before"],
        change["after"] or "left out",
        *(_figure(each) if not change["why_not"] else "-" for each in figures),
        change["why_not"] or ("yes" if change["front"] else ""),
    ]


def _figure(found: Sequence[float | None] | None) -> str:
    told = [each for each in found or () if each is not None]
    return "{:+.2f} ({:+.2f} to {:+.2f})".format(*told) if len(told) == 3 else "-"
