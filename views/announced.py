"""What many are told, as whoever sends it looks at it: how many get it by what, who does not and why, and how it reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from domain.announcements import NoticeWords, told
from domain.languages import Language, for_everybody
from domain.money.amount import ZERO
from domain.policy.policy import Tone
from domain.vocabulary import ANNOUNCEMENT, Channel
from facts import announcements
from facts.announcements import Kept
from messages import render
from messages.content import Content
from messages.specs import SPECS
from views.filters import OF_CASES, NotUnderstood, filter_of
from views.forecast import message_costs
from views.names import misnamed
from views.sample_message import sample_of

SAMPLE: Final = 5
MOST: Final = 50
LINK: Final = "/i/" + "x" * 44  # as long as they are: the own page of each


@dataclass(frozen=True, slots=True)
class AsRead:
    """What one of them gets."""

    name: str
    channel: str
    number: str
    subject: str
    text: str
    debtor: int
    case: int


@dataclass(frozen=True, slots=True)
class Announced:
    """How far it has come, in people; `cost` is at most so much, None where nobody said what messages cost."""

    kept: Kept
    by_channel: Mapping[str, int]
    left_out: Mapping[str, int]
    told: int
    sent: Mapping[str, int]
    sample: Sequence[AsRead]
    cost: Decimal | None

    @property
    def gets(self) -> int:
        """How many get it, or have."""
        return sum(self.by_channel.values())


async def check_meant(connection: AsyncConnection, creditor: str, written: str) -> None:
    """Whether a filter describes cases of this creditor. Raises NotUnderstood, with what there is instead."""
    wanted = filter_of(written, OF_CASES)
    if why := await misnamed(connection, wanted, creditor, numbers=True):
        raise NotUnderstood(why)


async def read(connection: AsyncConnection, kept: Kept, public_url: str) -> Announced:
    """An announcement as it stands."""
    counted = await announcements.counts(connection, kept.id)
    by_channel, left_out, of_told = dict[str, int](), dict[str, int](), 0
    for channel, why, was_told, how_many in counted:
        into, name = (left_out, why) if why else (by_channel, str(channel))
        into[name] = into.get(name, 0) + how_many
        of_told += how_many if was_told else 0
    written: dict[str, Content] = {
        language: await _written(connection, kept, cast(Language, language), public_url) for language in kept.words
    }
    sample = [
        _as_read(replace(for_everybody(each.language, written), debtor_name=each.name, recipient_name=each.name), each)
        for each in await announcements.sample(connection, kept.id, SAMPLE)
    ]
    costs = (await message_costs(connection)).get(kept.creditor, {})
    segments = max(render.sms(each).segments for each in written.values())
    times = {Channel.SMS: segments}
    known = by_channel and all(channel in costs for channel in by_channel)
    cost = sum((costs[each] * many * times.get(Channel(each), 1) for each, many in by_channel.items()), ZERO)
    sent = await announcements.sent(connection, kept.id) if kept.sent_at else {}
    return Announced(kept, by_channel, left_out, of_told, sent, sample, cost if known else None)


async def _written(connection: AsyncConnection, kept: Kept, language: Language, public_url: str) -> Content:
    """It in a language, to nobody yet."""
    content = await sample_of(connection, kept.creditor, SPECS[ANNOUNCEMENT], Tone.NEUTRAL, language)
    said = told(NoticeWords.model_validate(kept.words[language]))
    return replace(content, announcement=said, link=f"{public_url}{LINK}")


def _as_read(content: Content, of: announcements.Receiver) -> AsRead:
    if of.channel == Channel.SMS:
        return AsRead(of.name, of.channel, of.number, "", render.sms(content).text, of.debtor, of.case)
    mail = render.email(content)
    return AsRead(of.name, of.channel, of.number, mail.subject, mail.text, of.debtor, of.case)
