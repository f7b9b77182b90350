"""What a contact is about, by its words; nothing is decided by it."""

import pytest

from domain.parties.replies import Meaning, meaning_of
from domain.parties.topics import TOPICS, meaning_in, topic_of


@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("Jeg har flyttet, ny adresse er Storgata 2", "wrong address"),
        ("Min nye e-postadresse er kari@new.example", "address"),
        ("Jeg har fått ny e-postadresse", "address"),
        ("Kan jeg få en kopi av fakturaen?", "the invoice"),
        ("Har ikke fått noen faktura", "the invoice"),
        ("Hva er kontonummer og KID?", "how to pay"),
        ("Jeg vil si opp avtalen", "contract"),
        ("Dette er dårlig service", "complaint"),
        ("Jeg er uenig i beløpet, og har flyttet", "disagrees"),  # what it says of the claim comes first
        ("Hei", None),
    ],
)
def test_a_topic_is_known_by_words(words: str, topic: str | None) -> None:
    assert topic_of(words, meaning_of(words)) == topic
    assert topic is None or topic in TOPICS


def test_a_topic_says_something_of_the_claim_where_it_is_a_meaning() -> None:
    assert [meaning_in(topic) for topic in TOPICS] == [*Meaning, *([None] * (len(TOPICS) - len(Meaning)))]
