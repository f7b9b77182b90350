"""A creditor's policies for each country and kind of debtor, over the API."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import Country, DebtorKind, Given, Name
from domain.policy.choosing import faults_of_policy, of_countries
from facts.parties import creditor_policies
from web.api.idempotency import Answer, Asked, json_response
from web.problems import FieldProblem, Problem, documented
from web.security import CreditorAsking
from web.services import Here, Services
from workflows.contracts import By, Code

router = APIRouter(tags=["operations"])


class PoliciesGiven(Given):
    """All your policies for single countries, from now on: what is left out is taken back, the usual ones stay."""

    policies: Annotated[
        dict[Country, dict[DebtorKind, Name]],
        Field(
            description="By country (ISO 3166 code) and kind of debtor.",
            examples=[{"SE": {"consumer": "se-gentle", "business": "se-business"}, "FI": {"consumer": "fi-gentle"}}],
        ),
    ]
    by: Annotated[By, Field(description="Who decides this.", examples=["anne"])]
    reason_code: Annotated[Code, Field(description="Why, as a short code.", examples=["new-market"])]


class PoliciesAnswer(BaseModel):
    """By which policies new invoices go."""

    usual: dict[str, str] = Field(
        description="By kind of debtor, where a country has none of its own.", examples=[{"consumer": "no-gentle"}]
    )
    policies: dict[str, dict[str, str]] = Field(
        description="Those of single countries, by country and kind of debtor.",
        examples=[{"SE": {"consumer": "se-gentle", "business": "se-business"}, "FI": {"consumer": "fi-gentle"}}],
    )


@router.get("/v1/policies", response_model=PoliciesAnswer, responses=documented(401))
async def get_policies(creditor: CreditorAsking, services: Here) -> Response:
    """By which policies your invoices go, by country and kind of debtor."""
    async with services.database.transaction() as connection:
        return json_response(_told(await creditor_policies.read(connection, creditor)).model_dump(mode="json"))


@router.post("/v1/policies", response_model=PoliciesAnswer, responses=documented(401, 422))
async def set_policies(given: PoliciesGiven, asked: Asked) -> Response:
    """Your policies for single countries from now on, all of them. 422 where one cannot be, and nothing is changed.

    Cases that are there go on by the policy they have.
    """
    if errors := _faults(given.policies, asked.services):
        told = "; ".join(f"{each.field}: {each.problem}" for each in errors)
        raise Problem(422, "invalid", f"{told}: nothing is changed", errors=errors)

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        kept = await creditor_policies.put(connection, asked.creditor, given.policies, given.by, given.reason_code, now)
        return Answer(200, _told(kept))

    return await asked.once(work)


def _faults(wanted: Mapping[str, Mapping[DebtorKind, str]], services: Services) -> list[FieldProblem]:
    known = {name: policy for name, (policy, _) in services.intake.policies.items()}
    return [
        FieldProblem(field=f"policies.{country}.{kind}", problem=fault)
        for country, names in wanted.items()
        for kind, name in names.items()
        for fault in faults_of_policy(name, known, services.intake.laws, kind=kind, country=country)
    ]


def _told(policies: Mapping[str, str]) -> PoliciesAnswer:
    usual = {key: name for key, name in policies.items() if " " not in key}
    return PoliciesAnswer(usual=usual, policies=of_countries(policies))
