"""Where an element of an XML file stands, as whoever opens the file counts its lines."""

from typing import cast

from lxml import etree

_LAST_LINE_KNOWN = 65_534  # libxml2 counts no further


def line_of(element: etree._Element, before: int) -> str:
    """The line that an element starts on, in words; nothing where nobody counts it. `before` are the lines not parsed."""
    line = cast("int | None", element.sourceline)
    return f" (line {line + before})" if line and line <= _LAST_LINE_KNOWN else ""
