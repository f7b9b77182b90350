"""A part of the invoice page: what it shows, as facts for a template of its own. The page puts its parts together."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from web.invoice_page.rights import Level
from web.invoice_page.shown import Shown

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page; `facts` gives what its template shows as `own`, or None where it does not stand on the page.

    Its template is `invoice/<name>.html.j2`; words that no other part uses are in `words/<language>/<name>.yaml`.
    """

    name: str
    facts: Callable[[Shown], Awaitable[Facts | None]]
    needs: Level = Level.LINK  # less is known of who has a code from paper alone: it stands there for nobody of less

    async def shows(self, shown: Shown) -> Facts | None:
        """What it shows to whoever has the page open; None where it does not stand there for them."""
        return await self.facts(shown) if shown.opened.level >= self.needs else None

    @property
    def template(self) -> str:
        """The file of its template."""
        return f"invoice/{self.name}.html.j2"


async def while_open(shown: Shown) -> Facts | None:
    """Nothing more than every part can show, as long as there is anything to do."""
    return {} if shown.open else None
