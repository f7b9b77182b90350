"""An invoice's own PDF, as its creditor wrote it: what is taken for one."""

import base64
import binascii

LARGEST_PDF = 8_000_000  # bytes
_MAGIC = b"%PDF-"


def decoded_pdf(given: object) -> object:
    """The bytes of a PDF that comes as Base64, with or without line breaks; as it stands where it comes as bytes."""
    if not isinstance(given, str):
        return given
    try:
        return base64.b64decode("".join(given.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("is not Base64") from error


def a_pdf(content: bytes) -> bytes:
    """The PDF itself; ValueError for what is none, or too large to be kept and sent."""
    if not content.startswith(_MAGIC):
        raise ValueError("is not a PDF")
    if len(content) > LARGEST_PDF:
        raise ValueError(f"has {len(content)} bytes, more than {LARGEST_PDF}")
    return content
