"""`models`: what was learned is listed, shown, used, taken back and retired; what cannot be is one sentence."""

import asyncio

from commands.prediction.choice import take_trained
from facts.database import Database
from facts.prediction.versions import Trained, in_use
from prediction.words.code import code
from tests.begin import BEGIN
from tests.terminal.office import Office


def learned(office: Office, *versions: Trained) -> None:
    """The room of learning keeps versions."""

    async def keeping() -> None:
        database = Database(office.url, pool_size=1)
        async with database.transaction() as connection:
            for each in versions:
                await take_trained(connection, each, await in_use(connection, each.name), BEGIN)
        await database.close()

    asyncio.run(keeping())


def test_versions_are_listed_shown_used_taken_back_and_retired(office: Office) -> None:
    empty = office.typed("models", "list")
    assert "nothing was learned here yet" in empty.out
    assert "words: what is built in; nothing else was ever chosen" in empty.err
    assert office.typed("models", "back", "words", "--by", "kim").code == 1
    good = Trained("words", "d1", "c1", {"stops_found": 0.991}, b"")
    learned(office, good, Trained("words", "d2", "c1", {"stops_found": 0.9}, b"", why="finds fewer stops: 0.9"))
    listed = office.typed("models", "list", "--json").json
    rows = [(row["version"], row["passed"], row["in_use"], row["why_not"]) for row in listed["versions"]]
    assert rows == [(1, True, True, ""), (2, False, False, "finds fewer stops: 0.9")]
    assert listed["in_use"] == {
        "words": "version 1; learned, by purr; it was learned by other code, so what is built in sorts until the next night",
        "payment": "nothing learned; nothing else was ever chosen",
        "contacts": "nothing learned; nothing else was ever chosen",
    }
    assert office.typed("models", "show", "words", "1", "--json").json["figures"] == {"stops_found": 0.991}
    assert "0.991" in office.typed("models", "show", "words", "1").out
    assert "| stops found | 0.991 |" in office.typed("models", "card", "words").out
    assert (
        office.typed("models", "card", "words", "2", "--json")
        .json["card"]
        .startswith("# Model card: words, version 2\n")
    )
    assert office.typed("models", "card", "payment").code == 1
    learned(office, Trained("words", "d3", code(), {}, b""))
    assert office.typed("models", "list", "--json").json["in_use"]["words"] == "version 3; learned, by purr"
    assert office.typed("models", "back", "words", "--by", "kim").code == 0
    back = office.typed("models", "back", "words", "--by", "kim", "--reason", "worse")
    assert back.out == "in use of words: what is built in; worse, by kim\n"
    assert office.typed("models", "use", "words", "1", "--by", "kim", "--json").json["version"] == 1
    retired = office.typed("models", "retire", "words", "--by", "kim", "--json").json
    assert retired == {"name": "words", "version": 0, "retired": True}
    for typed, said in (
        (("use", "words", "2"), "did not pass its gate and is not used: finds fewer stops"),
        (("use", "words", "9"), "words has no version 9"),
        (("use", "payment", "1"), "payment has no version 1"),
        (("retire", "words"), "already"),
        (("show", "words", "0"), "what is built in"),
    ):
        refused = office.typed("models", *typed)
        assert (refused.code, said in refused.err) == (1, True), refused
    assert office.typed("models", "use", "weather", "1").code == 2
    assert office.typed("models", "use", "words", "1", "--by", "purr").code == 2
