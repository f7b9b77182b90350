"""How the debtor wants to be written to, from the invoice page: language, channel, no counting of opens, no calls."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form
from fastapi.responses import Response

from commands.debtor.change import DebtorChange, change_known
from facts.money.payment_attempts import Payable
from facts.parties.debtors import Operator
from web.invoice_page.arrange import BY, REASON, arranged
from web.invoice_page.link import ByLink, Opened

router = APIRouter(tags=["invoice page"], include_in_schema=False)


@router.post("/i/{token}/wishes")
async def wishes(
    holder: ByLink,
    language: Annotated[Literal["nb", "en"], Form()],
    channel: Annotated[Literal["", "email", "sms", "letter"], Form()] = "",
    untracked: Annotated[bool, Form()] = False,
    no_calls: Annotated[bool, Form()] = False,
) -> Response:
    """What is ticked holds from now on, whatever later invoices say; what is not ticked any more is lifted."""

    async def told(opened: Opened, found: Payable) -> None:
        given = DebtorChange(
            language=language,
            preferred_channel=channel or None,
            objects_to_tracking=untracked,
            no_calls=no_calls,
        )
        planning = holder.services.planning
        await change_known(opened.connection, planning, found.debtor, given, Operator(BY, REASON), opened.now)

    return await arranged(holder, "wishes", told)
