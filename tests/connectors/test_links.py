"""Links to the invoice page: ours alone, for a time, and still good while a secret is replaced."""

from datetime import date, timedelta
from functools import partial
from hashlib import blake2b, sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import Signer

from connectors.links import NAME_LENGTH, VALID_DAYS, BadLink, Link, Links
from domain.parties.speakers import ASKERS, Asker

OLD, NEW = "an-old-secret-of-32-characters-xx", "a-new-secret-of-32-characters-xxx"
LINKS = Links((OLD,), "https://faktura.example/")
TODAY = date(2026, 7, 1)


LINK = Link(1001, 7)


def token(link: Link = LINK, links: Links = LINKS) -> str:
    return links.url(link, TODAY).removeprefix("https://faktura.example/i/")


@given(
    st.integers(0, 2**40 - 1),
    st.integers(0, 2**48 - 1),
    st.sampled_from([None, *ASKERS]),
    st.integers(0, 255),
    st.booleans(),
)
def test_a_link_opens_the_invoice_it_was_made_for_and_knows_who_holds_it(
    invoice: int, delivery: int, held_by: Asker | None, round: int, on_paper: bool
) -> None:
    made = Link(invoice, delivery, held_by, round, on_paper)
    assert LINKS.read(token(made), TODAY) == made


def test_a_link_fits_an_sms_and_names_no_invoice_number() -> None:
    assert len(token(Link(10**7, 10**8))) < 40


def test_the_name_of_a_link_is_always_the_same_its_own_and_no_token() -> None:
    names = {LINKS.name(Link(invoice, 7, round=round)) for invoice in range(1001, 1051) for round in (0, 1)}
    assert len(names) == 100
    assert LINKS.name(LINK) in names
    assert all(len(name) == NAME_LENGTH for name in names)
    assert Links((NEW,), "").name(LINK) not in names


def test_two_links_of_neighbours_do_not_tell_how_near_they_are() -> None:
    first, second = token(Link(1001, 7)), token(Link(1002, 8))
    assert sum(one == other for one, other in zip(first, second, strict=True)) < len(first) / 2


@pytest.mark.parametrize(("sep", "method"), [(".", partial(blake2b, digest_size=16)), ("~", sha256)])
def test_links_that_were_signed_and_not_sealed_open_for_their_days(sep: str, method: Any) -> None:
    signer = Signer([OLD.encode()], salt="invoice-link", sep=sep, digest_method=method)
    older = signer.sign(f"3e9.7.{(TODAY - date(2020, 1, 1)).days:x}").decode()
    assert LINKS.read(older, TODAY) == LINK
    with pytest.raises(BadLink, match="has expired"):
        LINKS.read(older, TODAY + timedelta(days=1))
    with pytest.raises(BadLink, match="not valid"):
        LINKS.read(older + "=", TODAY)


def test_a_link_expires_after_its_days() -> None:
    assert LINKS.read(token(), TODAY + timedelta(days=VALID_DAYS)) == Link(1001, 7)
    with pytest.raises(BadLink, match="has expired"):
        LINKS.read(token(), TODAY + timedelta(days=VALID_DAYS + 1))


@given(st.text(max_size=90))
def test_anything_else_is_refused(guess: str) -> None:
    with pytest.raises(BadLink, match="not valid"):
        LINKS.read(guess, TODAY)


@given(st.integers(0, 38), st.characters(min_codepoint=33, max_codepoint=126))
def test_a_link_with_one_letter_changed_is_refused(place: int, letter: str) -> None:
    good = token()
    changed = good[:place] + letter + good[place + 1 :]
    if changed != good and place < len(good):
        with pytest.raises(BadLink):
            LINKS.read(changed, TODAY)


def test_a_new_secret_signs_and_the_old_one_still_opens() -> None:
    both = Links((NEW, OLD), "https://faktura.example")
    assert both.read(token(), TODAY) == Link(1001, 7)
    assert Links((NEW,), "").read(token(links=both), TODAY) == Link(1001, 7)
    with pytest.raises(BadLink):
        Links((NEW,), "").read(token(), TODAY)
