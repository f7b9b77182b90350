"""One message sorted: its own words alone, by the rules and by what was learned, as a whole and sentence by sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from domain.parties.message_classes import MessageClass, Sorted
from domain.parties.quoted_text import fold
from domain.parties.replies import SIGNATURE
from prediction.words.calibration import Calibration, Evidence, chance, read_calibration
from prediction.words.features import Matrix, meanings
from prediction.words.model import CLASSES, Model, read_model
from prediction.words.rules import doubted_by_rules, said_by_rules, sentences

RULE = 0.6
"""How probable a class is at least where a rule says it: a danger told in words that nobody taught is urgent all the same."""
UNSURE = 0.5
"""Where the likeliest class is less probable than that, nothing is understood."""
SHOWN_FROM = 0.1
LONGEST = (
    1_000  # characters that are embedded as one: of twice as many it takes three times as long; the rules read all
)
FIRST, LAST = 40, 20  # sentences of a long message that are looked at one by one


@dataclass(frozen=True)
class Sorter:
    """What sorts messages: what was learned, and what its scores are worth."""

    model: Model
    calibration: Calibration

    def sort(self, text: str) -> Sorted:
        """Sort a message in any language; what it quotes of older mail counts for nothing.

        Of what is not understood, `other` is the likeliest.
        """
        said = own_words(text)
        if not any(sign.isalpha() for sign in said):
            return Sorted(((MessageClass.OTHER, 1.0),), stop=False)
        known = self.calibration
        evidence, quotes = evidence_in(said, self.model)
        probable = {kind: max(known.probability(kind, each), RULE * each.ruled) for kind, each in evidence.items()}
        best = max(probability for kind, probability in probable.items() if kind != MessageClass.OTHER)
        if best < UNSURE:
            probable[MessageClass.OTHER] = max(probable[MessageClass.OTHER], UNSURE)
        ranked = sorted(probable.items(), key=lambda each: -each[1])
        shown = [each for each in ranked if each[1] >= SHOWN_FROM]
        classes = tuple(shown if len(shown) > 1 else ranked[:2])
        stop = known.stop_chance(evidence) >= known.stop_from
        return Sorted(classes, stop, {kind: quotes[kind] for kind, _ in classes})


def sort_message(text: str) -> Sorted:
    """Sort a message by what is built in."""
    return built_in().sort(text)


@cache
def built_in() -> Sorter:
    """What came with the program."""
    return Sorter(read_model(), read_calibration())


def own_words(text: str) -> str:
    """A message without what it quotes and what a phone adds. A name below stays: "Bo Ek, lawyer" says who writes."""
    readable = text.encode("utf-8", "replace").decode().replace("\0", " ")
    said, _ = fold(readable)
    return "\n".join(line for line in said.splitlines() if not SIGNATURE.match(line)).strip()


@dataclass(frozen=True)
class Parts:
    """A message as it is looked at: its sentences, and the texts that are embedded, the first of them as a whole."""

    sentences: Sequence[str]
    spoken: Sequence[str]
    texts: Sequence[str]


def parts_of(said: str) -> Parts:
    """How a message is looked at: whole and sentence by sentence, of a long one the first and the last."""
    parts = sentences(said)
    looked_at = parts if len(parts) <= FIRST + LAST else [*parts[:FIRST], *parts[-LAST:]]
    texts = [said[:LONGEST], *(part[:LONGEST] for part in looked_at if part != said)]
    return Parts(parts, [part[:LONGEST] for part in looked_at], texts)


def evidence_in(
    said: str, model: Model, embeddings: Matrix | None = None
) -> tuple[dict[MessageClass, Evidence], Mapping[MessageClass, str]]:
    """What speaks for each class: half by the whole, half by the one sentence that says it clearest, and the rules beside it.

    Beside it that sentence of each: the first that a rule speaks of, else the likeliest. `embeddings` are those of its
    texts, where they are known already. The two halves are log odds: one sentence out of place moves them less than chances.
    """
    parts = parts_of(said)
    learned = model.odds(parts.texts, meanings(parts.texts) if embeddings is None else embeddings)
    alone = len(parts.texts) == 1
    both = learned[0] if alone else (learned[0] + learned[1:].max(0)) / 2
    other = CLASSES.index(MessageClass.OTHER)
    both[other] = learned[0][other]  # a "Hello." alone is nothing
    scores = {kind: chance(float(odds)) for kind, odds in zip(CLASSES, both, strict=True)}
    ruled, doubted = said_by_rules(parts.sentences), doubted_by_rules(parts.sentences)
    clearest = [parts.spoken[0]] * len(CLASSES) if alone else [parts.texts[1:][best] for best in learned[1:].argmax(0)]
    quotes = dict(zip(CLASSES, clearest, strict=True))
    for kind in ruled:
        quotes[kind] = next((part for part in parts.spoken if kind in said_by_rules([part])), quotes[kind])
    return {kind: Evidence(score, kind in ruled, kind in doubted) for kind, score in scores.items()}, quotes
