"""What a creditor learns about a debtor."""

from uuid import uuid4

import pytest

from commands.prediction.segments import take_debtors, take_segments
from domain.learned.behaviour import Behaviour, Pattern
from domain.learned.segments import STARTS, USE, Segment
from facts.prediction.segments import FoundDebtor
from tests.begin import BEGIN
from tests.web.door import Door, invoice


async def test_a_debtor_gets_a_new_address_and_a_reason_to_stop(door: Door) -> None:
    await door.send_invoice()
    change = {"email": "kari@new.example", "stop_reason": "deceased", "protected_address": True}
    answer = await door.client.patch("/v1/debtors/K-1", json=change)
    assert answer.json() == {"customer_number": "K-1", "open_cases": 1}
    (debtor,) = await door.rows("select * from debtor where creditor_id = :c", c=door.creditor)
    assert (debtor.stop_reason, debtor.protected_address) == ("deceased", True)
    contacts = await door.rows(
        "select address, state from contact_point where debtor_id = :d and channel = 'email' order by id", d=debtor.id
    )
    assert [tuple(row) for row in contacts] == [("kari@example.no", "replaced"), ("kari@new.example", "valid")]
    assert await door.news() == ["invoice_changed", "debtor_changed"]
    await door.client.patch("/v1/debtors/K-1", json={"stop_reason": None})
    (debtor,) = await door.rows("select * from debtor where creditor_id = :c", c=door.creditor)
    assert (debtor.stop_reason, debtor.protected_address) == (None, True)


async def test_only_a_person_with_a_reason_gives_a_debtor_another_name_or_an_address_back(door: Door) -> None:
    phone = f"+479{uuid4().int % 10**7:07}"
    await door.send_invoice(debtor=invoice()["debtor"] | {"phone": phone})
    marked = "update contact_point set state = 'opted out' where address = :phone returning id"
    await door.rows(marked, phone=phone)
    silent = await door.client.patch("/v1/debtors/K-1", json={"phone": phone})
    assert silent.json()["not_used"] == ["sms: opted out", "phone: opted out"]
    for nobody in ({"name": "Kari Hansen"}, {"phone": phone, "by": "anne"}):
        assert (await door.client.patch("/v1/debtors/K-1", json=nobody)).status_code == 422
    change = {"name": "Kari Hansen", "phone": phone, "by": "anne", "reason_code": "called"}
    answer = await door.client.patch("/v1/debtors/K-1", json=change)
    assert answer.json() == {"customer_number": "K-1", "open_cases": 1}
    query = "select d.name, p.state from debtor d join contact_point p on p.debtor_id = d.id where p.address = :phone"
    assert {tuple(row) for row in await door.rows(query, phone=phone)} == {("Kari Hansen", "valid")}


@pytest.mark.parametrize("state", ["opted out", "bounced", "wrong", "valid"])
async def test_nobody_learns_by_an_address_what_its_owner_wishes_of_others(door: Door, state: str) -> None:
    known, unheard_of = (f"+479{uuid4().int % 10**7:07}" for _ in range(2))
    await door.send_invoice(debtor=invoice()["debtor"] | {"phone": known})
    await door.rows("update contact_point set state = :s where address = :p returning id", s=state, p=known)
    door.client.headers["Authorization"] = f"Bearer {await door.register(f'{door.creditor}-b')}"
    told = []
    for number, phone in (("1", known), ("2", unheard_of)):
        debtor = invoice()["debtor"] | {"customer_number": f"K-{number}", "email": None}
        await door.send_invoice(number, debtor=debtor, reference=None)
        changed = await door.client.patch(f"/v1/debtors/K-{number}", json={"phone": phone})
        again = await door.send_invoice(f"{number}-b", debtor=debtor | {"phone": phone}, reference=None)
        standing = (await door.client.get(f"/v1/invoices/{number}")).json()
        listed = (await door.client.get("/v1/debtors", params={"where": f"customer=K-{number}"})).text
        answers = [
            changed.text,
            again.text,
            listed.replace(phone, "<phone>"),
            standing["next_channel"],
            standing["flag"],
        ]
        told.append([str(each).replace(f"K-{number}", "K").replace(f'"{number}', '"N') for each in answers])
    assert "not_used" not in told[0][0]
    assert '"valid"' in told[0][2]
    assert told[0] == told[1]


