"""A colour that everybody can read, and a picture that is what it says."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.look import (
    DARK_GROUNDS,
    GROUNDS,
    LEAST_CONTRAST,
    Look,
    checked_colour,
    checked_logo,
    contrast,
    least_contrast,
)


def png(width: int = 96, height: int = 32) -> bytes:
    """A green picture of this size."""
    row = b"\0" + b"\x0b\x5d\x3b" * width

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(row * height)) + part(b"IEND", b"")


def jpeg(width: int = 96, height: int = 32) -> bytes:
    """What a JPEG begins with, up to its size."""
    comment = b"\xff\xfe" + struct.pack(">H", 6) + b"Purr"
    size = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + b"\xff\xe0" + struct.pack(">H", 4) + b"JF" + comment + size + b"\xff\xd9"


@pytest.mark.parametrize(
    ("one", "other", "right"),
    [("#ffffff", "#000000", 21), ("#777777", "#ffffff", 4.48), ("#0b5d3b", "#0b5d3b", 1)],
)
def test_contrast_is_as_wcag_works_it_out(one: str, other: str, right: float) -> None:
    assert round(contrast(one, other), 2) == right == round(contrast(other, one), 2)


def test_a_colour_that_can_be_read_is_taken_in_small_letters_and_others_are_not() -> None:
    assert checked_colour(" #0B5D3B ") == "#0b5d3b"
    for pale in ("#ffcc00", "#777777", "#ffffff"):
        with pytest.raises(ValueError, match="write #"):
            checked_colour(pale)
    for none in ("red", "#fff", "#0b5d3b;}", "#0b5d3b\n", ""):
        if none.strip() != "#0b5d3b":
            with pytest.raises(ValueError, match="is no colour"):
                checked_colour(none)


COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(COLOURS)
def test_of_any_colour_there_is_one_that_can_be_read_on_dark_grounds(colour: str) -> None:
    found = Look(colour).colour_on_dark
    assert least_contrast(found, DARK_GROUNDS) >= LEAST_CONTRAST
    assert Look(found).colour_on_dark == found


@given(COLOURS)
def test_whoever_writes_a_pale_colour_is_told_one_that_is_taken(colour: str) -> None:
    try:
        taken = checked_colour(colour)
    except ValueError as told:
        taken = checked_colour(str(told).partition("write ")[2][:7])
        assert least_contrast(taken, GROUNDS) < LEAST_CONTRAST * 1.2  # the nearest, not just any that is dark enough
    assert least_contrast(taken, GROUNDS) >= LEAST_CONTRAST


def test_the_colour_that_is_told_is_of_the_same_hue() -> None:
    with pytest.raises(ValueError, match=r"contrast of 1\.4 to 1 with white text on it and as a link.* write #886d00,"):
        checked_colour("#ffcc00")
    assert Look("#0b5d3b").colour_on_dark.startswith("#1")  # still a green


def test_a_picture_is_known_by_what_it_is() -> None:
    assert checked_logo(png()).media_type == "image/png"
    assert checked_logo(jpeg()).media_type == "image/jpeg"
    assert checked_logo(png()).as_address.startswith("data:image/png;base64,iVBOR")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<svg onload=alert(1)>", "neither a PNG nor a JPEG"),
        (b"%PDF-1.7", "neither a PNG nor a JPEG"),
        (b"", "neither a PNG nor a JPEG"),
        (png()[:40], "damaged"),
        (jpeg()[:12], "damaged"),
        (png() + b"<script>", "damaged"),
        (png(8, 8), "each side 16 to 1200"),
        (png(20, 2000), "each side 16 to 1200"),
        (jpeg(65_535, 65_535), "each side 16 to 1200"),
        (png(200, 20), "10.0 times as wide as high"),
        (png() + b"\0" * 100_000, "100,000 at most"),
    ],
)
def test_what_is_no_picture_or_too_large_is_refused_by_its_reason(content: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        checked_logo(content)


@given(st.binary(max_size=60), st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b""]))
def test_whatever_bytes_come_they_are_taken_or_refused_in_words(rest: bytes, begins: bytes) -> None:
    try:
        said = checked_logo(begins + rest).media_type
    except ValueError as told:
        said = str(told)
    assert said.startswith(("the logo", "image/"))
