"""Refunds over the API: what each waits for, approved by a second person, and the files that order them at the bank."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.money import refund_file
from connectors.ids import Kind
from domain.invoices.incoming import Account
from facts import clock
from facts.money import refund_orders
from facts.parties.creditors import local_day
from views.listed import REFUND_FILES_LISTED
from web.api.idempotency import Answer, Asked, json_response
from web.api.ids import EXAMPLES, IdsAsking, RefundId, written
from web.api.lists import Asking, ListOf
from web.api.review import By, NamedRefund
from web.problems import documented
from web.security import CreditorAsking
from web.services import Here

router = APIRouter(tags=["payments"])

A_REFUND = EXAMPLES[Kind.REFUND]
A_FILE = "2026-12-01-acme-PURR0A1B2C3D4E5F60718293A4B5.xml"
_XML: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, as it was written.",
        "content": {"application/xml": {"schema": {"type": "string"}, "example": "<Document>…</Document>"}},
    }
}
FileName = Annotated[str, Path(description="The file's name.", examples=[A_FILE], max_length=120)]


class WaitingRefund(BaseModel):
    """A refund that is due, and what it waits for."""

    number: RefundId = Field(description="The refund's number.", examples=[A_REFUND])
    invoice: str | None = Field(
        description="The invoice that it is of; null for money that had none.", examples=["2026-1001"]
    )
    amount: Decimal = Field(description="How much is owed back.", examples=["198.00"])
    currency: str = Field(description="ISO 4217 code.", examples=["NOK"])
    to_account: str | None = Field(description="Where to; null where nobody knows.", examples=["99990512341"])
    by: str = Field(description="Who decided it; `purr` by the creditor's own rule.", examples=["anne"])
    waits_for: str | None = Field(
        description="Why the next file does not have it, in words; null where it does.",
        examples=["above 0.00 NOK: somebody other than anne approves it"],
    )


class WaitingRefunds(BaseModel):
    """All that is owed back."""

    refunds: list[WaitingRefund] = Field(description="Those that are due, oldest first.")


class Deciding(BaseModel):
    """What somebody says of a refund."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    by: By
    note: Annotated[
        str | None, Field(description="Why, in words.", max_length=1000, examples=["checked with the bank"])
    ] = None


class Decided(BaseModel):
    """What was said of it."""

    number: RefundId = Field(description="The refund's number.", examples=[A_REFUND])
    verdict: Literal["approved", "rejected"] = Field(description="What was said.", examples=["approved"])


class NamingAccount(BaseModel):
    """Where a refund goes."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    by: By
    to_account: Annotated[Account, Field(description="The account.", examples=["99990512341"])]


class AccountNamed(BaseModel):
    """Where it goes now."""

    number: RefundId = Field(description="The refund's number.", examples=[A_REFUND])
    to_account: str = Field(description="The account.", examples=["99990512341"])


class Ordering(BaseModel):
    """Somebody orders the refunds that may go."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    by: By


class Ordered(BaseModel):
    """The file that was written."""

    name: str | None = Field(description="The file's name; null where no refund may go now.", examples=[A_FILE])
    execute_on: date | None = Field(description="The day on which the bank carries it out.", examples=["2026-12-01"])


class FileOfRefunds(BaseModel):
    """A file that orders refunds at the bank."""

    name: str = Field(description="Its name.", examples=[A_FILE])
    execute_on: date = Field(description="The day on which the bank carries it out.", examples=["2026-12-01"])
    orders: int = Field(description="How many refunds it orders.", examples=[3])
    total: Decimal = Field(description="Their sum.", examples=["598.00"])
    currency: str = Field(description="ISO 4217 code.", examples=["NOK"])
    by: str = Field(description="Who ordered them.", examples=["anne"])
    since: datetime = Field(description="When it was written.", examples=["2026-12-01T10:00:00Z"])
    paid: int = Field(description="How many the bank has paid.", examples=[2])
    returned: int = Field(description="How many came back.", examples=[1])


