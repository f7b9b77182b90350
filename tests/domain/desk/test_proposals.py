"""What a message may be confirmed as: acts of the desk with what their forms ask, and nothing where that is not plain."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.desk.proposals import Proposal, address_in, name_of, named_in, proposals_of
from domain.parties.message_classes import MessageClass

TODAY = date(2026, 11, 30)
PROMISE, PLAN = MessageClass.PROMISE, MessageClass.WANTS_PLAN


def proposed(words: str, *kinds: MessageClass, chance: float = 0.8) -> list[Proposal]:
    return proposals_of([(kind, chance) for kind in kinds], dict.fromkeys(kinds, words), words, TODAY)


def test_a_promise_has_the_day_that_its_sentence_names() -> None:
    (promise,) = proposed("Jeg betaler på fredag", PROMISE)
    assert (promise.act, promise.fields, promise.ready) == ("promise", {"pay_by": "2026-12-04"}, True)
    (without,) = proposed("Jeg betaler snart", PROMISE)
    assert (without.fields, without.ready) == ({}, False)


def test_the_day_of_the_sentence_goes_before_another_in_the_message() -> None:
    quotes = {PROMISE: "Jeg betaler på fredag."}
    (promise,) = proposals_of(
        [(PROMISE, 0.9)], quotes, "Fakturaen var 4.12. Jeg betaler på fredag. Ring mandag.", TODAY
    )
    assert promise.fields == {"pay_by": "2026-12-04"}


def test_each_act_is_proposed_once_the_likeliest_first_and_nothing_unlikely() -> None:
    found = proposed("nei", MessageClass.DISPUTE_PART, PLAN, MessageClass.DISPUTE_WHOLE, MessageClass.QUESTION)
    assert [(each.act, each.kind) for each in found] == [("dispute", MessageClass.DISPUTE_PART), ("plan", PLAN)]
    assert not found[0].ready  # how much, a person says
    assert proposed("nei", PLAN, chance=0.29) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Har flyttet til Storgata 12 B, 0184 Oslo", {"street": "Storgata 12 B", "postcode": "0184", "city": "Oslo"}),
        (
            "Ny adress: Kungsgatan 5, 111 43 Stockholm",
            {"street": "Kungsgatan 5", "postcode": "11143", "city": "Stockholm"},
        ),
        ("Skriv til kari.ny@example.no", {"email": "kari.ny@example.no"}),
        ("kari@example.no eller ola@example.no", {}),
        ("Fra Storgata 1, 0155 Oslo til Lillegata 2, 0184 Oslo", {}),
        ("Vi har flyttet", {}),
        ("", {}),
    ],
)
def test_an_address_is_read_where_one_is_plain(words: str, told: dict[str, str]) -> None:
    assert address_in(words) == told


@given(st.text())
def test_whatever_is_written_gives_proposals_and_whatever_is_named_is_one_or_none(words: str) -> None:
    assert len(proposed(words, *MessageClass)) == 5
    named = named_in(words)
    assert named is None or name_of(*named) == words


def test_a_proposal_is_named_and_found_by_its_name() -> None:
    assert named_in(name_of(12, PROMISE)) == (12, PROMISE)
    for other in ("12", "12.", ".promise", "-1.promise", "12.nonsense", "²."):
        assert named_in(other) is None
