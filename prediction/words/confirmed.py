"""What people at the desk have confirmed, as examples: nothing that was erased, or of whoever has objected to guesses."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.parties.message_classes import MessageClass
from prediction.words.model import Example
from prediction.words.sorting import own_words

LONGEST = 1000  # characters of an example: who writes more says more than was confirmed
CONFIRMED = text("""
select r.text, d.language, array_agg(v.kind order by v.kind) as kinds from reply_verdict v
join reply r on r.id = v.reply_id and r.text <> '' join debtor d on d.id = r.debtor_id
where v.verdict in ('confirmed', 'changed') and length(r.text) <= :longest
  and not exists (select from reply_verdict w where w.reply_id = r.id and w.verdict = 'rejected')
  and not exists (select from life_event e where e.debtor_id = d.id and e.kind = 'no profiling')
group by r.id, r.text, d.language order by r.id
""")


async def confirmed_examples(connection: AsyncConnection) -> list[Example]:
    """Messages with the classes that a person confirmed. One of which anything was rejected teaches nothing."""
    rows = (await connection.execute(CONFIRMED, {"longest": LONGEST})).all()
    return [
        Example(row.language, said, frozenset(map(MessageClass, row.kinds)))
        for row in rows
        if (said := own_words(row.text))
    ]
