"""A look that is wanted: checked, and tried on a letter, so that no picture stops one later."""

from dataclasses import replace

from domain.look import Logo, Look, checked_colour, checked_logo
from domain.policy.policy import Tone
from messages.letter import letter
from messages.lint import sample
from messages.render import OUR_COLOUR
from messages.specs import SPECS


def checked_look(colour: str | None, logo: bytes | None) -> Look:
    """A colour, ours where none is given, and a logo. ValueError, in words, for what cannot be shown everywhere."""
    wanted = Look(checked_colour(colour or OUR_COLOUR), checked_logo(logo) if logo is not None else None)
    _tried(wanted.logo)
    return wanted


def _tried(logo: Logo | None) -> None:
    if logo is not None:
        try:
            letter(replace(sample(SPECS["invoice"], Tone.NEUTRAL, "nb"), look=Look(OUR_COLOUR, logo)))
        except ValueError as broken:
            raise ValueError("the logo is damaged: a letter with it cannot be printed") from broken
