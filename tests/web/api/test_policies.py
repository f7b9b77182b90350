"""A creditor has policies of other countries over the API: whole or not at all, and each change is kept."""

from typing import Any

import pytest

from tests.web.door import Door

ANNE = {"by": "anne", "reason_code": "new-market"}
FI = {"FI": {"consumer": "fi-gentle"}}
SE = {"SE": {"consumer": "se-gentle", "business": "se-business"}}
USUAL = {"consumer": "no-gentle", "business": "no-standard"}


async def put(door: Door, policies: Any, **given: Any) -> Any:
    """Puts policies of single countries."""
    return await door.client.post("/v1/policies", json=ANNE | {"policies": policies} | given)


async def has(door: Door) -> Any:
    """What the creditor has."""
    return (await door.client.get("/v1/policies")).json()


async def test_policies_of_countries_are_put_told_and_taken_back_and_the_usual_ones_stay(door: Door) -> None:
    assert await has(door) == {"usual": USUAL, "policies": {}}
    answer = await put(door, SE | FI)
    assert (answer.status_code, answer.json()) == (200, {"usual": USUAL, "policies": SE | FI})
    assert (await put(door, FI)).json() == await has(door) == {"usual": USUAL, "policies": FI}
    assert (await put(door, {})).json() == {"usual": USUAL, "policies": {}}
    kept = await door.rows(
        "select policies, by, reason_code from creditor_policies where creditor_id = :c and by = 'anne' order by id",
        c=door.creditor,
    )
    assert [tuple(row) for row in kept] == [
        (
            USUAL | {"SE consumer": "se-gentle", "SE business": "se-business", "FI consumer": "fi-gentle"},
            "anne",
            "new-market",
        ),
        (USUAL | {"FI consumer": "fi-gentle"}, "anne", "new-market"),
        (USUAL, "anne", "new-market"),
    ]


async def test_the_next_invoice_goes_by_it_and_the_case_that_is_there_by_what_it_had(door: Door) -> None:
    finn: dict[str, Any] = {"name": "Aino", "country": "FI", "kind": "consumer"}
    before = await door.send_invoice("1001", debtor=finn | {"customer_number": "K-1"}, currency="EUR")
    assert "the creditor has no policy for a consumer in FI" in str(before.json()["warnings"])
    await put(door, FI)
    after = await door.send_invoice("1002", debtor=finn | {"customer_number": "K-2"}, currency="EUR")
    assert "the creditor has no policy" not in str(after.json()["warnings"])
    gone_by = await door.rows(
        """select p.name from dunning_case c join policy_text p on p.hash = c.policy_hash
        where c.creditor_id = :c order by c.id""",
        c=door.creditor,
    )
    assert [row.name for row in gone_by] == ["no-gentle", "fi-gentle"]


@pytest.mark.parametrize(
    ("wrong", "field", "why"),
    [
        ({"FI": {"business": "no-such"}}, "policies.FI.business", "no policy no-such; there are "),
        ({"FI": {"business": "fi-gentle"}}, "policies.FI.business", "policy fi-gentle is for a consumer"),
        ({"FI": {"consumer": "se-gentle"}}, "policies.FI.consumer", "policy se-gentle is for SE"),
        ({"ES": {"consumer": "fi-gentle"}}, "policies.ES.consumer", "no law of ES is known; there are "),
        ({"XX": {"consumer": "fi-gentle"}}, "policies.XX", ""),
        ({"fi": {"consumer": "fi-gentle"}}, "policies.fi", ""),
        ({"FI": {"any": "fi-gentle"}}, "policies.FI.any", ""),
        ({"FI": {"consumer": "Robert'); drop"}}, "policies.FI.consumer", ""),
        ({"FI": {"consumer": None}}, "policies.FI.consumer", ""),
        ({"FI": "fi-gentle"}, "policies.FI", ""),
    ],
)
async def test_what_cannot_be_is_refused_whole_and_in_words(door: Door, wrong: Any, field: str, why: str) -> None:
    await put(door, FI)
    answer = await put(door, SE | wrong)
    problem = answer.json()
    assert answer.status_code == 422, problem
    found = {each["field"]: each["problem"] for each in problem["errors"]}
    assert any(each.startswith(field) and why in told for each, told in found.items()), problem
    assert await has(door) == {"usual": USUAL, "policies": FI}
    assert (
        len(await door.rows("select 1 from creditor_policies where creditor_id = :c and by = 'anne'", c=door.creditor))
        == 1
    )


async def test_nobody_puts_them_without_a_name_and_a_reason_and_twice_is_once(door: Door) -> None:
    for lacks in ("by", "reason_code"):
        given = {name: value for name, value in ANNE.items() if name != lacks}
        assert (await door.client.post("/v1/policies", json=given | {"policies": FI})).status_code == 422
    for _ in range(2):
        body = ANNE | {"policies": FI}
        answer = await door.client.post("/v1/policies", json=body, headers={"Idempotency-Key": "put-once"})
        assert answer.status_code == 200
    assert (
        len(await door.rows("select 1 from creditor_policies where creditor_id = :c and by = 'anne'", c=door.creditor))
        == 1
    )
