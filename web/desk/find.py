"""The desk's one field: whatever somebody says is found, and what was named exactly is opened at once.

`/desk/open` is the same for addresses that other systems make: by an invoice's number, a customer's or a phone number.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse, Response

from domain.desk.parts import Part, parts_of
from domain.desk.reach import Reach
from views.desk_cases import DeskCase
from views.found_debtors import LONGEST
from views.search import Found, search
from web.desk.door import AtDesk, ToLook
from web.desk.seen_cases import as_seen
from web.invoice_page.amounts import read_amount

router = APIRouter(include_in_schema=False)

WAYS: Final[Mapping[str, frozenset[str]]] = {
    "invoice": frozenset({"number"}),
    "customer": frozenset({"customer number"}),
    "phone": frozenset({"address"}),
}
"""By what an address of another system names whom it is about."""

Said = Annotated[str, Query()]


@router.get("/desk/find")
async def find(at: ToLook, q: Said = "") -> Response:
    """Whatever is meant, or straight to it."""
    return await _found(at, q, at.reach, read_amount(q[:LONGEST]))


@router.get("/desk/open")
async def open_from_elsewhere(
    at: ToLook, invoice: Said = "", customer: Said = "", phone: Said = "", creditor: Said = ""
) -> Response:
    """What another system's address names: opened if it is one, else shown to choose from."""
    given = {"invoice": invoice, "customer": customer, "phone": phone}
    way, said = next(((way, said) for way, said in given.items() if said.strip()), ("invoice", ""))
    reach = at.reach
    if creditor:
        mine = reach.creditors is None or creditor in reach.creditors
        reach = replace(reach, creditors=(creditor,) if mine else ())
    return await _found(at, said, reach, None, WAYS[way])


async def _found(
    at: AtDesk, said: str, reach: Reach, amount: Decimal | None, ways: frozenset[str] | None = None
) -> Response:
    narrowed = {} if ways is None else {"by": ways}
    async with at.opened() as (connection, now):
        found = await search(connection, reach, said, now, amount=amount, **narrowed)
        to = _only(found)
        if to is None and not found.nothing:
            shown = {
                "cases": [each.case.case_id for each in found.cases],
                "debtors": [each.id for each in found.debtors],
            }
            await at.did(connection, "found", now, detail=shown)
    if to is not None:
        return RedirectResponse(to, 303)
    parts = parts_of(at.user.roles)
    return at.page(
        "find.html.j2",
        q=said[:LONGEST],
        cut=len(said) > LONGEST,
        most=LONGEST,
        found=found,
        rows=as_seen(at.user, [each.case for each in found.cases]),
        sees_address=Part.LIFE in parts,
        sees_others=Part.OTHERS in parts,
        read_as=amount,
        empty=not said.strip(),
    )


def _only(found: Found) -> str | None:
    """Where to go at once: to the only case or debtor that was named exactly."""
    if found.case is not None:
        return case_address(found.case)
    return None if found.debtor is None else f"/desk/debtor/{found.debtor.id}"


def case_address(case: DeskCase) -> str:
    """The page of a case."""
    return f"/desk/case/{quote(case.creditor, safe='')}/{quote(case.invoice)}"
