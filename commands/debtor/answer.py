"""A person answers what a debtor wrote: it stands on the page, and goes by the way that the debtor's own words came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.debtor.replies import done
from domain.invoices.incoming import LongText
from domain.parties.mailed_files import MailedFile
from domain.vocabulary import Channel
from facts import diary
from facts.deliveries import answers, reply_files
from facts.deliveries.answers import NewAnswer
from facts.outbox import tell
from facts.refusals import Conflict, Refused, Unknown
from workflows.contracts import Code

READ = "answered"  # what comes of a reply by that

# The case that the words are about, else one of the debtor's that goes on, else the latest. Of a message on the page the
# way is that of the message whose link was used.
FIND = text("""
select r.creditor_id, r.debtor_id, r.automatic, case when r.channel = 'page' then l.channel else r.channel end as channel,
  (select c.id from dunning_case c where c.debtor_id = r.debtor_id
     order by c.id = r.case_id desc nulls last, c.state = 'open' desc, c.id desc limit 1) as case_id
from reply r left join delivery l on l.id = r.delivery_id
where r.id = :reply and (cast(:creditor as text) is null or r.creditor_id = :creditor)
""")
GOES_ON = text("select state = 'open' from dunning_case where id = :case")
WAYS = (Channel.EMAIL, Channel.SMS, Channel.DIRECT_MESSAGE, Channel.LETTER)


class Answer(BaseModel):
    """What a person answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    by: Annotated[Code, Field(description="Who answers.", examples=["anne"])]
    text: Annotated[
        LongText,
        Field(description="What is answered, word for word.", examples=["The meter was read again: it is 4,211 kWh."]),
    ]


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that is kept; `channel` is the way that is tried first. None: it stands on the page alone."""

    id: int
    channel: str | None


async def answer_reply(
    connection: AsyncConnection,
    creditor: str | None,
    reply: int,
    given: Answer,
    now: datetime,
    files: Sequence[MailedFile] = (),
) -> Answered:
    """Answer a reply, which is read by that: what it held goes on. `files` stand beside the answer on the page.

    Where no case goes on nothing is sent any more, and the answer is on the page for whoever comes back to it. Raises
    Unknown, Refused where nobody is known who could be answered, Conflict where the same was answered before.
    """
    found = (await connection.execute(FIND, {"reply": reply, "creditor": creditor})).one_or_none()
    if found is None:
        raise Unknown(f"no reply {reply}: `replies list` names them")
    if found.debtor_id is None or found.case_id is None:
        raise Refused("nobody knows yet which debtor wrote it: tell with `replies about`, then answer")
    if found.automatic is not None:
        raise Refused(f"no person wrote it ({found.automatic}): there is nobody to answer")
    await done(connection, creditor, reply, given.by, READ, now)  # locks the cases
    if await answers.was_given(connection, reply, given.text):
        raise Conflict(f"reply {reply} was answered with these words already: nothing is sent twice")
    channel = found.channel if found.channel in WAYS else Channel.EMAIL
    new = NewAnswer(reply, found.creditor_id, found.debtor_id, found.case_id, channel, given.text, given.by)
    kept = await answers.keep(connection, new, now)
    await reply_files.keep(connection, reply, files, now, kept)
    await diary.write(connection, READ, given.by, [(found.case_id, {"reply": reply, "answer": kept})], now)
    await tell(connection, [found.case_id], "debtor_replied", now)
    goes_on = (await connection.execute(GOES_ON, {"case": found.case_id})).scalar_one()
    return Answered(kept, channel if goes_on else None)
