"""Where the XML of a file starts: what stands before it (a byte order mark, blanks, blank lines) makes it no worse."""

import codecs

_BLANK = " \t\r\n"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def where_xml_starts(start: bytes) -> int:
    """How many bytes of a file's start stand before its first character; none where a mark alone does.

    In UTF-16 the first character tells the order of the bytes as well as the mark did.
    """
    if start.startswith(_UTF_16):
        text = start.decode("utf-16", errors="ignore")
        blanks = len(text) - len(text.lstrip(_BLANK))
        return len(codecs.BOM_UTF16) + 2 * blanks if blanks else 0
    bare = start.removeprefix(codecs.BOM_UTF8)
    written = bare.lstrip(_BLANK.encode())
    return len(start) - len(written) if len(written) < len(bare) else 0
