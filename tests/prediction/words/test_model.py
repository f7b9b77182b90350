"""What was learned: from our own examples as they are today, for every class in every language."""

from collections import Counter

import numpy as np

from domain.parties.message_classes import MessageClass
from prediction.words.features import centred, meanings, spelling
from prediction.words.model import CLASSES, LEARNED, hash_of_examples, read_examples, read_model


def test_what_is_kept_was_learned_from_the_examples_of_today() -> None:
    """Whoever changes an example learns anew: `make words`."""
    assert (LEARNED / "examples.sha256").read_text().strip() == hash_of_examples()


def test_every_class_has_examples_in_every_language() -> None:
    found = Counter((each.language, kind) for each in read_examples() for kind in each.classes)
    assert {kind for _, kind in found} == set(MessageClass)
    for language in ("nb", "nn", "sv", "da", "en", "fi"):
        few = {str(kind) for kind in MessageClass if found[language, kind] < 2}
        assert few == set(), f"{language} says little of {few}"


def test_an_example_stands_once_in_its_language() -> None:
    counted = Counter((each.language, each.text) for each in read_examples())
    assert [each for each, times in counted.items() if times > 1] == []


def test_the_same_examples_teach_the_same_weights() -> None:
    from prediction.words.train import train  # a second of scikit-learn, for every process that looks for tests

    examples = list(read_examples())
    few = [each for kind in MessageClass for each in [each for each in examples if kind in each.classes][:3]]
    known = meanings([each.text for each in few])
    first, second = train(few, known), train(few, known)
    assert np.array_equal(first.weights, second.weights)
    assert np.array_equal(first.centre, second.centre)


def test_what_is_learned_tells_what_it_was_shown() -> None:
    said = ["Jeg har betalt fakturaen", "Tusen takk for hjelpen"]
    paid, thanks = read_model().odds(said, meanings(said))
    assert CLASSES[int(paid.argmax())] == MessageClass.PAID
    assert CLASSES[int(thanks.argmax())] == MessageClass.THANKS


def test_the_same_text_has_the_same_numbers_alone_and_beside_others() -> None:
    alone, beside = meanings(["er betalt"]), meanings(["something else entirely", "er betalt"])
    assert np.array_equal(alone[0], beside[1])


def test_spelling_counts_the_same_whatever_the_length() -> None:
    for text in ("ok", "er betalt", "lang " * 500):
        assert abs(sum(count * count for count in spelling(text)[1]) ** 0.5 - 0.8) < 1e-6


def test_an_embedding_in_the_very_middle_says_nothing() -> None:
    middle = np.ones((1, 3), np.float32)
    assert np.array_equal(centred(middle, middle[0]), np.zeros((1, 3), np.float32))
