"""A message as a creditor's debtors would get it, about an invoice that nobody has: to look at its words."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.languages import Language
from domain.policy.policy import Tone
from facts import looks
from facts.deliveries import own_words
from messages import lint
from messages.content import Content
from messages.own_words import Own
from messages.specs import MessageSpec

CREDITOR = text(
    "select id, name, phone, email, website, address, collection_partner from creditor where id = :creditor"
)


async def sample_of(
    connection: AsyncConnection,
    creditor: str,
    kind: MessageSpec,
    tone: Tone,
    language: Language,
    instead: Mapping[str, Own] | None = None,
) -> Content:
    """The message in the words that the creditor speaks in now, with those `instead` of them, by template."""
    of = (await connection.execute(CREDITOR, {"creditor": creditor})).one()
    own = {template: Own(*words) for template, words in (await own_words.in_use(connection, creditor)).items()}
    sample = lint.sample(kind, tone, language)
    return replace(
        sample,
        creditor_id=of.id,
        creditor_name=of.name,
        creditor_phone=of.phone,
        creditor_email=of.email,
        creditor_website=of.website,
        creditor_address=tuple(of.address),
        collection_partner=of.collection_partner or sample.collection_partner,
        own_words=own | dict(instead or {}),
        look=await looks.read(connection, creditor),
    )
