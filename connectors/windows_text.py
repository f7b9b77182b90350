"""Windows-1252 under the name of ISO 8859-1, as is common: its dashes, quotes and apostrophes."""

_LETTERS = {code: bytes([code]).decode("cp1252") for code in range(0x80, 0xA0) if code not in b"\x81\x8d\x8f\x90\x9d"}


def as_windows_wrote(text: str) -> str:
    """The text with the letters that stand where ISO 8859-1 has none."""
    return text if text.isascii() else text.translate(_LETTERS)
