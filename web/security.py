"""Who is asking: a creditor by its API key, which opens nothing of another creditor."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from connectors.ids import CreditorIds
from domain.invoices.own_pdf import LARGEST_PDF
from facts.parties.creditors import KeyOwner, owner_of_key
from web.problems import Problem
from web.services import Here
from web.strangers import left, one_more

API_LIMIT = 1024 * 1024  # bytes of a request body
INVOICE_FILE_LIMIT = 20 * 1024 * 1024
PDF_LIMIT = LARGEST_PDF
BANK_FILE_LIMIT = 5 * 1024 * 1024  # booked while its sender waits
ATTACHMENTS_LIMIT = 48 * 1024 * 1024  # more than is taken, so that too large files are answered in words
EVENT_BATCH_LIMIT = 5 * 1024 * 1024
WEBHOOK_LIMIT = 64 * 1024
MAIL_LIMIT = 25 * 1024 * 1024  # as the large mailbox providers take at most; SendGrid passes on up to 30 MB

bearer = HTTPBearer(scheme_name="api_key", description="A creditor's API key: `purr_…`.", auto_error=False)


async def caller_asking(
    request: Request, services: Here, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> KeyOwner:
    """Whose API key the request carries, an agency's too; 401 without a valid one, and 429 after many."""
    if credentials is not None:
        async with services.database.transaction() as connection:
            owner = await owner_of_key(connection, credentials.credentials)
        if owner is not None:
            request.state.creditor = owner.creditor
            request.state.ids = CreditorIds(owner.creditor, owner.id_key)
            return owner
    still_few = one_more(services, "key", request)
    limits = left(services, "key", request)
    if not still_few:
        headers = {"Retry-After": "3600"} | limits
        raise Problem(429, "too-many-wrong", "too many wrong API keys: try later", headers=headers)
    detail = "no valid API key: send it as Authorization: Bearer purr_…"
    raise Problem(401, "unauthorized", detail, headers={"WWW-Authenticate": "Bearer"} | limits)


CallerAsking = Annotated[KeyOwner, Depends(caller_asking)]


async def creditor_asking(caller: CallerAsking) -> str:
    """The creditor whose own API key the request carries; 401 for an agency's."""
    if caller.agency is not None:
        detail = "this key is an agency's: it opens /v1/calls alone"
        raise Problem(401, "unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})
    return caller.creditor


CreditorAsking = Annotated[str, Depends(creditor_asking)]
