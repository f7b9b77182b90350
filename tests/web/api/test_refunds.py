"""Refunds over the API: what each waits for, a second person, and the file that is fetched: each creditor its own."""

from facts.parties.creditors import register
from tests.begin import BEGIN
from tests.web.api.test_review import waiting
from tests.web.door import Door, account_of
from tests.world import creditor

OWN, PAYER, OTHER = "12345678911", "99990512341", "86011117947"


async def refund_of(door: Door) -> str:
    """A creditor that says from which account it pays back owes one payment back; gives the refund's id."""
    accounts = (account_of(door.creditor), OWN)
    details = creditor(
        id=door.creditor, organisation_number=None, accounts=accounts, pay_out={"account": OWN, "bic": "DNBANOKK"}
    )
    async with door.database.transaction() as connection:
        await register(connection, details, BEGIN)
    sent = await door.client.post(
        f"/v1/payments/unmatched/{await waiting(door)}/send-back", json={"by": "kim", "to_account": PAYER}
    )
    return str(sent.json()["refund"])


async def test_a_refund_is_approved_by_a_second_person_and_stands_in_one_file(door: Door) -> None:
    refund = await refund_of(door)
    (waits,) = (await door.client.get("/v1/refunds/waiting")).json()["refunds"]
    assert (waits["number"], waits["waits_for"]) == (refund, "above 0.00 NOK: somebody other than kim approves it")
    assert (await door.client.post("/v1/refund-files", json={"by": "kim"})).json() == {"name": None, "execute_on": None}
    own = await door.client.post(f"/v1/refunds/{refund}/approve", json={"by": "kim"})
    assert (own.status_code, "somebody else approves it" in own.json()["detail"]) == (422, True)
    approved = await door.client.post(f"/v1/refunds/{refund}/approve", json={"by": "anne", "note": "seen"})
    assert approved.json() == {"number": refund, "verdict": "approved"}
    key = {"Idempotency-Key": "order-1"}
    first, again = [await door.client.post("/v1/refund-files", json={"by": "kim"}, headers=key) for _ in range(2)]
    assert first.json() == again.json()
    (file,) = (await door.client.get("/v1/refund-files")).json()["data"]
    assert (file["name"], file["orders"], file["total"], file["paid"]) == (first.json()["name"], 1, "802.00", 0)
    fetched = await door.client.get(f"/v1/refund-files/{file['name']}")
    assert (fetched.headers["content-type"], f"<Id>{PAYER}</Id>" in fetched.text) == ("application/xml", True)
    (listed,) = (await door.client.get("/v1/refunds?where=state=ordered")).json()["data"]
    assert listed["number"] == refund
    assert (await door.client.post(f"/v1/refunds/{refund}/reject", json={"by": "ola"})).status_code == 409


async def test_another_account_needs_another_approval_and_a_rejection_holds_it(door: Door) -> None:
    refund = await refund_of(door)
    await door.client.post(f"/v1/refunds/{refund}/approve", json={"by": "anne"})
    named = await door.client.post(f"/v1/refunds/{refund}/account", json={"by": "anne", "to_account": OTHER})
    assert named.json() == {"number": refund, "to_account": OTHER}
    assert (await door.client.post(f"/v1/refunds/{refund}/approve", json={"by": "anne"})).status_code == 422
    await door.client.post(f"/v1/refunds/{refund}/reject", json={"by": "ola", "note": "whose is it"})
    (waits,) = (await door.client.get("/v1/refunds/waiting")).json()["refunds"]
    assert waits["waits_for"] == "ola rejected it: it waits until somebody approves it"
    assert (await door.client.get("/v1/refund-files/f.xml")).status_code == 404


async def test_who_has_not_said_how_it_pays_back_hears_what_to_do(door: Door) -> None:
    answered = await door.client.get("/v1/refunds/waiting")
    assert (answered.status_code, "has no pay_out" in answered.json()["detail"]) == (422, True)
