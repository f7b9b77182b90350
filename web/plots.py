"""Plots as SVG, drawn on the server: bars and points with their labels, which print, need no script, and say all in words too."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

WIDTH = 440  # of a plane
LONGEST, VALUES = 205, 95  # of the longest bar, and of the values on the right
SIGN, SIGNS = 7.4, 36  # of a label on the left: how wide a sign is at most on average, and how many are shown
LINE, BAR = 24, 14
MOST = 30
"""Bars: of more the table beside it tells."""
COLOURS = ("#1d4ed8", "#b45309", "#047857", "#6d28d9", "#4b5563", "#be123c")
HEIGHT, MARGIN = 300, 36  # of a plane
BELOW_ZERO = "#b91c1c"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is called, how long it is, its value as it is written, and of which kind it is."""

    label: str
    length: Decimal
    value: str
    kind: int = 0


def bars(title: str, of: Sequence[Bar]) -> str:
    """The bars below each other, the longest as wide as there is room; `title` says what they are. Of nothing there is none."""
    shown = of[:MOST]
    longest = max((abs(bar.length) for bar in shown), default=Decimal(0))
    if not longest:
        return ""
    labels = [_short(bar.label) for bar in shown]
    begin = round(SIGN * max(map(len, labels))) + 8  # where bars begin, and the labels end before
    whole = begin + LONGEST + VALUES
    height = LINE * len(shown) + 4
    lines = []
    for place, (bar, label) in enumerate(zip(shown, labels, strict=True)):
        top = LINE * place + 4
        width = round(float(abs(bar.length) / longest) * LONGEST, 1)
        colour = COLOURS[bar.kind % len(COLOURS)] if bar.length >= 0 else BELOW_ZERO
        lines.append(
            f'<text x="{begin - 8}" y="{top + 12}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="{begin}" y="{top}" width="{width}" height="{BAR}" fill="{colour}"/>'
            f'<text x="{begin + width + 6:.1f}" y="{top + 12}">{escape(bar.value)}</text>'
        )
    return (
        f'<svg role="img" aria-label="{escape(title, quote=True)}" viewBox="0 0 {whole} {height}" width="{whole}" '
        f'xmlns="http://www.w3.org/2000/svg" font-size="13" font-family="sans-serif" fill="#1f2937">{"".join(lines)}</svg>'
    )


@dataclass(frozen=True, slots=True)
class Dot:
    """One point: what it is called beside it, where it lies, what it says, and of which kind it is."""

    label: str
    right: float
    up: float
    says: str
    kind: int = 0


def dots(title: str, right: str, up: str, of: Sequence[Dot]) -> str:
    """Points in a plane with a line through each zero; `right` and `up` say what the axes are. Of nothing there is none."""
    if not of:
        return ""
    across, along = (
        _scale([dot.right for dot in of], MARGIN, WIDTH - MARGIN),
        _scale([dot.up for dot in of], HEIGHT - MARGIN, MARGIN),
    )
    zero_x, zero_y = across(0.0), along(0.0)
    lines = [
        f'<line x1="{zero_x:.1f}" y1="{MARGIN / 2}" x2="{zero_x:.1f}" y2="{HEIGHT - MARGIN / 2}" stroke="#9ca3af"/>',
        f'<line x1="{MARGIN / 2}" y1="{zero_y:.1f}" x2="{WIDTH - MARGIN / 2}" y2="{zero_y:.1f}" stroke="#9ca3af"/>',
        f'<text x="{WIDTH - 4}" y="{zero_y - 6:.1f}" text-anchor="end">{escape(right)} →</text>',
        f'<text x="{zero_x + 6:.1f}" y="14">↑ {escape(up)}</text>',
    ]
    for dot in of:
        x, y, colour = across(dot.right), along(dot.up), COLOURS[dot.kind % len(COLOURS)]
        lines.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"><title>{escape(dot.says)}</title></circle>'
            f'<text x="{x + 7:.1f}" y="{y + 4:.1f}" fill="{colour}">{escape(dot.label)}</text>'
        )
    return (
        f'<svg role="img" aria-label="{escape(title, quote=True)}" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'xmlns="http://www.w3.org/2000/svg" font-size="13" font-family="sans-serif" fill="#1f2937">{"".join(lines)}</svg>'
    )


def _scale(values: Sequence[float], begin: float, end: float) -> Callable[[float], float]:
    """Where a value lies between two ends of the picture, zero among them."""
    least, most = min(0.0, *values), max(0.0, *values)
    room = (most - least) or 1.0
    return lambda value: begin + (value - least) / room * (end - begin)


def _short(label: str) -> str:
    return label if len(label) <= SIGNS else f"{label[: SIGNS - 1]}…"
