"""Status files of a distribution house in their folder: taken whole or refused, and put away beside what became of them."""

from pathlib import Path
from uuid import UUID

import orjson

from activities.house_folder import HouseFolder
from channels.print_batches import LetterMeta, PrintBatches
from connectors.drop_folder import DropFolder
from domain.vocabulary import Channel
from tests.store import NOW, Store

HEAD = "creditor,letter,status,at\n"
POSTED = NOW.date()


async def test_a_file_is_taken_or_refused_and_the_house_has_its_batch(
    store: Store, tmp_path: Path, a_while_later: None
) -> None:
    batches, place = PrintBatches(tmp_path / "print"), tmp_path / "house"
    letter = await store.claim(await store.invoice(), channel=Channel.LETTER)
    await store.accept(letter)
    await store.do("""update delivery set batch = 'b-h1', document = '{"ways": ["paper"], "needs_paper": false}'""")
    meta = LetterMeta(creditor="acme", country="NO", pages=1, ways=("paper",), customer_number="K-1")
    batches.add(batch="b-h1", delivery_id=str(letter), pdf=b"%PDF", meta=meta)
    DropFolder(place)
    (place / "good.csv").write_text(f"{HEAD}acme,{letter},posted,{POSTED}\n")
    (place / "stranger.csv").write_text(f"{HEAD}acme,{UUID(int=7)},posted,{POSTED}\n")
    assert await HouseFolder(store.database, batches, place).look() == 2
    told = {
        name: orjson.loads((place / f"{name}.report.json").read_bytes())
        for name in ("done/good.csv", "refused/stranger.csv")
    }
    assert told["done/good.csv"] == {"file": "good.csv", "reason": None, "new": 1, "known": 0, "contradictory": 0}
    assert told["refused/stranger.csv"]["reason"] == f"line 2: acme has no letter {UUID(int=7)}"
    assert not batches.withdraw(str(letter))
    assert await store.one("select posted_on from delivery") == POSTED
