"""What became of letters and hand-offs, told by the printer and the partner."""

from connectors.ids import Kind
from tests.begin import BEGIN
from tests.web.door import Door, day


async def test_a_posted_batch_and_a_returned_letter_are_told(door: Door) -> None:
    await door.send_invoice()
    letter, batch = await door.claimed("letter"), f"batch-{door.creditor}"
    await door.rows(
        "update delivery set state = 'accepted', accepted_at = :now, batch = :b where id = :d returning 1",
        now=BEGIN,
        b=batch,
        d=letter,
    )
    posted = await door.client.post("/v1/letters/posted", json={"batch": batch, "on": day(0)})
    assert posted.json() == {"batch": batch, "on": day(0), "letters": 1}
    returned = await door.client.post(f"/v1/letters/{letter}/returned")
    assert returned.json() == {"id": str(letter), "changed": True}
    row = await door.delivery(letter)
    assert (row.state, row.contact) == ("failed", "wrong")
    assert (await door.client.post("/v1/letters/posted", json={"batch": "none", "on": day(0)})).status_code == 422


async def test_the_partners_answer_to_a_hand_off_is_stored(door: Door) -> None:
    await door.send_invoice()
    number = await door.one(
        """insert into hand_off (creditor_id, case_id, state, happened_at)
        select creditor_id, id, 'exported', :now from dunning_case where creditor_id = :c returning id""",
        c=door.creditor,
        now=BEGIN,
    )
    hand_off = await door.id_of(Kind.HAND_OFF, number)
    answer = await door.client.post(f"/v1/hand-offs/{hand_off}/answer", json={"accepted": True})
    assert answer.json() == {"id": hand_off, "changed": True}
    assert (await door.client.post("/v1/hand-offs/2000000000/answer", json={"accepted": True})).status_code == 404


async def test_a_message_of_a_hand_off_file_is_acknowledged_once(door: Door) -> None:
    await door.send_invoice()
    number = await door.one(
        """with h as (insert into hand_off (creditor_id, case_id, state, exported_at, happened_at)
          select creditor_id, id, 'accepted', :now, :now from dunning_case where creditor_id = :c returning id)
        insert into hand_off_message (hand_off_id, kind, exported_at, happened_at)
        select id, 'recall', :now, :now from h returning id""",
        c=door.creditor,
        now=BEGIN,
    )
    message = await door.id_of(Kind.PARTNER_MESSAGE, number)
    said = [await door.client.post(f"/v1/hand-offs/messages/{message}/acknowledge") for _ in range(2)]
    assert [answer.json() for answer in said] == [
        {"id": message, "changed": True},
        {"id": message, "changed": False},
    ]
