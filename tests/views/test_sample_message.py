"""A sample speaks for the creditor, in the words that it speaks in now."""

from domain.policy.policy import Tone
from facts.deliveries.own_words import put
from messages import render
from messages.specs import SPECS
from tests.store import NOW, Store
from views.sample_message import sample_of

NAME = "nb/reminder.kind.txt.j2"
OURS = (SPECS["reminder"].folder / NAME).read_text("utf-8")


async def test_a_sample_has_the_creditors_name_and_words_and_a_neighbours_has_not(store: Store) -> None:
    async with store.database.transaction() as connection:
        await put(connection, "acme", NAME, OURS.replace("Takk!", "Ha en fin dag!"), "anne", "voice", NOW)
        mine, theirs = [
            render.email(await sample_of(connection, creditor, SPECS["reminder"], Tone.KIND, "nb")).text
            for creditor in ("acme", "beta")
        ]
    assert ("Ha en fin dag!" in mine, "Ha en fin dag!" in theirs) == (True, False)
    assert "Beta Nett AS" in theirs