class FilesOfRefunds(ListOf[FileOfRefunds]):
    """A page of files."""


@router.get("/v1/refunds/waiting", response_model=WaitingRefunds, responses=documented(401, 422))
async def list_waiting_refunds(services: Here, creditor: CreditorAsking, ids: IdsAsking) -> Response:
    """What is owed back: what the next file for the bank has, and what each other refund waits for.

    A creditor that has not said from which account it pays back is refused (422).
    """
    async with services.database.transaction() as connection:
        today = await local_day(connection, creditor, await clock.now(connection, creditor))
        found = await refund_orders.due(connection, creditor, today)
    answer = WaitingRefunds.model_validate({"refunds": [asdict(each) for each in found]})
    return json_response(written(answer, ids))


@router.post("/v1/refunds/{number}/approve", response_model=Decided, responses=documented(401, 404, 409, 422))
async def approve_refund(number: NamedRefund, given: Deciding, asked: Asked) -> Response:
    """Approve a refund to the account that it has. Whoever asked for it, or named the account, may not (422)."""
    return await _decide(number, given, asked, approved=True)


@router.post("/v1/refunds/{number}/reject", response_model=Decided, responses=documented(401, 404, 409, 422))
async def reject_refund(number: NamedRefund, given: Deciding, asked: Asked) -> Response:
    """Hold a refund back: it is still owed, and is in no file until somebody approves it."""
    return await _decide(number, given, asked, approved=False)


@router.post("/v1/refunds/{number}/account", response_model=AccountNamed, responses=documented(401, 404, 409, 422))
async def name_refund_account(number: NamedRefund, given: NamingAccount, asked: Asked) -> Response:
    """Say where a refund goes. What was approved to another account is approved no more."""

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await refund_orders.name_account(connection, number, given.to_account, given.by, creditor=asked.creditor)
        return Answer(200, AccountNamed(number=number, to_account=given.to_account))

    return await asked.once(work)


@router.post("/v1/refund-files", status_code=201, response_model=Ordered, responses=documented(401, 409, 422))
async def order_refunds(services: Here, given: Ordering, asked: Asked) -> Response:
    """Order all refunds that may go, in a file (ISO 20022 pain.001.001.09) that you fetch and hand to your bank once.

    Each refund stands in one file, and a file has one currency: ask until `name` is null. Yours are not put into the folder of
    the operator.
    """

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        file = await refund_file.order(connection, services.intake.laws, asked.creditor, given.by, now)
        if file is None:
            return Answer(201, Ordered(name=None, execute_on=None))
        return Answer(201, Ordered(name=file.name, execute_on=file.execute_on))

    return await asked.once(work)


@router.get("/v1/refund-files", response_model=FilesOfRefunds, responses=documented(401, 422))
async def list_refund_files(asking: Asking) -> Response:
    """The files that order refunds at the bank, the latest first, and how many of each were paid and came back."""
    async with asking.services.database.transaction() as connection:
        page = await asking.read(connection, REFUND_FILES_LISTED)
    answer = asking.answer(REFUND_FILES_LISTED, page, page.rows)
    return json_response(written(FilesOfRefunds.model_validate(answer), asking.ids))


@router.get("/v1/refund-files/{name}", response_class=Response, responses=_XML | documented(401, 404))
async def get_refund_file(services: Here, creditor: CreditorAsking, name: FileName) -> Response:
    """A file as it was written. Fetched twice it is the same: hand it to the bank once."""
    async with services.database.transaction() as connection:
        said = await refund_orders.content(connection, creditor, name)
    named = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(said, media_type="application/xml", headers=named)


async def _decide(number: int, given: Deciding, asked: Asked, *, approved: bool) -> Response:
    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        await refund_orders.decide(
            connection, number, given.by, approved, now, note=given.note, creditor=asked.creditor
        )
        return Answer(200, Decided(number=number, verdict="approved" if approved else "rejected"))

    return await asked.once(work)
