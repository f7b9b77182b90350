"""What people confirmed teaches beside our own examples, which alone judge it: no run of wrong confirmations passes."""

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from domain.parties.message_classes import STOPS, MessageClass
from facts.prediction.confirmed import Confirmed
from prediction.words.apart import LearningFailedError, learn_apart
from prediction.words.code import code
from prediction.words.learning import data_hash, examples_of, learn_anew
from prediction.words.model import Example, hash_of_examples, read_examples
from prediction.words.packed import read_sorter
from prediction.words.train import Seen, look_at

AT = datetime(2026, 7, 1, 12, tzinfo=UTC)
PROMISE, PLAN = MessageClass.PROMISE, MessageClass.WANTS_PLAN


def confirmed(words: str, *kinds: MessageClass, reply: int = 1) -> Confirmed:
    return Confirmed(reply, "nb", words, kinds or (PROMISE,), AT)


@cache
def few() -> list[Seen]:
    """Our own examples, a few of each class in one language."""
    found: dict[MessageClass, list[Example]] = {kind: [] for kind in MessageClass}
    for each in read_examples():
        for kind in each.classes if each.language == "nb" and len(each.text) < 60 else ():
            found[kind].append(each)
    return look_at(list(dict.fromkeys(each for kind in found.values() for each in kind[:5])), silent)


def silent(*_: object) -> None:
    """Nobody hears how far it is."""


def test_an_example_is_its_writers_own_words_and_the_same_words_teach_once() -> None:
    quoted = "Betaler fredag, resten i deler\n\nOn 3 June 2026, Acme wrote:\n> Pay"
    found = examples_of(
        [confirmed(quoted, PROMISE, PLAN), *(confirmed("Ja", reply=at) for at in (2, 3)), confirmed("👍")]
    )
    assert found == [
        Example("nb", "Betaler fredag, resten i deler", frozenset({PROMISE, PLAN})),
        Example("nb", "Ja", frozenset({PROMISE})),
    ]


def test_the_hash_is_of_all_that_teaches_in_whatever_order_and_of_nothing_else() -> None:
    one, other = confirmed("Betaler fredag"), confirmed("Betaler torsdag", reply=2)
    assert data_hash([one, other]) == data_hash([other, one])
    assert (
        len({data_hash([]), data_hash([one]), data_hash([one, other]), data_hash([confirmed("Betaler fredag", PLAN)])})
        == 4
    )
    assert data_hash([]) != hash_of_examples()
    assert len(code()) == 12


def test_what_people_confirmed_teaches_and_judges_nothing() -> None:
    told = [
        Example("nb", f"Blåbærsyltetøyet {word} kommer", frozenset({PLAN})) for word in ("snart", "straks", "visst")
    ]
    theirs = look_at(told, silent)
    learned, same = learn_anew(few(), theirs, [], silent), learn_anew(few(), theirs, told, silent)
    assert (learned.metrics["messages"], learned.metrics["confirmed"]) == (len(few()), 3)
    (likeliest, _), *_ = read_sorter(learned.weights).sort("Blåbærsyltetøyet straks kommer").classes
    assert likeliest == PLAN
    assert same.weights == learned.weights
    for name in ("stops_found", "held_for_nothing", "right_among_two"):
        assert same.metrics[name] == same.metrics[f"{name}_before"]


@pytest.mark.parametrize(("stops", "kind"), [(True, PROMISE), (False, MessageClass.DISPUTE_WHOLE)])
def test_a_run_of_wrong_confirmations_does_not_pass(stops: bool, kind: MessageClass) -> None:
    """Whoever confirms each dispute as a promise, or each question as a dispute."""
    wrong = [
        Seen(replace(each.example, classes=frozenset({kind})), each.embeddings)
        for each in few() * 3
        if bool(each.example.classes & STOPS) is stops
    ]
    assert learn_anew(few(), wrong, [], silent).why


async def test_whoever_waits_no_longer_leaves_no_process_behind() -> None:
    began = asyncio.Event()
    work = asyncio.create_task(learn_apart([confirmed("Ja")], [], lambda *_: began.set()))
    await began.wait()
    (process,) = children()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert process not in children()


async def test_a_process_that_dies_is_told_and_gives_nothing() -> None:
    began = asyncio.Event()
    work = asyncio.create_task(learn_apart([confirmed("Ja")], [], lambda *_: began.set()))
    await began.wait()
    (process,) = children()
    os.kill(process, signal.SIGKILL)
    with pytest.raises(LearningFailedError, match="ended with -9"):
        await work


def children() -> list[int]:
    """The processes of what learns that this one has started."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            said = (place / "stat").read_text().rpartition(")")[2].split()
            if int(said[1]) == os.getpid() and b"prediction.words.apart" in (place / "cmdline").read_bytes():
                found.append(int(place.name))
    return found


async def test_all_of_it_is_learned_in_a_process_of_its_own(full: bool) -> None:
    if not full:
        pytest.skip("it looks at thousands of messages: --full")
    steps: list[str] = []
    told = [confirmed("Betaler når lønna kommer på torsdag"), confirmed("Kan vi dele den på fire?", PLAN, reply=2)]
    learned = await learn_apart(told, [], lambda what, _done, _of: steps.append(what))
    assert (learned.name, learned.data_hash, learned.code, learned.why) == ("words", data_hash(told), code(), "")
    assert learned.metrics["stops_found"] >= 0.98
    assert set(steps) == {"looked at", "judged folds"}
    assert read_sorter(learned.weights).sort("Jeg bestrider kravet").stop
