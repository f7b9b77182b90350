"""What every list of the API has in common: a filter, a page's length, and a cursor that goes on where a page ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.ids import CreditorIds
from connectors.links import BadLink
from facts import clock
from views.filters import Filter, NotUnderstood, Word, filter_of
from views.lists import Listed, Page, read_page
from views.names import misnamed
from web.api.ids import IdsAsking
from web.problems import FieldProblem, Problem
from web.security import CreditorAsking
from web.services import Here, Services

MOST = 100
PLACE = 10  # bytes of a number in a cursor
Item = TypeVar("Item", bound=BaseModel)


class ListOf(BaseModel, Generic[Item]):
    """A page of a list, the newest first."""

    data: list[Item] = Field(description="The items of this page.")
    has_more: bool = Field(
        description="Whether others may follow, also after a page that is not full: go on until it is false.",
        examples=[False],
    )
    next_cursor: str | None = Field(
        description="Goes on after this page, with the same `where`; null where nothing follows.",
        examples=["c2VhbGVkLWZvci10aGlzLWxpc3Q"],
    )


@dataclass(frozen=True, slots=True)
class Listing:
    """A page that a creditor asks for."""

    services: Services
    creditor: str
    ids: CreditorIds
    where: str
    limit: int
    cursor: str | None

    async def read(self, connection: AsyncConnection, listed: Listed) -> Page:
        """The page. Raises Problem where the filter or the cursor is none of this list."""
        words = {name: word for name, word in listed.words.items() if name != "creditor"}  # it is the key's
        wanted = _filter(self.where, words)
        if why := await misnamed(connection, wanted, self.creditor):
            raise _wrong("where", why)
        after = self._place(listed) if self.cursor else None
        now = await clock.now(connection, self.creditor)
        return await read_page(connection, listed, self.creditor, wanted, now, limit=self.limit, after=after)

    def answer(self, listed: Listed, page: Page, shown: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The page as it is answered."""
        following = self._cursor(listed, page.reached) if page.more and page.reached is not None else None
        return {"data": shown, "has_more": page.more, "next_cursor": following}

    def _cursor(self, listed: Listed, place: int | str) -> str:
        # As long for a small number as for a large one: a cursor's length would count what all creditors have.
        return self.services.links.seal(orjson.dumps(place).rjust(PLACE), *self._about(listed))

    def _place(self, listed: Listed) -> Any:
        try:
            return orjson.loads(self.services.links.opened(self.cursor or "", *self._about(listed)))
        except BadLink:
            detail = "the cursor is not of this list with this where: take next_cursor of a page, or begin without one"
            raise _wrong("cursor", detail) from None

    def _about(self, listed: Listed) -> tuple[str, ...]:
        return "cursor", listed.name, self.creditor, self.where


async def listing(
    services: Here,
    creditor: CreditorAsking,
    ids: IdsAsking,
    where: Annotated[
        str,
        Query(
            max_length=1000,
            description="Which ones, in the words of the terminal's `list --where`: conditions joined by `and` or a "
            "comma. An unknown word is refused with those that there are, and so is a policy, segment, step or account that is "
            "none of yours.",
            examples=["state=open and due<2026-12-01"],
        ),
    ] = "",
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many on a page.", examples=[25])] = 25,
    cursor: Annotated[
        str | None, Query(max_length=500, description="`next_cursor` of the page before.", examples=[None])
    ] = None,
) -> Listing:
    """The page that a request asks for."""
    return Listing(services, creditor, ids, where, limit, cursor)


Asking = Annotated[Listing, Depends(listing)]


def expanded(wanted: str, known: Sequence[str]) -> set[str]:
    """What is told besides, of what can be. Raises Problem."""
    names = {name.strip() for name in wanted.split(",") if name.strip()}
    for name in sorted(names - set(known)):
        raise _wrong("expand", f"{name!r} cannot be expanded here: there are {', '.join(known)}")
    return names


def _filter(written: str, words: Mapping[str, Word]) -> Filter:
    try:
        return filter_of(written, words)
    except NotUnderstood as wrong:
        raise _wrong("where", str(wrong)) from None


def _wrong(field: str, why: str) -> Problem:
    return Problem(422, "invalid", why, errors=[FieldProblem(field=field, problem=why)])
