"""A partner's answers over our door: signed with a secret of the creditor that they name, each once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import text

from connectors.ids import Kind
from tests.begin import BEGIN
from tests.web.door import WEBHOOK_SECRETS, Door, standard_webhook

HAND_OFF = """insert into hand_off (creditor_id, case_id, state, happened_at)
select c.creditor_id, c.id, 'exported', :at from dunning_case c where c.creditor_id = :creditor returning id"""


async def handed_off(door: Door) -> str:
    """The id of a hand-off that the partner has."""
    await door.send_invoice()
    async with door.database.transaction() as connection:
        number = (await connection.execute(text(HAND_OFF), {"creditor": door.creditor, "at": BEGIN})).scalar_one()
    return await door.id_of(Kind.HAND_OFF, number)


async def tell(door: Door, kind: str, hand_off: str, *, signed: Any = None, **told: Any) -> httpx.Response:
    event = {"type": f"hand_off.{kind}", "creditor": door.creditor, "hand_off": hand_off} | told
    body, headers = standard_webhook(event, **signed or {})
    return await door.client.post("/webhooks/collection-partner", content=body, headers=headers)


async def state(door: Door) -> str:
    found: str = await door.one("select state from hand_off where creditor_id = :creditor", creditor=door.creditor)
    return found


PAID = {
    "payment": "P-1",
    "amount": "1302.00",
    "currency": "NOK",
    "paid_on": str(BEGIN.date()),
    "split": {"principal": "802.00", "costs": "500.00"},
}


async def test_answers_are_taken_once_and_say_what_they_came_to(door: Door) -> None:
    hand_off = await handed_off(door)
    first = await tell(door, "accepted", hand_off)
    assert (first.status_code, first.json()) == (200, {"hand_off": hand_off, "changed": True, "why": None})
    assert (await tell(door, "accepted", hand_off)).json() == {
        "hand_off": hand_off,
        "changed": False,
        "why": "it is accepted",
    }
    assert [(await tell(door, "paid", hand_off, **PAID)).json()["changed"] for _ in range(2)] == [True, False]
    owed = "select balance from dunning_case where creditor_id = :creditor"
    assert await door.one(owed, creditor=door.creditor) == 0
    assert (await tell(door, "closed", hand_off, reason="paid")).json()["changed"]
    assert await state(door) == "closed"


async def test_a_payment_that_is_taken_back_is_told_in_either_order(door: Door) -> None:
    hand_off, back = await handed_off(door), {"payment": "P-1", "reversed_on": str(BEGIN.date())}
    early = (await tell(door, "payment_reversed", hand_off, payment="P-2", reversed_on=back["reversed_on"])).json()
    assert (early["changed"], early["why"]) == (True, "payment P-2 has not come: when it comes it is not booked")
    assert not (await tell(door, "paid", hand_off, **PAID | {"payment": "P-2"})).json()["changed"]
    await tell(door, "paid", hand_off, **PAID)
    assert [(await tell(door, "payment_reversed", hand_off, **back)).json()["changed"] for _ in range(2)] == [
        True,
        False,
    ]
    assert (
        await door.one("select balance from dunning_case where creditor_id = :creditor", creditor=door.creditor) == 802
    )
    assert (await tell(door, "payment_reversed", hand_off, payment="P-1")).status_code == 422


async def test_a_contradiction_is_refused_with_what_to_say_and_without_our_numbers(door: Door) -> None:
    hand_off = await handed_off(door)
    await tell(door, "accepted", hand_off)
    answer = await tell(door, "rejected", hand_off, reason="disputed")
    assert answer.status_code == 409
    assert answer.json()["detail"] == (
        "the hand-off cannot be answered so: it was accepted before: close it with a reason instead"
    )


async def test_nobody_answers_without_the_creditors_own_fresh_signature(door: Door) -> None:
    hand_off = await handed_off(door)
    stale = {"at": datetime.now(UTC) - timedelta(minutes=6)}
    for signed in (stale, {"secret": "whsec_b3RoZXItc2VjcmV0LW90aGVyLXNlY3JldA=="}):
        assert (await tell(door, "accepted", hand_off, signed=signed)).status_code == 401
    assert (await tell(door, "accepted", hand_off, creditor="nobody")).status_code == 401
    body, headers = standard_webhook({"type": "hand_off.accepted"}, secret=WEBHOOK_SECRETS[0])
    assert (
        await door.client.post("/webhooks/collection-partner", content=body + b" ", headers=headers)
    ).status_code == 401
    assert await state(door) == "exported"


async def test_what_does_not_add_up_is_refused_whole(door: Door) -> None:
    hand_off = await handed_off(door)
    for wrong in (
        {"amount": "1300.00"},
        {"split": {"principal": "0", "costs": "1302.00"}},
        {"split": {"principal": "-1.00", "costs": "1303.00"}},
        {"currency": "XXX"},
        {"paid_on": "yesterday"},
        {"payment": ""},
    ):
        assert (await tell(door, "paid", hand_off, **PAID | wrong)).status_code == 422
    assert (await tell(door, "rejected", hand_off, reason="we do not like it")).status_code == 422
    assert (await tell(door, "accepted", "hof_" + "a" * 32)).status_code == 404
    assert await state(door) == "exported"
