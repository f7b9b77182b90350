"""What was learned from the examples: a weight for each class and number, read without what trained it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import cast

import numpy as np

from domain.located_yaml import plain
from domain.parties.message_classes import MessageClass
from prediction.words.features import MEANINGS, Matrix, centred, spelling
from prediction.words.rules import FOLDER as RULES

EXAMPLES = Path(__file__).with_name("examples")
LEARNED = Path(__file__).with_name("learned")
CLASSES = tuple(MessageClass)


@dataclass(frozen=True)
class Example:
    """A message that we wrote, and what it is about."""

    language: str
    text: str
    classes: frozenset[MessageClass]


def read_examples() -> Iterator[Example]:
    """Our own examples: a file a language, in each the messages of one class, or of several, one a line."""
    for file in sorted(EXAMPLES.glob("*.yaml")):
        for names, messages in plain(file.read_text("utf-8")).items():
            classes = frozenset(MessageClass(name.strip()) for name in names.split(","))
            yield from (Example(file.stem, line, classes) for line in messages.splitlines())


def hash_of_examples() -> str:
    """What was learned from: another word in an example, another hash."""
    return sha256(b"".join(file.read_bytes() for file in sorted(EXAMPLES.glob("*.yaml")))).hexdigest()


@dataclass(frozen=True)
class Model:
    """Weights, a row for each class: first what holds for all, then meaning, then spelling."""

    centre: Matrix
    weights: Matrix

    def odds(self, texts: Sequence[str], embeddings: Matrix) -> Matrix:
        """How probable each class is, as log odds, a row for each text; each class by itself.

        `embeddings` are those of the texts, a row each.
        """
        meant = self.weights[:, 0] + centred(embeddings, self.centre) @ self.weights[:, 1 : MEANINGS + 1].T
        weights = self.weights[:, MEANINGS + 1 :]
        spelt = [weights[:, places] @ np.asarray(counts, np.float32) for places, counts in map(spelling, texts)]
        return cast(Matrix, (meant + np.stack(spelt)).astype(np.float32))

    def write(self, folder: Path) -> None:
        """Keep it, with the hash of the examples."""
        folder.mkdir(exist_ok=True)
        np.save(folder / "centre.npy", self.centre.astype(np.float16))
        np.save(folder / "weights.npy", self.weights.astype(np.float16))
        (folder / "examples.sha256").write_text(hash_of_examples() + "\n")


def version() -> str:
    """Which sorting this is: of other examples, rules or weights another name."""
    files = [*LEARNED.iterdir(), *RULES.glob("*.yaml")]
    return sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()[:12]


def read_model(folder: Path = LEARNED) -> Model:
    """What was kept."""
    return Model(*(np.load(folder / f"{name}.npy").astype(np.float32) for name in ("centre", "weights")))