async def test_of_several_debtors_under_one_customer_number_one_is_named(door: Door) -> None:
    await door.send_invoice()
    other = await door.send_invoice("1002", debtor=invoice()["debtor"] | {"name": "Ola Testmann"})
    assert other.json()["warnings"] == ["customer number K-1 has more than one name: each is a debtor of its own"]
    change = {"stop_reason": "deceased"}
    assert (await door.client.patch("/v1/debtors/K-1", json=change)).status_code == 409
    assert (await door.client.patch("/v1/debtors/K-1?called=Ola Testmann", json=change)).status_code == 200
    query = "select name from debtor where creditor_id = :c and stop_reason = 'deceased'"
    assert [row.name for row in await door.rows(query, c=door.creditor)] == ["Ola Testmann"]


async def test_a_representative_has_addresses_of_their_own(door: Door) -> None:
    await door.send_invoice()
    await door.client.patch("/v1/debtors/K-1", json={"representative": {"name": "Per Verge", "email": "per@verge.no"}})
    contacts = await door.rows(
        """select p.address, of_representative, state from contact_point p
        join debtor d on d.id = p.debtor_id where d.creditor_id = :c and channel = 'email' order by p.id""",
        c=door.creditor,
    )
    assert [tuple(row) for row in contacts] == [("kari@example.no", False, "valid"), ("per@verge.no", True, "valid")]


async def test_an_address_that_is_none_is_refused(door: Door) -> None:
    await door.send_invoice()
    for change in (
        {"email": "nowhere"},
        {"phone": "12"},
        {"city": "Oslo"},
        {"representative": {"name": "P", "phone": "x"}},
    ):
        assert (await door.client.patch("/v1/debtors/K-1", json=change)).status_code == 422


async def test_a_debtor_is_found_by_what_is_said_and_only_the_creditors_own(door: Door) -> None:
    await door.send_invoice()
    answer = await door.client.get("/v1/debtors/find", params={"said": "Kary Nordman"})
    (found,) = answer.json()["debtors"]
    assert (found["customer_number"], found["name"], found["by"]) == ("K-1", "Kari Nordmann", "name")
    assert found["likeness"] < 100
    number = await door.client.get("/v1/debtors/find", params={"said": "K-1"})
    assert [each["by"] for each in number.json()["debtors"]] == ["customer number"]


async def test_a_life_is_told_and_lifted_over_the_api(door: Door) -> None:
    await door.send_invoice()
    change = {"estate": {"name": "Ola Arving", "email": "ola@arving.example"}, "no_calls": True, "language": "en"}
    assert (await door.client.patch("/v1/debtors/K-1", json=change)).json()["open_cases"] == 1
    query = """select e.kind from life_event e join debtor d on d.id = e.debtor_id
      where d.creditor_id = :creditor and e.until is null order by e.id"""
    told = {row.kind for row in await door.rows(query, creditor=door.creditor)}
    assert told == {"deceased", "estate", "language", "no calls"}
    behind = await door.client.patch("/v1/debtors/K-1", json={"paused_until": "2020-01-01"})
    assert (behind.status_code, "paused_until" in behind.json()["detail"]) == (422, True)


async def test_how_a_debtor_pays_is_told_with_its_version_and_nothing_of_who_objects(door: Door) -> None:
    await door.send_invoice()
    answer = (await door.client.get("/v1/debtors/K-1/behaviour")).json()
    assert (answer["segment"], answer["behaviour"], answer["version"]) == (None, [], None)
    relation = {"id": "r1", "customer_number": "K-1", "kind": "started", "on": "2020-01-01"}
    assert (await door.client.post("/v1/customer-relations", json=relation)).status_code == 201
    ((debtor,),) = await door.rows("select id from debtor where creditor_id = :c", c=door.creditor)
    found = FoundDebtor(debtor, "habit", STARTS["habit"], [Behaviour(Pattern.PAYDAY, 6, 7, number=25)])
    async with door.database.transaction() as connection:
        await take_segments(connection, door.creditor, [Segment("habit", STARTS["habit"], 1)], BEGIN)
        await take_debtors(connection, door.creditor, [found], "v1", BEGIN)
    answer = (await door.client.get("/v1/debtors/K-1/behaviour")).json()
    assert answer["segment"] == "habit"
    assert answer["segment_name"] == "pays late by habit, able"
    assert answer["behaviour"] == ["payday:25"]
    assert answer["words"] == ["pays around day 25 of the month (6 of 7)"]
    assert answer["worth"][0].startswith("a customer for ")
    assert (answer["version"], answer["use"]) == ("v1", USE)
    assert (await door.client.get("/v1/debtors/K-2/behaviour")).status_code == 404
    told = {"objects_to_profiling": True}
    assert (await door.client.patch("/v1/debtors/K-1", json=told)).status_code == 200
    answer = (await door.client.get("/v1/debtors/K-1/behaviour")).json()
    assert (answer["segment"], answer["behaviour"], answer["words"]) == (None, [], [])
