"""A collection partner over its API: what is posted, signed, to its one address, and what of its answers counts.

docs/partner.md is the contract.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal, TypeVar
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from standardwebhooks import Webhook

from connectors.collection_partner.answers import Answer
from connectors.collection_partner.files import Creditor, HandedOff, Message
from connectors.webhooks.post import Attempt, WebhookPost

NOT_AS_AGREED: Final = "answered something else than what is agreed"
MOST_ANSWERS: Final = 100  # in one answer to `answers`


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class CaseSent(_Part):
    """A case that is handed off; or, as a `dry_run`, one that would be: it is looked at, and nothing is kept."""

    type: Literal["hand_off", "dry_run"]
    schema_version: Literal["purr-hand-off/2"] = "purr-hand-off/2"
    creditor: Creditor
    collection_partner: str
    hand_off: HandedOff


class MessageSent(_Part):
    """News of a case that was handed off."""

    type: Literal["message"] = "message"
    creditor: str
    message: Message


class AnswersWanted(_Part):
    """What has been answered since `after`, which is the `next` of the last time; null the first time."""

    type: Literal["answers"] = "answers"
    creditor: str
    after: str | None


class CaseTaken(_Part):
    """The partner has the case, and may have decided about it."""

    hand_off: str
    answer: Answer | None = None


class MessageTaken(_Part):
    """The partner has read the message."""

    message: str


class Looked(_Part):
    """What came of a dry run."""

    valid: bool
    problems: Annotated[tuple[Annotated[str, Field(max_length=500)], ...], Field(max_length=20)] = ()


class AnswersTold(_Part):
    """Answers, the oldest first, and where to go on; `more` where there are others already.

    They are read one by one: what is no answer keeps no other from being heard.
    """

    answers: Annotated[tuple[object, ...], Field(max_length=MOST_ANSWERS)]
    next: Annotated[str, Field(max_length=200)] | None
    more: bool = False


Told = TypeVar("Told", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Partner:
    """One creditor's partner: where it is reached, and the secrets shared with it, of which the first signs."""

    creditor: str
    url: str
    secrets: Sequence[SecretStr]


class PartnerApi:
    """Posts to partners. Whoever gives the post closes it."""

    def __init__(self, post: WebhookPost) -> None:
        self._post = post

    async def send(self, partner: Partner, id: str, body: bytes) -> tuple[CaseTaken | MessageTaken | None, Attempt]:
        """Post a case or a message, whose id is the key by which a repetition is known; what was taken, or None.

        It is taken where the partner names it in a good answer: anything else may be a stranger in its place.
        """
        attempt, answered = await self._ask(partner, id, body)
        if attempt.error is not None:
            return None, attempt
        return _named(CaseTaken, answered, lambda told: told.hand_off == id) or _named(
            MessageTaken, answered, lambda told: told.message == id
        ), attempt

    async def dry_run(self, partner: Partner, case: CaseSent) -> tuple[Looked | None, Attempt]:
        """Ask whether the partner would take a case; None where it does not say."""
        attempt, answered = await self._ask(partner, f"dry_{uuid4().hex}", case.model_dump_json().encode())
        return (None if attempt.error else _named(Looked, answered, lambda _: True)), attempt

    async def answers(self, partner: Partner, after: str | None) -> tuple[AnswersTold | None, Attempt]:
        """Ask for what was answered since; None where the partner does not say."""
        wanted = AnswersWanted(creditor=partner.creditor, after=after)
        attempt, answered = await self._ask(partner, f"ask_{uuid4().hex}", wanted.model_dump_json().encode())
        return (None if attempt.error else _named(AnswersTold, answered, lambda _: True)), attempt

    async def _ask(self, partner: Partner, id: str, body: bytes) -> tuple[Attempt, bytes]:
        now = datetime.now(UTC)  # wall time: receivers refuse what is more than five minutes from theirs
        return await self._post.ask(partner.url, signed(partner.secrets[0], id, now, body), body)


def signed(secret: SecretStr, id: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """The headers of Standard Webhooks over a body."""
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret.get_secret_value()).sign(id, at, body.decode()),
    }


def pause_after(attempts: int, asked: timedelta | None) -> timedelta:
    """How long to wait after so many attempts in vain: what was asked for (Retry-After), else a growing pause."""
    return max(asked or timedelta(), min(timedelta(hours=6), timedelta(minutes=2 ** min(attempts, 9))))


def _named(kind: type[Told], answered: bytes, right: Callable[[Told], bool]) -> Told | None:
    try:
        told = kind.model_validate_json(answered)
    except ValidationError:
        return None
    return told if right(told) else None
