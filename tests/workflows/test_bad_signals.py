"""Whatever anybody sends a case, it goes on: what cannot be used is a line in its diary."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowUpdateFailedError
from temporalio.common import RawValue
from temporalio.service import RPCError

from tests.doings import busy
from tests.life import Life, begin
from tests.world import World, eventually
from workflows.contracts import Hold, Order
from workflows.dunning import Dunning

BY = {"by": "kim", "reason_code": "asked"}
MONEY = {"provider": "psp", "payment_id": "P-1", "amount": "802.00", "currency": "NOK"}


def raw(data: bytes, encoding: bytes = b"json/plain") -> RawValue:
    return RawValue(Payload(metadata={"encoding": encoding}, data=data))


async def update(case: Life, name: str, contents: Sequence[Any]) -> None:
    """Order something; it may be refused, and the server may lose the answer where the case begins a fresh run."""
    with suppress(WorkflowUpdateFailedError, RPCError):
        await case.handle.execute_update(name, args=contents, rpc_timeout=timedelta(seconds=60))


async def refusals(case: Life) -> list[tuple[str, str]]:
    """What the diary says was refused, with the reason."""
    query = "select detail from case_event where case_id = :case and kind = 'command_refused' order by id"
    rows = await case.world.rows(query, case=case.case_id)
    return [(row.detail["command"], row.detail["why"]) for row in rows]


async def goes_on(case: Life) -> None:
    """The case still looks, still takes commands, and still ends."""
    await case.quiet()
    following = await case.handle.execute_update(Dunning.hold, Hold(**BY))
    assert following.on_hold
    await case.handle.execute_update(Dunning.release, Order(**BY))
    await case.until("invoice", "email")
    await case.pay()
    assert await case.outcome() == "paid"


BAD: list[tuple[str, list[Any], str]] = [
    ("hold", [], "cannot be read"),
    ("hold", [None], "cannot be read"),
    ("hold", ["garbage"], "cannot be read"),
    ("hold", [b"\x00\xff"], "cannot be read"),
    ("hold", [BY | {"by": "Kari Nordmann, Storgata 1"}], "cannot be read"),
    ("hold", [BY, BY, BY], "cannot be read"),
    ("hold", [raw(b'{"by": ')], "cannot be read"),
    ("hold", [raw(b"?", b"binary/encrypted")], "cannot be read"),
    ("hold", [BY | {"until": "2035-12-24T11:00:00"}], "has no zone"),
    ("hold", [BY | {"until": "9999-12-31T23:59:59Z"}], "outside 2000 to 2099"),
    ("hold", [BY | {"until": "2001-01-01T00:00:00Z"}], "is past"),
    ("release", [], "cannot be read"),
    ("release", [BY], "not on hold"),
    ("message_read", ["garbage"], "cannot be read"),
    ("payment_received", [{"seq": 1}, {"seq": 2}], "cannot be read"),
    ("payment_received", [MONEY | {"amount": "1e40"}], "cannot be read"),
    ("payment_received", [MONEY | {"booked_on": "9999-12-31"}], "ten years"),
    ("payment_received", [MONEY | {"provider": "Stripe"}], "a door of Purr's own"),
]


async def test_signals_that_cannot_be_used_are_refused_in_the_diary_and_the_case_goes_on(world: World) -> None:
    case = await begin(world)
    for signal, contents, _ in BAD:
        await case.handle.signal(signal, args=contents)
    await case.quiet()
    said = await refusals(case)
    assert [refused for refused, _ in said] == [signal for signal, _, _ in BAD]
    assert [words for (_, _, words), (_, why) in zip(BAD, said, strict=True) if words not in why] == []
    assert "Storgata" not in str(said)
    assert "hold refused" in str(await case.handle.query("status"))
    await goes_on(case)


async def test_amounts_that_overflow_the_ledger_are_refused_one_after_the_other(world: World) -> None:
    case = await begin(world)
    await case.handle.signal("hold", Hold(**BY))  # open, whatever is paid
    for number in range(3):
        huge = MONEY | {"payment_id": f"P-{number}", "amount": "-999999999999.99"}
        await case.handle.signal("payment_received", huge)
    await case.quiet()
    assert (await case.handle.execute_update(Dunning.release, Order(**BY))).act


BAD_UPDATES: list[tuple[str, list[Any], str]] = [
    ("hold", [], "no input came"),
    ("hold", [BY, BY, BY], "3 inputs came, and it takes one"),
    ("hold", [raw(b"{")], "the input is no JSON object"),
    ("hold", [None], "no input came"),
    ("hold", [b"\x00"], "no JSON object"),
    ("hold", [raw(b"?", b"binary/encrypted")], "no JSON that can be read"),
    ("release", ["please"], "the input is no JSON object"),
    ("release", [[BY]], "the input is no JSON object"),
    (
        "hold",
        [BY | {"untill": "2035-12-24T11:00:00Z"}],
        "there is no field untill: the fields are by, reason_code, until",
    ),
    ("hold", [BY | {"Kari Nordmann": 1}], "there is no field that:"),
    ("hold", [{"by": "anne"}], "reason_code is missing: give why, as a short code"),
    ("hold", [BY | {"reason_code": "Because, well"}], "reason_code is wrong: give why, as a short code"),
    ("hold", [BY | {"reason_code": 7}], "reason_code is wrong"),
    ("hold", [BY | {"by": "purr"}], "is a name of Purr's own: say who decides"),
    ("hold", [BY | {"until": "tomorrow"}], "until is wrong: give a moment ahead with its zone"),
    ("hold", [BY | {"until": "2035-12-24T11:00:00"}], "until has no zone"),
    ("skip", [BY], "step is missing: give the id of a step ahead"),
    ("skip", [BY | {"step": ["reminder"]}], "step is wrong: give the id of a step ahead"),
    ("skip", [BY | {"step": "\x00"}], "is no step ahead in this case; ahead are: invoice"),
    ("dispute", [BY | {"amount": "a lot"}], "amount is wrong: give the disputed part"),
    ("dispute", [BY | {"amount": "300.005"}], "amount is wrong"),
    ("dispute", [BY | {"amount": "1e40"}], "amount is wrong"),
    (
        "resolve_dispute",
        [BY | {"upheld": "perhaps"}],
        "upheld is wrong: give true where the debtor is right, else false",
    ),
    ("no_such_update", [BY], "known updates: [approve_hand_off"),
]


async def test_an_update_that_cannot_be_read_is_refused_in_words_and_leaves_no_trace(world: World) -> None:
    case = await begin(world)
    before = len((await case.history()).events)
    for name, contents, says in BAD_UPDATES:
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await case.handle.execute_update(name, args=contents, rpc_timeout=timedelta(seconds=30))
        assert says in str(refused.value.cause), (name, contents)
    assert len((await case.history()).events) == before


async def test_an_update_that_cannot_be_used_is_refused_and_the_case_goes_on(world: World) -> None:
    case = await begin(world)
    for name, contents in (
        ("hold", [BY | {"until": "9999-12-31T23:59:59Z"}]),
        ("send_now", [BY | {"step": "x" * 100_000}]),
        ("dispute", [BY | {"amount": "999999999999.99"}]),
    ):
        with pytest.raises(WorkflowUpdateFailedError):
            await case.handle.execute_update(name, args=contents, rpc_timeout=timedelta(seconds=30))
    await goes_on(case)


async def test_a_fresh_run_and_a_command_that_come_in_one_breath_both_come_to_pass(world: World) -> None:
    case = await begin(world)
    await case.quiet()
    first = (await case.handle.describe()).run_id
    async with busy(case):
        await case.handle.signal(Dunning.refresh)
        asked = asyncio.create_task(update(case, "hold", [BY]))
        await asyncio.sleep(0.5)
    await asked

    async def is_fresh() -> bool:
        return (await case.handle.describe()).run_id != first

    await eventually(is_fresh)
    assert await world.rows("select 1 from hold where case_id = :case", case=case.case_id)


# --- anything at all -------------------------------------------------------------------------------------------

SIGNALS = (
    "payment_received",
    "message_read",
    "delivery_failed",
    "invoice_changed",
    "debtor_replied",
    "mandate_changed",
)
ORDERS = ("hold", "release", "send_now", "skip", "withdraw", "approve_hand_off", "dispute", "resolve_dispute")
FIELDS = (
    "by",
    "reason_code",
    "until",
    "step",
    "amount",
    "upheld",
    "seq",
    "payment_id",
    "provider",
    "currency",
    "booked_on",
)
ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        0,
        -1,
        10**30,
        0.1,
        "",
        "\x00",
        "NaN",
        "-Infinity",
        "x" * 5000,
        "kim",
        "æ\ud83d".encode("utf-8", "replace"),
    ),
    *(
        "2035-01-01",
        "2035-01-01T00:00:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59+14:00",
        "1e400",
        "999999999999.99",
    ),
    *("-0.01", "0", "NOK", "P-1", [], {}, [[[[]]]]),
)


def anything(chance: Random) -> Any:
    """A value that nobody expects, or one that only looks right."""
    match chance.randrange(4):
        case 0:
            return chance.choice(ODD)
        case 1:
            return raw(
                chance.randbytes(20), chance.choice((b"json/plain", b"binary/null", b"json/protobuf", b"\xff", b""))
            )
        case _:
            values = [each for each in ODD if not isinstance(each, bytes)]
            said = {name: chance.choice(values) for name in chance.sample(FIELDS, chance.randrange(len(FIELDS)))}
            return said if chance.random() < 0.4 else BY | said


@pytest.mark.parametrize("seed", range(2))
async def test_a_case_survives_anything_at_every_door(world: World, seed: int) -> None:
    chance, case = Random(seed), await begin(world)

    updates = []
    for _ in range(60):
        contents = [anything(chance) for _ in range(chance.choice((0, 1, 1, 1, 1, 2, 3)))]
        name = chance.choice((*SIGNALS, *ORDERS, "refresh", "of_next_year"))
        if name in ORDERS and name != "withdraw" and chance.random() < 0.5:
            updates.append(asyncio.create_task(update(case, name, contents)))
        elif name != "withdraw":
            await case.handle.signal(name, args=contents)
    await asyncio.gather(*updates)
    await case.quiet()
    (open_,) = await world.rows("select state, looked_at from dunning_case where id = :case", case=case.case_id)
    assert open_.looked_at is not None
    before = await case.looks()
    await case.handle.signal("message_read")
    await case.quiet()
    assert open_.state == "closed" or await case.looks() > before
