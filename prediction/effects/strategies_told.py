"""Strategies as a document, a table and sentences: which line to change for what, and what cannot be said."""

from collections.abc import Mapping
from typing import Any, Final

from prediction.effects.by_way import numbers
from prediction.effects.estimates import Estimator, Range, Verdict
from prediction.effects.strategies import NOTHING_BETTER, Judged, Strategies
from prediction.effects.worth import HORIZON_DAYS, Part, Strategy

_SAID: Final[Mapping[Part, str]] = {
    Part.RETURN: "of 100 owed {} {more} comes",
    Part.COST: "contacts cost {} {more} of 100 owed",
    Part.LOST: "of 100 owed {} {more} margin is lost with customers who leave",
    Part.HAND_OFFS: "of 100 invoices {} {more} get a notice or are handed off",
    Part.DAYS: "an invoice is open {} days {longer}",
}
"""What is said of a change; the parts that differ by chance alone are not."""
_MORE: Final = {"more": "more", "longer": "longer"}
_LESS: Final = {"more": "less", "longer": "shorter"}
_PROCESS: Final = Strategy.BEST_PROCESS


def document(found: Strategies, policy: str, creditor: str) -> dict[str, Any]:
    """All of it, as it is answered in JSON; figures with the ends of their intervals."""
    return {
        "policy": policy,
        "creditor": creditor,
        "choices": found.choices,
        "horizon_days": HORIZON_DAYS,
        "usual": {part.value: round(value, 4) for part, value in found.usual.items()},
        "changes": [_change(each) for each in found.judged],
        "best": {strategy.value: best.number if best else None for strategy, best in found.best.items()},
        "come_of_it": {strategy.value: _come_of_it(best) for strategy, best in found.best.items() if best},
        "sentences": sentences(found),
        "said": list(found.said),
    }


def _change(judged: Judged) -> dict[str, Any]:
    return {
        "number": judged.number,
        "step": judged.change.step.id,
        "line": judged.change.line,
        "before": judged.change.before,
        "after": judged.change.after or None,
        "front": judged.front,
        "why_not": judged.why_not,
        "parts": {part.value: numbers(each) for part, each in judged.parts.items()},
        "strategies": {
            strategy.value: {
                "verdict": _in_words(each.verdict),
                "why": each.why,
                **{estimator.value: numbers(differs) for estimator, differs in each.differs_by.items()},
            }
            for strategy, each in judged.values.items()
        },
    }


def rows(found: Strategies) -> list[dict[str, Any]]:
    """The changes as a table: what each adds, and whether it is on the front; of what cannot be said nothing."""
    return [
        {
            "number": each.number,
            "step": each.change.step.id,
            "line": each.change.line,
            "change": _arrow(each),
            "return": _figure(each.parts.get(Part.RETURN), each.why_not),
            "cost": _figure(each.parts.get(Part.COST), each.why_not),
            "process": _figure(each.values[_PROCESS].differs_by[Estimator.DR] if each.values else None, each.why_not),
            "front": "yes" if each.front else "",
            **{
                strategy.value: _in_words(Verdict.CANNOT_BE_SAID if each.why_not else each.values[strategy].verdict)
                for strategy in found.best
            },
        }
        for each in found.judged
    ]


def sentences(found: Strategies) -> list[str]:
    """For each strategy the line to change and what comes of it, or that nothing is surely better."""
    said = []
    for strategy, best in found.best.items():
        if best is None:
            said.append(f"{strategy.value}: {NOTHING_BETTER}")
            continue
        come_of_it = "; ".join(_come_of_it(best))
        said.append(
            f"{strategy.value}: change line {best.change.line} (change {best.number}), {_arrow(best)}: {come_of_it}"
        )
    return said


def _come_of_it(best: Judged) -> list[str]:
    """What surely comes of a change, part by part."""
    return [
        sentence.format(_range(part, best.parts[part]), **_MORE if best.parts[part].value > 0 else _LESS)
        for part, sentence in _SAID.items()
        if not best.parts[part].low <= 0 <= best.parts[part].high
    ] or ["no part of it alone is surely another"]


def _in_words(verdict: Verdict) -> str:
    """What is said of a value, of which more is better whatever it is made of."""
    return {Verdict.HIGHER: "better", Verdict.LOWER: "worse"}.get(verdict, verdict.value)


def _arrow(judged: Judged) -> str:
    return f"`{judged.change.before}` → {f'`{judged.change.after}`' if judged.change.after else 'left out'}"


def _range(part: Part, found: Range) -> str:
    places = 2 if part is Part.COST else 1
    ends = sorted((abs(found.low), abs(found.high)))
    return f"{abs(found.value):.{places}f} ({ends[0]:.{places}f} to {ends[1]:.{places}f})"


def _figure(found: Range | None, why_not: str | None) -> str:
    if found is None or why_not:
        return "-"
    return f"{found.value:+.2f} ({found.low:+.2f} to {found.high:+.2f})"
