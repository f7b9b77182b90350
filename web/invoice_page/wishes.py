"""How the debtor wants to be written to, from the invoice page: where, language, channel, no counting of opens, no calls."""

from typing import Annotated, Literal

from fastapi import APIRouter, BackgroundTasks, Form
from fastapi.responses import Response
from pydantic import ValidationError

from commands.debtor import silence
from commands.debtor.change import DebtorChange, Reach, change_known
from commands.debtor.confirmed_contact import objects
from commands.debtor.given_contact import gives_contact
from domain.languages import Language
from domain.vocabulary import Channel
from facts.money.payment_attempts import Payable
from facts.parties import debtors
from facts.parties.debtors import Operator
from facts.refusals import Refused
from web.invoice_page import cookie
from web.invoice_page.arrange import REASON, arranged
from web.invoice_page.confirm import ask_each
from web.invoice_page.link import ByLink, Opened
from web.invoice_page.section import Facts
from web.invoice_page.shown import Shown

Line = Annotated[str, Form(max_length=200)]

SILENT = (Channel.EMAIL, Channel.SMS)  # where one may ask for silence: a letter is what is left

router = APIRouter(tags=["invoice page"], include_in_schema=False)


async def facts(shown: Shown) -> Facts | None:
    """The way that the link came, where its owner may ask for silence there, and whether they did."""
    if not shown.open:
        return None
    return {"reached": await silence.emailed(shown.connection, shown.opened.link.delivery, SILENT)}


@router.post("/i/{key}/wishes")
async def wishes(
    holder: ByLink,
    language: Annotated[Language, Form()],
    channel: Annotated[Literal["", "email", "sms", "letter"], Form()] = "",
    untracked: Annotated[bool, Form()] = False,
    no_calls: Annotated[bool, Form()] = False,
    offers: Annotated[bool, Form()] = False,
    unprofiled: Annotated[bool, Form()] = False,
    silent: Annotated[bool, Form()] = False,
) -> Response:
    """What is ticked holds from now on, whatever later invoices say; what is not ticked any more is lifted.

    Nobody who stands in for the debtor agrees to offers, or takes that back. Silence holds for the address alone that the
    link came to: who has it may not have another. Another language is that of the page too, whichever was chosen to see it in.
    """
    others = False

    async def told(opened: Opened, found: Payable) -> None:
        nonlocal others
        others = (await debtors.by_id(opened.connection, found.debtor)).language != language
        their_own = {"consents_to_offers": offers} if opened.speaker is None else {}
        given = DebtorChange(
            language=language,
            preferred_channel=channel or None,
            objects_to_tracking=untracked,
            objects_to_profiling=unprofiled,
            no_calls=no_calls,
            **their_own,
        )
        planning = holder.services.planning
        operator = Operator(opened.by, REASON)
        await change_known(opened.connection, planning, found.debtor, given, operator, opened.now)
        if reached := await silence.emailed(opened.connection, opened.link.delivery, SILENT):
            await silence.wishes(opened.connection, reached, opened.now, silence=silent)

    answer = await arranged(holder, "wishes", told)
    if others:
        cookie.forget_language(answer, secure=holder.secure)
    return answer


@router.post("/i/{key}/address")
async def address(
    holder: ByLink,
    background: BackgroundTasks,
    email: Line = "",
    phone: Line = "",
    street: Line = "",
    postcode: Line = "",
    city: Line = "",
) -> Response:
    """Another place to write to: a link goes there and asks for a confirmation, or a person makes sure of it.

    Whoever has the link may be anybody to whom it was sent on.
    """

    async def told(opened: Opened, found: Payable) -> None:
        try:
            given = Reach(
                email=email.strip() or None,
                phone=phone.strip() or None,
                address_lines=(street,) if street.strip() else (),
                postcode=postcode.strip() or None,
                city=city.strip() or None,
            )
        except ValidationError as wrong:
            raise Refused("that is no whole address") from wrong
        if found.over or found.facts.withdrawn:
            raise Refused("nothing is written about this invoice any more")
        planning, by = holder.services.planning, opened.speaker
        asked = await gives_contact(opened.connection, planning, found.case, given, opened.now, said_by=by)
        ask_each(holder.services, asked, background, opened.moment)

    answer = await arranged(holder, "address", told)
    answer.background = background
    return answer


@router.post("/i/{key}/address/not-mine")
async def not_mine(holder: ByLink) -> Response:
    """The debtor does not know the address that somebody gave and confirmed."""

    async def told(opened: Opened, found: Payable) -> None:
        await objects(opened.connection, found.debtor, found.case, opened.now, opened.by)

    return await arranged(holder, "address", told)
