"""Why an invoice waits and why a message came, over the API: with rules, sources and the words as sent."""

from dataclasses import asdict
from uuid import uuid4

from planning.service import Planning
from tests.guesses import scored
from tests.store import LAWS, NOW, Store
from tests.web.door import Door
from views.why import why_next
from web.api.why import WhyAnswer


async def test_why_of_an_invoice_names_rules_with_their_sources(door: Door) -> None:
    await door.send_invoice("A/1")
    answer = (await door.client.get("/v1/invoices/A/1/why")).json()
    assert answer["of"] == [f"{door.creditor}/A/1"]
    assert answer["rules"]
    assert {"rule", "source", "verified"} == set(answer["rules"][0])
    assert "if it were paid" in [each["change"] for each in answer["otherwise"]]


async def test_why_of_an_invoice_says_what_is_guessed_until_the_debtor_objects(store: Store) -> None:
    case = await store.invoice()
    await scored(store, case)

    async def answer() -> WhyAnswer:
        async with store.database.transaction() as connection:
            return WhyAnswer.model_validate(asdict(await why_next(connection, Planning(LAWS), case, NOW)))

    guess = (await answer()).guess
    assert guess is not None
    said = guess.model_dump(mode="json")
    assert (said["chance_14"], said["old"], said["reasons"][0]["direction"]) == ("0.3000", False, "later")
    assert "no fee" in said["used_for"]
    await store.known("no profiling")
    assert (await answer()).guess is None


async def test_why_of_a_message_has_its_words_as_they_were_sent(door: Door) -> None:
    await door.send_invoice()
    delivery = await door.claimed()
    await door.rows(
        """update delivery set document = '{"subject": "S", "text": "as sent", "html": "<p>"}' where id = :id returning 1""",
        id=delivery,
    )
    answer = (await door.client.get(f"/v1/deliveries/{delivery}/why")).json()
    assert answer["sent"] == {"subject": "S", "text": "as sent"}
    assert answer["otherwise"]
    assert (await door.client.get(f"/v1/deliveries/{uuid4()}/why")).status_code == 404


async def test_the_page_says_kindly_why_its_message_came_with_the_words_as_sent(door: Door) -> None:
    await door.send_invoice()
    delivery = await door.claimed("sms")
    await door.rows(
        """update delivery set document = '{"text": "Acme: as sent"}' where id = :id returning 1""", id=delivery
    )
    page = (await door.client.get(await door.link(delivery))).text
    assert 'id="why"' in page
    assert "Hvorfor får jeg dette?" in page
    assert "hadde vi ikke registrert at den var betalt" in page
    assert "Acme: as sent" in page
    without = (await door.client.get(await door.link())).text
    assert 'id="why"' not in without
