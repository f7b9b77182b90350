"""Links to the invoice page: ours alone, for a time, and still good while a secret is replaced."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.links import VALID_DAYS, BadLink, Link, Links

OLD, NEW = "an-old-secret-of-32-characters-xx", "a-new-secret-of-32-characters-xxx"
LINKS = Links((OLD,), "https://faktura.example/")
TODAY = date(2026, 7, 1)


LINK = Link(1001, 7)


def token(link: Link = LINK, links: Links = LINKS) -> str:
    return links.url(link, TODAY).removeprefix("https://faktura.example/i/")


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_a_link_opens_the_invoice_it_was_made_for(invoice: int, delivery: int) -> None:
    assert LINKS.read(token(Link(invoice, delivery)), TODAY) == Link(invoice, delivery)


def test_a_link_fits_an_sms_and_names_no_invoice_number() -> None:
    assert len(token(Link(10**7, 10**8))) < 70


def test_a_link_expires_after_its_days() -> None:
    assert LINKS.read(token(), TODAY + timedelta(days=VALID_DAYS)) == Link(1001, 7)
    with pytest.raises(BadLink, match="has expired"):
        LINKS.read(token(), TODAY + timedelta(days=VALID_DAYS + 1))


@given(st.text(max_size=90))
def test_anything_else_is_refused(guess: str) -> None:
    with pytest.raises(BadLink, match="not valid"):
        LINKS.read(guess, TODAY)


@given(st.integers(0, 59), st.characters(min_codepoint=33, max_codepoint=126))
def test_a_link_with_one_letter_changed_is_refused(place: int, letter: str) -> None:
    good = token()
    changed = good[:place] + letter + good[place + 1 :]
    last = place == len(good) - 1  # the last letter of a signature carries spare bits
    if changed != good and place < len(good) and not last:
        with pytest.raises(BadLink):
            LINKS.read(changed, TODAY)


def test_a_new_secret_signs_and_the_old_one_still_opens() -> None:
    both = Links((NEW, OLD), "https://faktura.example")
    assert both.read(token(), TODAY) == Link(1001, 7)
    assert Links((NEW,), "").read(token(links=both), TODAY) == Link(1001, 7)
    with pytest.raises(BadLink):
        Links((NEW,), "").read(token(), TODAY)
