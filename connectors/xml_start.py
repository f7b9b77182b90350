"""Where the XML of a file starts: what stands before it (a byte order mark, blanks, blank lines) makes it no worse."""

import codecs

_BLANK = b" \t\r\n"


def where_xml_starts(start: bytes) -> int:
    """How many bytes of a file's start stand before its first character; none where a mark alone does."""
    bare = start.removeprefix(codecs.BOM_UTF8)
    written = bare.lstrip(_BLANK)
    return len(start) - len(written) if len(written) < len(bare) else 0
