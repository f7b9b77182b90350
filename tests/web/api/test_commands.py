"""Commands over the API: stored with Temporal down, and refused clearly."""

from typing import Any

import pytest

from facts import clock
from facts.parties.creditors import issue_api_key
from tests.web.api.test_calls import agency_of
from tests.web.door import Door


async def test_a_hold_is_stored_and_told_with_temporal_down(door: Door) -> None:
    await door.send_invoice()
    answer = await door.command(command="hold", note="Ringte: får lønn den 25.", until="2090-01-01T09:00:00+01:00")
    assert answer.status_code == 202
    assert (await door.client.get("/v1/invoices/1001")).json()["on_hold"]
    assert await door.news() == ["invoice_changed", "hold_recorded"]


async def test_the_same_key_is_the_same_command(door: Door) -> None:
    await door.send_invoice()
    body = {"command": "hold", "by": "anne", "reason_code": "asked"}
    for _ in range(2):
        answer = await door.client.post("/v1/invoices/1001/commands", json=body, headers={"Idempotency-Key": "k-1"})
        assert answer.status_code == 202
    ((known, target),) = await door.rows(
        "select id, target from received_command where id like :ours", ours=f"api#{door.creditor}#%"
    )
    assert known == f"api#{door.creditor}#k-1"
    assert target == f"case {await door.one('select id from dunning_case where creditor_id = :c', c=door.creditor)}"


@pytest.mark.parametrize("command", ["use_credit", "undo_credit"])
async def test_credit_is_used_by_the_creditors_own_people_alone(door: Door, command: str) -> None:
    await door.send_invoice("1000", reference="1234567897", amount="100.00", lines=[])
    await door.pay(reference="1234567897", amount="150.00")
    await door.rows("update creditor set overpayment = 'keep' where id = :c returning 1", c=door.creditor)
    await door.send_invoice()
    given = {"command": command, "by": "kim", "reason_code": "asked"}
    async with agency_of(door) as agency:
        assert (await agency.post("/v1/invoices/1001/commands", json=given)).status_code == 401
    key = await door.register(f"{door.creditor}-neighbour")
    theirs = {"Authorization": f"Bearer {key}"}
    answer = await door.client.post("/v1/invoices/1001/commands", json=given, headers=theirs)
    assert answer.status_code == 404
    for nobody in ("purr", "Collection Partner"):
        assert (await door.command(command=command, by=nobody)).status_code == 422
    assert await door.rows("select from credit_use where creditor_id = :c", c=door.creditor) == []


async def test_a_released_case_is_no_longer_on_hold(door: Door) -> None:
    await door.send_invoice()
    await door.command(command="hold")
    await door.command(command="release")
    assert not (await door.client.get("/v1/invoices/1001")).json()["on_hold"]


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"command": "release"}, 409, "not on hold"),
        ({"command": "hold", "until": "2020-01-01T00:00:00Z"}, 409, "is past"),
        ({"command": "skip", "step": "no-such-step"}, 422, "has no step"),
        ({"command": "resolve_dispute", "upheld": True}, 409, "no open dispute"),
    ],
)
async def test_a_command_that_does_not_fit_the_case_is_refused(
    door: Door, given: dict[str, Any], status: int, said: str
) -> None:
    await door.send_invoice()
    answer = await door.command(**given)
    assert answer.status_code == status
    assert said in answer.json()["detail"]
    assert await door.news() == ["invoice_changed"]


@pytest.mark.parametrize(
    "given",
    [
        {"command": "skip"},
        {"command": "hold", "step": "reminder"},
        {"command": "resolve_dispute"},
        {"command": "explode"},
        {"command": "hold", "until": "2026-01-01T00:00:00"},
        {"command": "hold", "until": "9999-12-31T23:59:59-12:00"},
        {"command": "hold", "by": "kari nordmann\n"},
        {"command": "hold", "by": "purr"},
        {"command": "hold", "by": "Collection  Partner"},
    ],
)
async def test_a_command_that_says_too_much_or_too_little_is_invalid(door: Door, given: dict[str, Any]) -> None:
    await door.send_invoice()
    answer = await door.command(**given)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:purr:problem:invalid")


async def test_a_skipped_step_cannot_be_skipped_again(door: Door) -> None:
    await door.send_invoice()
    assert (await door.command(command="skip", step="reminder")).status_code == 202
    again = await door.command(command="skip", step="reminder")
    assert (again.status_code, again.json()["type"]) == (409, "urn:purr:problem:step-gone")


async def test_a_closed_case_takes_no_commands(door: Door) -> None:
    await door.send_invoice()
    await door.rows(
        "update dunning_case set state = 'closed', outcome = 'paid' where creditor_id = :c returning id",
        c=door.creditor,
    )
    for given in ({"command": "hold"}, {"command": "skip", "step": "reminder"}):
        answer = await door.command(**given)
        assert answer.status_code == 409
        assert "closed" in answer.json()["detail"]


async def test_the_key_that_sent_an_invoice_cannot_approve_its_hand_off(door: Door) -> None:
    await door.send_invoice()
    asked = """
    insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
    select creditor_id, id, round, 'hand-off', 'approval', 'why', happened_at from dunning_case where creditor_id = :c
    returning id
    """
    await door.rows(asked, c=door.creditor)
    refused = await door.command(command="approve_hand_off")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:purr:problem:same-key")
    assert (await door.command(command="reject_hand_off")).status_code == 202
    async with door.database.transaction() as connection:
        other = await issue_api_key(connection, door.creditor, "finance", await clock.now(connection))
    door.client.headers["Authorization"] = f"Bearer {other}"
    assert (await door.command(command="approve_hand_off")).status_code == 202


async def test_a_write_off_above_the_amount_is_another_persons_also_of_whoever_asked_for_an_estate(door: Door) -> None:
    await door.send_invoice()
    for ready in (
        """update creditor set losses = '[{"from": "2020-01-01", "currency": "NOK", "approved_above": "500"}]'
          where id = :c returning id""",
        "update dunning_case set state = 'closed', outcome = 'ladder finished' where creditor_id = :c returning id",
    ):
        await door.rows(ready, c=door.creditor)
    alone = await door.command(command="write_off")
    assert (alone.status_code, "above 500.00 NOK two people write off" in alone.json()["detail"]) == (409, True)
    assert (await door.command(command="ask_write_off", asked_by="estate")).status_code == 202
    same = await door.command(command="write_off")
    assert (same.status_code, "somebody else writes it off" in same.json()["detail"]) == (409, True)
    assert (await door.command(command="write_off", by="another")).status_code == 202
    assert await door.one("select balance from dunning_case where creditor_id = :c", c=door.creditor) == 0
