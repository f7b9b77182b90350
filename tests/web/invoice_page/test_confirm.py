"""The link that asks whether an address is right goes there alone, and whoever opens it learns nothing of an invoice."""

import re

import pytest

from simulator.emulators.providers import Providers
from tests.web.door import REPLY_ADDRESSES, Door
from tests.web.webhooks.test_mail import an_invoice_to, answer, written


def link_in(providers: Providers) -> str:
    """The link in the only message that was sent."""
    (sent,) = providers.log
    found = re.search(r"/c/[\w-]+", str(sent))
    assert found
    return found[0]


async def gives(hall: Door, **given: str) -> None:
    assert (await hall.client.post(f"{await hall.link()}/address", data=given)).status_code == 303


async def state_of(hall: Door, address: str) -> tuple[str, bool]:
    ((state, confirmed),) = await hall.rows(
        "select p.state, p.confirmed_at is not null from contact_point p join debtor d on d.id = p.debtor_id"
        " where d.creditor_id = :c and p.address = :a and p.channel <> 'phone'",
        c=hall.creditor,
        a=address,
    )
    return state, confirmed


@pytest.mark.parametrize(
    ("given", "address"), [({"email": "kari@new.example"}, "kari@new.example"), ({"phone": "98765432"}, "+4798765432")]
)
async def test_a_link_goes_to_the_new_address_and_a_button_behind_it_confirms(
    hall: Door, providers: Providers, given: dict[str, str], address: str
) -> None:
    await hall.send_invoice("1001", reference=None)
    await gives(hall, **given)
    assert address in str(providers.log[-1])
    link = link_in(providers)
    shown = await hall.client.get(link)
    assert (shown.status_code, await state_of(hall, address)) == (200, ("given", False))
    said = re.sub(r"<[^>]*>", " ", shown.text) + providers.log[-1].body.replace(link, "")  # keys are any digits
    assert not [word for word in ("Nordmann", "1001", "802", "006402710013") if word in said]
    assert "/i/" not in shown.text + providers.log[-1].body
    assert (await hall.client.post(link)).headers["location"] == link
    assert await state_of(hall, address) == ("given", True)
    assert "Adressen er bekreftet" in (await hall.client.get(link)).text
    assert "Det var ikke meg" in (await hall.client.get(await hall.link())).text
    await hall.client.post(f"{await hall.link()}/address/not-mine")
    assert await state_of(hall, address) == ("wrong", True)
    assert "virker ikke lenger" in (await hall.client.get(link)).text


async def test_a_link_that_was_changed_or_is_of_another_kind_opens_nothing(hall: Door, providers: Providers) -> None:
    await hall.send_invoice("1001", reference=None)
    await gives(hall, email="kari@new.example")
    link, of_invoice = link_in(providers), await hall.link()
    for wrong in (f"{link}A", link[:-1], f"/c/{of_invoice.rpartition('/')[2]}", f"/i/{link.rpartition('/')[2]}"):
        assert (await hall.client.post(wrong)).status_code in (404, 405)
    assert await state_of(hall, "kari@new.example") == ("given", False)


async def test_who_answers_from_elsewhere_is_asked_there_and_a_machine_is_not(hall: Door, providers: Providers) -> None:
    await an_invoice_to(hall, "kari@example.no")
    delivery = await hall.claimed("email")
    await answer(hall, delivery, "Jeg er borte", "robot@work.example", {"Auto-Submitted": "auto-replied"})
    await hall.mail(written("Hei", "stranger@work.example"), to=f"post@{REPLY_ADDRESSES.domain}")
    assert providers.log == []
    for _ in range(2):
        await answer(hall, delivery, "Hva gjelder dette?", "kari@work.example")
    assert await state_of(hall, "kari@work.example") == ("given", False)
    assert "kari@work.example" in str(providers.log)
    await hall.client.post(link_in(providers))
    assert await state_of(hall, "kari@work.example") == ("given", True)
