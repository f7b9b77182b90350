"""The collection partners that have an API: hand-offs and news are posted to them until they have them, and answers fetched."""

from collections.abc import Mapping, Sequence

import structlog
from pydantic import SecretStr, TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.jobs.each import for_each
from activities.jobs.hand_offs import handed_off, message, still_to_hand_off
from commands.collection.told import take_told
from connectors.collection_partner.answers import Answer
from connectors.collection_partner.api import (
    NOT_AS_AGREED,
    CaseSent,
    CaseTaken,
    MessageSent,
    Partner,
    PartnerApi,
    pause_after,
)
from connectors.collection_partner.files import Creditor
from connectors.ids import CreditorIds, Kind
from connectors.webhooks.post import WebhookPost
from domain.moment import moment_in
from facts import clock
from facts.collection import hand_offs, requests
from facts.collection.requests import Request, WithApi
from facts.database import Database
from facts.refusals import Refused
from planning.service import Planning

log = structlog.get_logger()

ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)
MOST_PAGES = 100  # of answers that are read from one partner in a run


class PartnerNotUnderstood(Exception):
    """A partner says what nobody can read: nothing of it is passed over."""


class Partners:
    """What passes between us and the partners of all creditors. It takes no argument and may run at any time, twice too."""

    def __init__(
        self, database: Database, planning: Planning, post: WebhookPost, secrets: Mapping[str, Sequence[SecretStr]]
    ) -> None:
        self._database = database
        self._planning = planning
        self._api = PartnerApi(post)
        self._secrets = secrets

    @activity.defn
    async def meet_partners(self) -> int:
        """Hand off what is approved, tell what is new, hear what was answered; gives how many hand-offs were taken.

        What a partner did not take is posted again, word for word, in a later run; a partner that is away is asked once.
        """
        async with self._database.transaction() as connection:
            creditors = await requests.with_api(connection)
        return await for_each(creditors, self._meet, lambda each: each.creditor, "partner_not_met")

    async def _meet(self, creditor: WithApi) -> int:
        secrets = self._secrets.get(creditor.creditor, ())
        if not secrets:
            raise LookupError(f"creditor {creditor.creditor} has no secret shared with its collection partner")
        partner, ids = (
            Partner(creditor.creditor, creditor.url, secrets),
            CreditorIds(creditor.creditor, creditor.id_key),
        )
        await self._prepare(creditor, ids)
        taken = await self._send(partner, ids)
        await self._hear(partner, creditor.cursor)
        return taken

    async def _prepare(self, creditor: WithApi, ids: CreditorIds) -> None:
        """What leaves is claimed, in the words in which it is posted however often: then it can no longer be lost or doubled."""
        async with self._database.transaction() as connection:
            now = await clock.now(connection, creditor.creditor)
            leaving = await still_to_hand_off(connection, self._planning, creditor.creditor, now)
            together = f"api/{moment_in(creditor.country, now).day}"
            await hand_offs.export(connection, leaving, together, now)
            for hand_off in leaving:
                history = handed_off(await hand_offs.history(connection, hand_off, now), ids)
                case = CaseSent(
                    type="hand_off",
                    creditor=_told(creditor),
                    collection_partner=creditor.partner or "",
                    hand_off=history,
                )
                await requests.add(connection, hand_off, None, case.model_dump_json().encode(), now)
            for news in await hand_offs.take_messages(connection, creditor.creditor, None, now):
                sent = MessageSent(creditor=creditor.creditor, message=message(news, ids))
                await requests.add(connection, news["hand_off"], news["id"], sent.model_dump_json().encode(), now)

    async def _send(self, partner: Partner, ids: CreditorIds) -> int:
        """Post what is due, one after the other, until nothing is or the partner is away; gives how many cases were taken."""
        taken = 0
        while True:
            async with self._database.transaction() as connection:
                request = await requests.due(connection, partner.creditor)
            if request is None:
                return taken
            kind, number = (
                (Kind.PARTNER_MESSAGE, request.message) if request.message else (Kind.HAND_OFF, request.hand_off)
            )
            id = ids.sealed(kind, number)
            told, attempt = await self._api.send(partner, id, request.body)
            if told is not None:
                await self._taken(partner, request, told)
                taken += request.message is None
                continue
            error = attempt.error or NOT_AS_AGREED
            log.warning(
                "partner_took_nothing", creditor=partner.creditor, hand_off=id, error=error, failures=request.attempts
            )
            async with self._database.transaction() as connection:
                await requests.failed(connection, request.id, error, pause_after(request.attempts, attempt.retry_after))
            if attempt.status is None or attempt.status == 429 or attempt.status >= 500:
                return taken

    async def _taken(self, partner: Partner, request: Request, told: object) -> None:
        async with self._database.transaction() as connection:
            if isinstance(told, CaseTaken) and told.answer is not None:
                await self._take(connection, partner, told.answer)
            await requests.taken(connection, request.id, await clock.now(connection, partner.creditor))

    async def _hear(self, partner: Partner, after: str | None) -> None:
        """Read the answers since the last time. What cannot be read is asked for again, and nothing after it is forgotten."""
        for _ in range(MOST_PAGES):
            told, attempt = await self._api.answers(partner, after)
            if told is None:
                error = attempt.error or NOT_AS_AGREED
                log.warning("partner_not_heard", creditor=partner.creditor, error=error)
                return
            unread = 0
            for each in told.answers:
                try:
                    answer = ANSWER.validate_python(each)
                except ValidationError as wrong:
                    unread += 1
                    fields = sorted({".".join(map(str, error["loc"])) for error in wrong.errors()})
                    log.error("partner_answer_unread", creditor=partner.creditor, missing=fields)
                    continue
                async with self._database.transaction() as connection:
                    await self._take(connection, partner, answer)
            if unread:
                raise PartnerNotUnderstood(f"{unread} answers of the partner of {partner.creditor} cannot be read")
            async with self._database.transaction() as connection:
                await requests.read_through(connection, partner.creditor, after, told.next)
            if not told.more or told.next in (None, after):
                return
            after = told.next

    async def _take(self, connection: AsyncConnection, partner: Partner, answer: Answer) -> None:
        """What follows from an answer; one that cannot be is told in the log, and stands in nobody's way."""
        try:
            async with connection.begin_nested():
                if answer.creditor != partner.creditor:
                    raise Refused(f"a partner of {partner.creditor} answers for {answer.creditor}")
                await take_told(connection, answer)
        except Refused as error:
            log.error("partner_answer_refused", creditor=partner.creditor, hand_off=answer.hand_off, reason=str(error))


def _told(creditor: WithApi) -> Creditor:
    return Creditor(id=creditor.creditor, name=creditor.name, organisation_number=creditor.organisation_number)
