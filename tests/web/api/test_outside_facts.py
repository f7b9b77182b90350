"""Facts from outside over the API: told once with source and purpose, shown to their creditor, ended without being changed."""

from tests.web.door import Door

SCORE = {
    "id": "bureau-1",
    "what": "credit score",
    "number": "612",
    "customer_number": "K-77",
    "since": "2026-01-01",
    "source": "Eksempel Kredittbyrå AS",
    "purpose": "prediction",
}
FACTS = "/v1/outside-facts"


async def test_a_fact_is_told_once_shown_and_ended(door: Door) -> None:
    assert (await door.client.post(FACTS, json=SCORE)).status_code == 201
    known = await door.client.post(FACTS, json=SCORE | {"number": "612.00"})
    assert (known.status_code, known.json()) == (200, {"status": "known", "id": "bureau-1"})
    other = await door.client.post(FACTS, json=SCORE | {"number": "613"})
    assert (other.status_code, other.json()["type"]) == (409, "urn:purr:problem:conflict")
    ended = await door.client.post(f"{FACTS}/bureau-1/end", json={"on": "2026-06-01"})
    assert (ended.status_code, ended.json()["until"]) == (200, "2026-06-01")
    assert (await door.client.post(f"{FACTS}/bureau-1/end", json={"on": "2026-01-01"})).status_code == 409
    assert (await door.client.post(f"{FACTS}/bureau-2/end", json={"on": "2026-06-01"})).status_code == 404
    told = (await door.client.get("/v1/debtors/K-77/outside-facts")).json()["facts"]
    assert [(fact["id"], fact["number"], fact["until"], fact["by"]) for fact in told] == [
        ("bureau-1", "612.00", None, "api"),
        ("bureau-1#ended", "612.00", "2026-06-01", "api"),
    ]
    assert (await door.client.get("/v1/debtors/K-78/outside-facts")).json() == {"facts": []}


async def test_what_may_not_be_told_or_used_so_is_refused_in_words(door: Door) -> None:
    wrong = {
        "health": {"what": "health"},
        "may be prediction": {"purpose": "fairness report"},
        "source": {"source": ""},
    }
    for why, changes in wrong.items():
        refused = await door.client.post(FACTS, json=SCORE | changes)
        assert (refused.status_code, why in refused.text) == (422, True), refused.text
    assert (await door.client.get("/v1/debtors/K-77/outside-facts")).json() == {"facts": []}
