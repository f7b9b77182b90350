"""Ids that creditors are told: the same each time, each creditor's and kind's own, and nothing to count by."""

import pytest

from connectors.ids import MOST, BadId, CreditorIds, Kind, plain_number

ACME, BETA = CreditorIds("acme", b"a" * 32), CreditorIds("beta", b"b" * 32)


@pytest.mark.parametrize("kind", Kind)
def test_an_id_is_one_text_that_says_its_kind_and_opens_to_its_number(kind: Kind) -> None:
    for number in (1, 17, MOST):
        written = ACME.sealed(kind, number)
        assert written == CreditorIds("acme", b"a" * 32).sealed(kind, number)
        assert (written[:4], len(written)) == (f"{kind}_", 36)
        assert ACME.opened(kind, written) == number
        assert ACME.opened(kind, kind + "_" + written[4:].upper()) == number  # as it was read out


def test_neighbours_have_nothing_in_common_and_are_as_long_as_each_other() -> None:
    ids = [ACME.sealed(Kind.REPLY, number) for number in range(1, 200)]
    assert len({written[4:8] for written in ids}) > 190
    assert {len(written) for written in [*ids, ACME.sealed(Kind.REPLY, MOST)]} == {36}


@pytest.mark.parametrize(
    "written",
    [
        *("", "_", "tsk", "tsk_", "21", "tsk_21", "rep", "pay_k3v5x2mq7dhzt4wn6jy2rbacfe3o5gsl", "tsk_" + "å" * 32),
        *(
            "tsk_" + "1" * 32,
            "tsk_" + "a" * 31,
            "tsk_" + "a" * 33,
            "tsk_" + "\0" * 32,
            "tsk_" + "=" * 32,
            "tsk_\ud800" + "a" * 31,
        ),
    ],
)
def test_junk_is_no_id(written: str) -> None:
    with pytest.raises(BadId):
        ACME.opened(Kind.TASK, written)


def test_an_id_of_another_kind_or_creditor_or_with_a_sign_changed_is_no_id() -> None:
    own = ACME.sealed(Kind.TASK, 21)
    changed = own[:-1] + ("a" if own[-1] != "a" else "b")
    for ids, written in (
        (BETA, own),
        (CreditorIds("beta", b"a" * 32), own),  # the key of another would not do
        (ACME, ACME.sealed(Kind.REPLY, 21).replace("rep_", "tsk_")),
        (ACME, changed),
        (ACME, own + "a"),
    ):
        with pytest.raises(BadId):
            ids.opened(Kind.TASK, written)


def test_what_happened_names_nothing_by_its_number() -> None:
    told = ACME.told(
        {"reply": 21, "plan": None, "number": "2026-1001", "step": "plan-broken#3", "text": "21", "on": True}
    )
    assert told == {
        "reply": ACME.sealed(Kind.REPLY, 21),
        "plan": None,
        "number": "2026-1001",
        "step": "plan-broken",
        "text": "21",
        "on": True,
    }


def test_a_sentence_names_things_of_its_kind_by_their_ids() -> None:
    said = "call 31 is done; reply 31, call 31a, call 99999999999 and recall 31 are none of it"
    told = (
        f"call {ACME.sealed(Kind.TASK, 31)} is done; reply 31, call 31a, call 99999999999 and recall 31 are none of it"
    )
    assert ACME.in_words(Kind.TASK, said) == told


@pytest.mark.parametrize(
    ("written", "number"),
    [
        *(("1", 1), ("0021", 21), (str(MOST), MOST), (str(MOST + 1), None), ("0", None), ("-1", None), ("٣", None)),
        *(("1.0", None), ("", None), (" 1", None), ("1_0", None), ("9" * 5000, None), ("²", None)),
    ],
)
def test_a_number_is_what_people_write(written: str, number: int | None) -> None:
    assert plain_number(written) == number
