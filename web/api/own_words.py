"""A creditor's own words over the API: what it says in words of its own, other words, and a look at them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.invoices.incoming import Given
from domain.languages import Language
from domain.policy.policy import Tone
from facts.deliveries import own_words
from messages import render
from messages.lint import faults_of_own
from messages.own_words import MOST_CHARACTERS, Own
from messages.specs import SPECS
from messages.words import template_name
from views.sample_message import sample_of
from web.api.idempotency import Answer, Asked, json_response
from web.problems import FieldProblem, Problem, documented
from web.security import CreditorAsking
from web.services import Here
from workflows.contracts import By, Code

router = APIRouter(tags=["operations"])

_Message: Any = Literal[tuple(SPECS)]
_TEXT = "{% block subject %}{{ creditor }}: {{ lead }}{% endblock %}…"


class _Which(Given):
    """Which words."""

    message: Annotated[_Message, Field(description="The kind of message.", examples=["reminder"])]
    language: Annotated[Language, Field(description="In which language.", examples=["nb"])]
    tone: Annotated[Tone, Field(description="In which tone; a message of one tone has no other.", examples=["kind"])]
    form: Annotated[
        Literal["txt", "sms"],
        Field(description="`txt`: of email, letter and WhatsApp; `sms`: of the SMS.", examples=["txt"]),
    ]

    @property
    def template(self) -> str:
        """In whose place they stand."""
        return template_name(SPECS[self.message], self.tone, self.language, self.form)


class WordsGiven(_Which):
    """Other words from now on; null: ours again."""

    model_config = ConfigDict(str_strip_whitespace=False)
    text: Annotated[
        str | None, Field(max_length=MOST_CHARACTERS, description="The template; null: ours.", examples=[None])
    ]
    by: Annotated[By, Field(description="Who decides this.", examples=["anne"])]
    reason_code: Annotated[Code, Field(description="Why, as a short code.", examples=["own-voice"])]


class WordsTried(_Which):
    """Words to look at, without putting them; null: as it is said now."""

    model_config = ConfigDict(str_strip_whitespace=False)
    text: Annotated[
        str | None, Field(max_length=MOST_CHARACTERS, description="The template; null: as now.", examples=[None])
    ] = None


class WordsVersion(BaseModel):
    """One version of your own words."""

    template: str = Field(description="In whose place they stand.", examples=["nb/reminder.kind.txt.j2"])
    version: int = Field(description="Counted from 1; the latest is what is said.", examples=[2])
    text: str | None = Field(description="The words; null: ours again.", examples=[_TEXT])
    by: str = Field(description="Who decided it.", examples=["anne"])
    reason_code: str = Field(description="Why.", examples=["own-voice"])
    since: datetime = Field(description="When.", examples=["2026-11-23T08:00:00Z"])


class WordsVersions(BaseModel):
    """Every version, by template, the oldest first."""

    versions: list[WordsVersion] = Field(description="What has none here is said in our words.")


class WordsPut(BaseModel):
    """What is said from now on."""

    template: str = Field(description="In whose place they stand.", examples=["nb/reminder.kind.txt.j2"])
    version: int = Field(description="Stands with every message that is sent in these words.", examples=[2])


class WordsPreview(BaseModel):
    """A message as a debtor would get it, about an invoice that nobody has."""

    subject: str = Field(description="Of the email.", examples=["Acme Kraft: 802,00 kr, purring"])
    text: str = Field(description="The email as plain text.", examples=["Hei, Kari Nordmann …"])
    html: str = Field(description="The email.", examples=["<!doctype html>…"])
    sms: str | None = Field(description="The SMS; null where none goes.", examples=["Acme Kraft: 802,00 kr …"])


@router.get("/v1/words", response_model=WordsVersions, responses=documented(401))
async def list_own_words(creditor: CreditorAsking, services: Here) -> Response:
    """Your own words in the place of ours, every version."""
    async with services.database.transaction() as connection:
        found = await own_words.history(connection, creditor)
    answer = WordsVersions(versions=[WordsVersion.model_validate(each, from_attributes=True) for each in found])
    return json_response(answer.model_dump(mode="json"))


@router.post("/v1/words", response_model=WordsPut, responses=documented(401, 422))
async def put_own_words(given: WordsGiven, asked: Asked) -> Response:
    """Say it in words of your own. They are held to what ours are held to: 422 with everything that is wrong."""
    _check(given, given.text)

    async def work(connection: AsyncConnection, now: datetime) -> Answer:
        version = await own_words.put(
            connection, asked.creditor, given.template, given.text, given.by, given.reason_code, now
        )
        return Answer(200, WordsPut(template=given.template, version=version))

    return await asked.once(work)


@router.post("/v1/words/preview", response_model=WordsPreview, responses=documented(401, 422))
async def preview_own_words(given: WordsTried, asked: Asked) -> Response:
    """Look at words before they are put, or at what is said now. No words are kept and nothing is sent."""
    _check(given, given.text)
    kind = SPECS[given.message]
    instead = {given.template: Own(0, given.text)} if given.text is not None else {}

    async def work(connection: AsyncConnection, _now: datetime) -> Answer:
        content = await sample_of(connection, asked.creditor, kind, given.tone, given.language, instead)
        email = render.email(content)
        sms = None if kind.legal_form else render.sms(content).text
        return Answer(200, WordsPreview(subject=email.subject, text=email.text, html=email.html, sms=sms))

    return await asked.once(work)


def _check(given: _Which, text: str | None) -> None:
    if text is None:
        return
    if found := faults_of_own(SPECS[given.message], given.tone, given.language, given.form, text):
        problems = [FieldProblem(field="text", problem=fault) for fault in found]
        raise Problem(422, "invalid", f"these words cannot be said: {found[0]}", errors=problems)
