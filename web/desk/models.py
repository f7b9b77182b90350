"""What was learned, at the desk: each model with what is in use of it, and its card. Nothing is changed here."""

from collections.abc import Iterator
from itertools import groupby
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response

from domain.desk.roles import Act
from facts.prediction import versions
from facts.prediction.versions import NAMES
from facts.refusals import Unknown
from views.prediction.card import card
from web.desk.door import AtDesk, NotHere, needs

router = APIRouter(include_in_schema=False)

AtModels = Annotated[AtDesk, Depends(needs(Act.SYSTEM))]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Kind = Literal["heading", "list", "table", "text", "nothing"]
BEGINS: Final[dict[str, Kind]] = {"# ": "nothing", "## ": "heading", "- ": "list", "|": "table"}
"""What a line of a card is, by how it begins; its title the page says itself."""


@router.get("/desk/models")
async def see_models(at: AtModels) -> Response:
    """The models, each with the version in use and those it has."""
    async with at.opened(snapshot=True) as (connection, _):
        used = [await versions.in_use(connection, name) for name in NAMES]
        found = await versions.list_(connection, *NAMES)
    of = {name: [each for each in reversed(found) if each.name == name] for name in NAMES}
    return at.page("models.html.j2", used=used, of=of)


@router.get("/desk/models/{name}/{number}")
async def see_card(at: AtModels, name: str, number: Number) -> Response:
    """The card of a version."""
    model = next((each for each in NAMES if each == name), None)
    if model is None:
        raise NotHere
    async with at.opened(snapshot=True) as (connection, _):
        try:
            written = await card(connection, model, number)
        except Unknown:
            raise NotHere from None
    return at.page("model.html.j2", name=model, number=number, blocks=list(blocks_of(written)))


def blocks_of(card: str) -> Iterator[tuple[Kind, list[list[str]]]]:
    """A card piece by piece: what each is, and its lines, those of a table cell by cell."""
    lines = [line.replace("`", "") for line in card.splitlines()]
    for kind, of in groupby(lines, _kind):
        shown = [_cells(line) for line in of if not line.startswith("|---")]
        if kind != "nothing":
            yield kind, shown


def _kind(line: str) -> Kind:
    return next((kind for begins, kind in BEGINS.items() if line.startswith(begins)), "text" if line else "nothing")


def _cells(line: str) -> list[str]:
    if line.startswith("|"):
        return [cell.strip() for cell in line.strip("|").split("|")]
    return [line.removeprefix("## ").removeprefix("- ")]
