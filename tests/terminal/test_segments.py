"""`segments`: those found are listed, shown, renamed, merged, parted, switched off and on; what cannot be is one sentence."""

import asyncio

from commands.prediction.segments import take_debtors, take_segments
from domain.learned.behaviour import Behaviour, Pattern
from domain.learned.segments import STARTS, Segment
from facts.database import Database
from facts.prediction.segments import FoundDebtor
from tests.begin import BEGIN
from tests.terminal.office import Office

PAYDAY = Behaviour(Pattern.PAYDAY, 6, 7, number=25)


def found(office: Office) -> None:
    """The room of learning finds two segments, and the one debtor in the first."""

    ((debtor,),) = office.rows(f"select id from debtor where creditor_id = '{office.creditor}'")

    async def keeping() -> None:
        database = Database(office.url, pool_size=1)
        async with database.transaction() as connection:
            both = [Segment(key, STARTS[key], 1) for key in ("habit", "forgets")]
            await take_segments(connection, office.creditor, both, BEGIN)
            page = [FoundDebtor(debtor, "habit", STARTS["habit"], [PAYDAY])]
            await take_debtors(connection, office.creditor, page, "v1", BEGIN)
        await database.close()

    asyncio.run(keeping())


def test_segments_are_listed_shown_renamed_merged_parted_and_switched_off(office: Office) -> None:
    creditor = office.creditor
    assert "no segments were found" in office.typed("segments", "list", creditor).out
    office.invoices("w1")
    found(office)
    listed = office.typed("segments", "list", creditor, "--json").json["segments"]
    assert [(row["key"], row["name"], row["debtors"]) for row in listed] == [
        ("forgets", "forgets, pays after a message", 0),
        ("habit", "pays late by habit, able", 1),
        ("new", "new", 0),
    ]
    shown = office.typed("segments", "show", creditor, "habit")
    assert "pays late by habit, able (habit): debtors 1, open cases 1" in shown.out
    assert "seems able to pay 90%" in shown.out
    assert "too little is known" in office.typed("segments", "show", creditor, "new").out
    behaves = office.typed("debtor", "behaviour", creditor, "K-w1")
    assert "in the segment pays late by habit, able (habit)" in behaves.out
    assert "pays around day 25 of the month (6 of 7)" in behaves.out
    assert office.typed("debtor", "behaviour", creditor, "K-w1", "--json").json["patterns"] == ["payday:25"]
    renamed = office.typed("segments", "rename", creditor, "habit", "Slow but sure", "--by", "kim")
    assert renamed.out == "habit is called Slow but sure\n"
    assert "once called pays late by habit, able" in office.typed("segments", "show", creditor, "habit").out
    would = office.typed("segments", "merge", creditor, "habit", "forgets", "--by", "kim", "--dry-run")
    assert would.out.startswith("would follow: who is found in habit goes to forgets; debtors now: 1, open cases: 1")
    assert office.typed("segments", "list", creditor, "--json").json["segments"][1]["debtors"] == 1
    assert office.typed("segments", "merge", creditor, "habit", "forgets", "--by", "kim", "--json").json["done"] is True
    assert office.typed("segments", "list", creditor, "--json").json["segments"][0]["debtors"] == 1
    assert office.typed("segments", "part", creditor, "habit", "--by", "kim").code == 0
    off = office.typed("segments", "off", creditor, "habit", "--by", "kim", "--json").json
    assert (off["into"], off["debtors"]) == (None, 1)
    assert office.typed("segments", "on", creditor, "habit", "--by", "kim").code == 0
    for typed, said in (
        (("show", creditor, "gone"), "has no segment 'gone'"),
        (("part", creditor, "habit"), "is not merged"),
        (("on", creditor, "habit"), "switched on already"),
        (("rename", creditor, "habit", "new"), "another segment is called 'new'"),
        (("rename", creditor, "forgets", "Pays late by habit, able"), "segment 'habit' was called"),
        (("list", "nobody"), "nobody"),
    ):
        refused = office.typed("segments", *typed)
        assert (refused.code, said in refused.err) == (1, True), refused
