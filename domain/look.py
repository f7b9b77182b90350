"""How a creditor looks: a colour that everybody can read, and a logo that is the picture that it says it is."""

import base64
import re
import struct
from collections.abc import Sequence
from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

MediaType = Literal["image/png", "image/jpeg"]
LARGEST_LOGO = 100_000  # bytes: it goes with every email, and into every letter
SMALLEST_SIDE, LARGEST_SIDE = 16, 1200  # pixels
SHOWN_AT = (240, 40)  # pixels, at most
WIDEST = 6  # times its height: on a letter it stands beside the name
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3 (AA), for text of any size
GROUNDS = ("#ffffff", "#f9fafb", "#eff6ff")
"""On which links stand; white is also what stands on a button."""
DARK_GROUNDS = ("#111827", "#1f2937", "#273244")
"""The same where somebody reads light on dark; the first is also what stands on a button there."""
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the markers that tell a JPEG's size
_ALONE = frozenset(range(0xD0, 0xD8)) | {0x01}


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture, checked by what it is."""

    media_type: MediaType
    content: bytes

    @property
    def as_address(self) -> str:
        """The picture as an address of its own, for a page that asks nobody for anything."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.content).decode()}"

    @property
    def shown_at(self) -> tuple[int, int]:
        """How wide and high a message shows it, in pixels: some clients know no other way to keep it in its place."""
        width, height = _sides(self.content) or SHOWN_AT
        scale = min(SHOWN_AT[0] / width, SHOWN_AT[1] / height)
        return max(1, round(width * scale)), max(1, round(height * scale))


@dataclass(frozen=True)
class Look:
    """A creditor's own colour (`#rrggbb`), and its logo where it has one."""

    colour: str
    logo: Logo | None = None

    @cached_property
    def colour_on_dark(self) -> str:
        """The nearest to its colour that everybody can read on the dark grounds: itself where it can be."""
        return readable(self.colour, DARK_GROUNDS)


def checked_colour(written: str) -> str:
    """A colour for links and buttons. ValueError where it is none, or not everybody could read it, with one to take instead.

    No colour can be read on both white and a dark ground: for that there is `Look.colour_on_dark`, which always can.
    """
    colour = written.strip().lower()
    if not _COLOUR.fullmatch(colour):
        raise ValueError(f"{written!r} is no colour: write it as #1d4ed8")
    worst = least_contrast(colour, GROUNDS)
    if worst < LEAST_CONTRAST:
        raise ValueError(
            f"{colour} has a contrast of {worst:.1f} to 1 with white text on it and as a link, at least {LEAST_CONTRAST} "
            f"is needed: write {readable(colour, GROUNDS)}, the nearest to it that has as much"
        )
    return colour


def readable(colour: str, grounds: Sequence[str]) -> str:
    """The colour of the same hue, lighter or darker, that is nearest to a colour and can be read on all of the grounds.

    The grounds are all light or all dark.
    """
    if least_contrast(colour, grounds) >= LEAST_CONTRAST:
        return colour
    hue, lightness, saturation = rgb_to_hls(*(part / 255 for part in _parts(colour)))
    darker = all(_luminance(ground) > 0.5 for ground in grounds)
    towards = range(round(lightness * 255), -1, -1) if darker else range(round(lightness * 255), 256)
    tried = (_written(hls_to_rgb(hue, step / 255, saturation)) for step in towards)
    return next(each for each in tried if least_contrast(each, grounds) >= LEAST_CONTRAST)


def least_contrast(colour: str, grounds: Sequence[str]) -> float:
    """How far a colour is from the nearest of the grounds."""
    return min(contrast(colour, ground) for ground in grounds)


def checked_logo(content: bytes) -> Logo:
    """A logo from the bytes of its file. ValueError for what is no PNG or JPEG, or of another size than can be shown."""
    if len(content) > LARGEST_LOGO:
        raise ValueError(f"the logo has {len(content):,} bytes, {LARGEST_LOGO:,} at most")
    if content.startswith(_PNG):
        kind: MediaType = "image/png"
    elif content.startswith(_JPEG):
        kind = "image/jpeg"
    else:
        raise ValueError("the logo is neither a PNG nor a JPEG, whatever its name says")
    sides = _sides(content)
    if sides is None:
        raise ValueError("the logo is damaged: it does not tell its size")
    width, height = sides
    if not all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in sides):
        raise ValueError(
            f"the logo has {width} x {height} pixels, each side {SMALLEST_SIDE} to {LARGEST_SIDE} are needed"
        )
    if width > WIDEST * height:
        raise ValueError(f"the logo is {width / height:.1f} times as wide as high, {WIDEST} times at most")
    return Logo(kind, content)


def contrast(one: str, other: str) -> float:
    """How far two colours are apart, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (part / 255 for part in _parts(colour))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> tuple[int, int, int]:
    """Its red, green and blue, 0 to 255."""
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


def _written(parts: tuple[float, float, float]) -> str:
    return "#" + bytes(round(part * 255) for part in parts).hex()


def _sides(content: bytes) -> tuple[int, int] | None:
    """How wide and high a PNG or JPEG is; None where it does not tell."""
    return _png_sides(content) if content.startswith(_PNG) else _jpeg_sides(content)


def _png_sides(content: bytes) -> tuple[int, int] | None:
    if content[12:16] != b"IHDR" or len(content) < 33 or not content.rstrip(b"\0").endswith(b"IEND\xaeB`\x82"):
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _jpeg_sides(content: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 < len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker in _SIZES:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        if marker in _ALONE or marker == 0xFF:
            place += 1 if marker == 0xFF else 2
            continue
        place += 2 + int(struct.unpack(">H", content[place + 2 : place + 4])[0])
    return None
