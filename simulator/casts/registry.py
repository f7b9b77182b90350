"""Every country that the demo can play in: a new one is its import and its line here."""

from typing import Final

from simulator.casts import fi, no, se
from simulator.casts.home import Home

HOMES: Final[dict[str, Home]] = {home.country: home for home in (no.HOME, se.HOME, fi.HOME)}
NORWAY: Final = no.HOME
