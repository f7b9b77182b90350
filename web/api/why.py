"""Why an invoice's case does what it does, and why a message was sent, over the API."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel, Field

from facts import clock
from facts.cases.load import case_of
from views import why as view
from views.prediction.guessed import USED_FOR
from web.api.idempotency import json_response
from web.api.ids import StepName
from web.problems import documented, not_found
from web.security import CreditorAsking
from web.services import Here

router = APIRouter(tags=["invoices"], responses=documented(401, 404, 422))


class Reason(BaseModel):
    """A rule that was followed."""

    rule: str = Field(description="In words.", examples=["a fee may be charged from 2026-11-30 on, 2 times at most"])
    source: str = Field(
        description="The law, practice or policy it comes from, and the line of the country file.",
        examples=["inkassoforskriften § 1-2 and § 1-3, no.yaml:20"],
    )
    verified: bool | None = Field(
        description="Whether a source confirms a rule of law; null where it is a policy's or a person's.",
        examples=[True],
    )


class Otherwise(BaseModel):
    """What would be done if one fact were another."""

    change: str = Field(description="The fact that is changed.", examples=["if it were paid"])
    then: str = Field(description="What would be done then.", examples=["Closed: paid in full"])


class Weighed(BaseModel):
    """Something that weighed most in a guess."""

    what: str = Field(description="What was seen then, in words.", examples=["paid late 3 of 4 times before"])
    direction: Literal["sooner", "later"] = Field(description="What it speaks for.", examples=["later"])


class SeenBefore(BaseModel):
    """Something that was seen, and speaks for why an invoice is late."""

    sentence: str = Field(
        description="What, in words.", examples=["messages came back 2 times, and nothing was heard since"]
    )
    days: list[date] = Field(description="On which days, the latest three.", examples=[["2026-06-03", "2026-06-07"]])


class Guess(BaseModel):
    """When the invoice is paid, as it is guessed. No fee, deadline, block, termination or hand-off ever hangs on it."""

    chance_7: Decimal = Field(
        description="That it is paid within 7 days of the guess, from 0 to 1.", examples=["0.1200"]
    )
    chance_14: Decimal = Field(description="Within 14 days.", examples=["0.3100"])
    chance_30: Decimal = Field(description="Within 30 days.", examples=["0.6400"])
    chance_next_step: Decimal | None = Field(description="Before its plan's next step.", examples=["0.2500", None])
    expected_money: Decimal = Field(description="What is expected within 30 days.", examples=["513.28"])
    currency: str = Field(description="Of that, ISO 4217.", examples=["NOK"])
    expected_on: date | None = Field(description="The day on which it is expected.", examples=["2026-12-14", None])
    reasons: list[Weighed] = Field(description="What weighed most, the weightiest first.")
    late_because: dict[str, Decimal] = Field(
        description="What may keep the debtor, each with its probability.", examples=[{"forgot": "0.6"}]
    )
    likely: str | None = Field(
        description="Why it is probably late, in words; null where it is not overdue.",
        examples=["probably forgot it (62%)", None],
    )
    facts: list[SeenBefore] = Field(description="What was seen that speaks for that, the strongest first.")
    segment: str | None = Field(
        description="In which segment the debtor was found.", examples=["valued late payers", None]
    )
    version: int = Field(description="Of what was learned.", examples=[3])
    at: datetime = Field(description="When it was guessed.", examples=["2026-11-30T03:10:00Z"])
    old: bool = Field(description="It is more than a week old: no step hangs on it any more.", examples=[False])
    cold: bool = Field(description="Little is known of the debtor: it is much what it is for all.", examples=[False])
    used_for: str = Field(description="What it may be used for.", examples=[USED_FOR])


class GuessUsed(BaseModel):
    """That a step was taken or left out because of a guess, with the guess as it was then."""

    step: StepName = Field(description="Which step.", examples=["nudge"])
    taken: bool = Field(description="Whether it was taken; else it was left out.", examples=[True])
    asked: str = Field(
        description="The words of the policy that the guess answered, or `learn`, or an experiment with its arm.",
        examples=["chance_below", "experiment evening: quick"],
    )
    chance: Decimal | None = Field(description="That it is paid within 14 days of the guess.", examples=["0.3100"])
    segment: str | None = Field(description="In which segment the debtor was found.", examples=[None])
    version: str = Field(description="Of what was learned; of an arm the policy's text.", examples=["3"])
    way: str | None = Field(description="As what was proposed it went.", examples=["sms 10:00", None])
    guessed_at: datetime = Field(description="When it was guessed.", examples=["2026-11-30T03:10:00Z"])
    at: datetime = Field(description="When the step was taken or left out.", examples=["2026-11-30T09:00:00Z"])


class WhyAnswer(BaseModel):
    """Why: the step, the facts, the rules, and what would change it."""

    of: list[str] = Field(description="The invoices it is about.", examples=[["acme/2026-1001"]])
    policy: str = Field(description="The policy it goes by.", examples=["no-gentle"])
    step: StepName | None = Field(description="The step of the policy.", examples=["reminder"])
    what: str = Field(
        description="What is done next, or was sent.",
        examples=["Mon 30 Nov 2026 09:00: email reminder: reminder is planned"],
    )
    why: str = Field(description="The reason in words.", examples=["reminder is planned"])
    facts: dict[str, str] = Field(description="The facts that it rests on.", examples=[{"balance": "802.00 NOK"}])
    rules: list[Reason] = Field(description="The rules that were followed, each with its source.")
    otherwise: list[Otherwise] = Field(description="What would change it.")
    sent: Mapping[str, str] | None = Field(
        description="The words of a message exactly as they were sent.", examples=[None, {"text": "Acme: NOK 802.00 …"}]
    )
    guess: Guess | None = Field(
        description="When it is paid, as it is guessed; null where nothing is, where it is too old, and where the debtor objects."
    )
    uses: list[GuessUsed] = Field(
        description="Which steps were taken or left out because of a guess, the oldest first."
    )


@router.get("/v1/invoices/{number:path}/why", response_model=WhyAnswer)
async def get_why_of_an_invoice(
    number: Annotated[str, Path(description="The invoice's number.", examples=["2026-1001"])],
    creditor: CreditorAsking,
    services: Here,
) -> Response:
    """Why the invoice's case does next what it does: asked of its plan anew, also with one fact changed at a time."""
    async with services.database.transaction() as connection:
        case = await case_of(connection, creditor, number)
        if case is None:
            raise not_found(f"invoice {number}")
        now = await clock.now(connection, creditor)
        return _answer(await view.why_next(connection, services.planning, case.id, now))


@router.get("/v1/deliveries/{id}/why", response_model=WhyAnswer)
async def get_why_of_a_delivery(
    id: Annotated[UUID, Path(description="The delivery's id, as the list and webhooks have it.")],
    creditor: CreditorAsking,
    services: Here,
) -> Response:
    """Why a message was sent: its step, what was known when it was decided, the rules of that day, and its words as sent."""
    async with services.database.transaction() as connection:
        now = await clock.now(connection, creditor)
        found = await view.why_sent(connection, services.planning, id, creditor, now)
    if found is None:
        raise not_found(f"delivery {id}")
    return _answer(found)


def _answer(found: view.Why) -> Response:
    told: dict[str, Any] = asdict(found)
    return json_response(WhyAnswer.model_validate(told).model_dump(mode="json"))
