"""Ids in the API: one type for each kind of thing, sealed on the way out, and named in paths by it or by an old number."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any

from fastapi import Depends, Path, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, PlainSerializer, SerializationInfo

from connectors.ids import BadId, CreditorIds, Kind, plain_number
from domain.planner.occasions import step_name
from facts.parties import id_keys
from web.security import creditor_asking
from web.services import Here, Services

LONGEST = 60  # characters of what is written in an id's place
NOBODYS = 0  # the number that nothing has
_SHAPE = re.compile(r"[a-z]{3}_[a-z2-7]{32}", re.IGNORECASE | re.ASCII)
EXAMPLES = {
    Kind.PAYMENT: "pay_k3v5x2mq7dhzt4wn6jy2rbacfe3o5gsl",
    Kind.REFUND: "rfd_m6q2c4zx7ahtnw3y5kdjv2rbofe4gslp",
    Kind.REPLY: "rep_w4z7n2ykq5mhxt3d6jcarv2bfe5ogslu",
    Kind.TASK: "tsk_h2n6d4xw7qztk5m3yjcarv2bfe4ogsli",
    Kind.HAND_OFF: "hof_t5k3m7zq2xwhn4d6yjcarv3bfe2ogslo",
    Kind.PARTNER_MESSAGE: "hom_x7w2z5tkq4mhn6d3yjcarv5bfe2ogsla",
    Kind.PROMISE: "prm_q3m6x2wz7tkhn5d4yjcarv6bfe3ogsle",
    Kind.ANNOUNCEMENT: "ntc_n5w2k6zq3mthx4d7yjcarv2bfe5ogsli",
    Kind.PLAN: "pln_d4y6n3hk7mqxz2w5tjcarv4bfe6ogsly",
}


def _sealed(kind: Kind) -> PlainSerializer:
    def sealed(number: int, info: SerializationInfo) -> str:
        if not isinstance(info.context, CreditorIds):
            raise TypeError("an id is told to its creditor alone: write the answer with `written`")
        return info.context.sealed(kind, number)

    return PlainSerializer(sealed, return_type=str)


PaymentId = Annotated[int, _sealed(Kind.PAYMENT)]
RefundId = Annotated[int, _sealed(Kind.REFUND)]
ReplyId = Annotated[int, _sealed(Kind.REPLY)]
TaskId = Annotated[int, _sealed(Kind.TASK)]
HandOffId = Annotated[int, _sealed(Kind.HAND_OFF)]
PartnerMessageId = Annotated[int, _sealed(Kind.PARTNER_MESSAGE)]
PromiseId = Annotated[int, _sealed(Kind.PROMISE)]
NoticeId = Annotated[int, _sealed(Kind.ANNOUNCEMENT)]
PlanId = Annotated[int, _sealed(Kind.PLAN)]
StepName = Annotated[str, PlainSerializer(step_name)]


def _told(said: dict[str, Any], info: SerializationInfo) -> dict[str, Any]:
    if not isinstance(info.context, CreditorIds):
        raise TypeError("what happened is told to its creditor alone: write the answer with `written`")
    return info.context.told(said)


Told = Annotated[dict[str, Any], PlainSerializer(_told)]
"""What happened, with the ids of what it is about."""


def _event(payload: dict[str, Any], info: SerializationInfo) -> dict[str, Any]:
    return payload | {"data": _told(payload["data"], info)} if "data" in payload else payload


Event = Annotated[dict[str, Any], PlainSerializer(_event)]
"""An event as it is posted."""


def written(answer: BaseModel, ids: CreditorIds) -> Any:
    """An answer in JSON as this creditor reads it."""
    return answer.model_dump(mode="json", context=ids)


async def _asking(request: Request, _: Annotated[str, Depends(creditor_asking)]) -> CreditorIds:
    return ids_of(request)


def ids_of(request: Request) -> CreditorIds:
    """The ids of the creditor whose key a request carries, its agency's too."""
    ids: CreditorIds = request.state.ids
    return ids


IdsAsking = Annotated[CreditorIds, Depends(_asking)]


def named(kind: Kind, called: str, what: str, who: Callable[..., Any] = creditor_asking) -> Any:
    """The number of what a part of the path names, by its id or by a number that was told before ids were sealed.

    `who` may ask. What names nothing of theirs is nobody's number, which the facts refuse as they refuse any that is not
    there; what can be no id at all is 404 here. Problems name it as it was written.
    """

    async def number(
        request: Request,
        services: Here,
        _: Annotated[Any, Depends(who)],
        given: Annotated[str, Path(alias=called, max_length=LONGEST, description=what, examples=[EXAMPLES[kind]])],
    ) -> int:
        ids = ids_of(request)
        if plain_number(given) is None and _SHAPE.fullmatch(given) is None:
            raise RequestValidationError([{"type": "id", "loc": ("path", called), "msg": f"is no id: {kind}_…"}])
        read = await read_id(services, ids, kind, given) or NOBODYS
        hint = f" (name it by its id, {kind}_…)" if read == NOBODYS and plain_number(given) else ""
        request.state.in_their_words = lambda said: in_their_words(said, ids, kind, read, given) + hint
        return read

    return Depends(number)


async def read_id(services: Services, ids: CreditorIds, kind: Kind, given: str) -> int | None:
    """The number of what was named by its id, or by a number that was told before ids were sealed; None for all else."""
    number = plain_number(given)
    if number is None:
        with suppress(BadId):
            return ids.opened(kind, given)
        return None
    async with services.database.transaction() as connection:
        return number if number <= await id_keys.told_plainly(connection, kind) else None


def in_their_words(said: str, ids: CreditorIds, kind: Kind, number: int, given: str) -> str:
    """A sentence about things of a kind as its creditor is told: the one that was named as it was written."""
    return ids.in_words(kind, said).replace(ids.sealed(kind, number), given)
