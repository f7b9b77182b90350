"""Is this right? Where the debtor is written to, masked, and a yes that counts as given anew; paying never waits for it."""

from fastapi import APIRouter
from fastapi.responses import Response

from domain.parties.freshness import old_since
from facts.money.payment_attempts import Payable
from facts.parties import own_contacts
from facts.refusals import Refused
from web.invoice_page.arrange import arranged
from web.invoice_page.link import ByLink, Opened
from web.invoice_page.section import Facts
from web.invoice_page.shown import Shown

router = APIRouter(tags=["invoice page"], include_in_schema=False)


async def facts(shown: Shown) -> Facts | None:
    """The addresses as their owner knows them, and whether nobody has said for long that they are right."""
    if shown.opened.link.on_paper or not shown.owed:
        return None
    another = shown.opened.speaker is not None
    contacts = await own_contacts.read(shown.connection, shown.found.debtor, another=another)
    if not contacts:
        return None
    calendar = shown.opened.calendar
    since = old_since(calendar, shown.today)
    confirmed = [each.confirmed_at for each in contacts]
    return {
        "contacts": [(each.channel, masked(each.channel, each.address)) for each in contacts],
        "asks": any(at is None or at < since for at in confirmed),
        "on": max((calendar.local_date(at) for at in confirmed if at is not None), default=None),
        "today": shown.today,
    }


@router.post("/i/{key}/right")
async def right(holder: ByLink) -> Response:
    """Yes, it is right."""

    async def told(opened: Opened, found: Payable) -> None:
        another = opened.speaker is not None
        if not await own_contacts.confirm(opened.connection, found.debtor, opened.now, another=another):
            raise Refused("there is no address that could be right")

    return await arranged(holder, "right", told)


def masked(channel: str, address: str) -> str:
    """As much of an address as its owner knows it by: `s•••@privat.example`, `•• •• •• 12`."""
    if channel == "email":
        name, _, domain = address.partition("@")
        return f"{name[:1]}•••@{domain}"
    return f"•• •• •• {address[-2:]}"
