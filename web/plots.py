"""Plots as SVG, drawn on the server: bars with their labels and values, which print, need no script, and say all in words too."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

WIDTH, LABELS, VALUES = 440, 140, 95  # of all, of the labels on the left, and of the values on the right
LINE, BAR = 24, 14
MOST = 30
"""Bars: of more the table beside it tells."""
COLOURS = ("#1d4ed8", "#b45309", "#047857", "#6d28d9", "#4b5563", "#be123c")
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
    room = WIDTH - LABELS - VALUES
    height = LINE * len(shown) + 4
    lines = []
    for place, bar in enumerate(shown):
        top = LINE * place + 4
        width = round(float(abs(bar.length) / longest) * room, 1)
        colour = COLOURS[bar.kind % len(COLOURS)] if bar.length >= 0 else BELOW_ZERO
        lines.append(
            f'<text x="{LABELS - 8}" y="{top + 12}" text-anchor="end">{escape(_short(bar.label))}</text>'
            f'<rect x="{LABELS}" y="{top}" width="{width}" height="{BAR}" fill="{colour}"/>'
            f'<text x="{LABELS + width + 6:.1f}" y="{top + 12}">{escape(bar.value)}</text>'
        )
    return (
        f'<svg role="img" aria-label="{escape(title, quote=True)}" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'xmlns="http://www.w3.org/2000/svg" font-size="13" font-family="sans-serif" fill="#1f2937">{"".join(lines)}</svg>'
    )


def _short(label: str) -> str:
    return label if len(label) <= 22 else f"{label[:21]}…"
