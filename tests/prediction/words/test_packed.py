"""What was learned is bytes that hold numbers alone: whatever else they are, they are refused."""

import pickle
from io import BytesIO
from typing import Any

import numpy as np
import pytest

from prediction.words.packed import pack, read_sorter
from prediction.words.sorting import built_in


class Runs:
    """What would run when it is unpickled."""

    def __reduce__(self) -> Any:
        return pytest.fail, ("something ran",)


@pytest.fixture(scope="module")
def packed() -> bytes:
    return pack(built_in().model, built_in().calibration)


def changed(packed: bytes, **arrays: Any) -> bytes:
    """The same with other arrays."""
    file = BytesIO()
    np.savez(file, **{**np.load(BytesIO(packed)), **arrays})
    return file.getvalue()


def test_what_was_packed_sorts_as_before(packed: bytes) -> None:
    read = read_sorter(packed)
    assert np.array_equal(read.model.weights, built_in().model.weights)
    assert read.sort("Jeg bestrider kravet, og betaler ikke") == built_in().sort(
        "Jeg bestrider kravet, og betaler ikke"
    )


def test_what_is_cut_off_damaged_or_something_else_is_refused(packed: bytes) -> None:
    middle = len(packed) // 2
    damaged = packed[:middle] + bytes(each ^ 255 for each in packed[middle : middle + 64]) + packed[middle + 64 :]
    others = [b"", b"PK", packed[:100], packed[:-100], packed[:middle], damaged, pickle.dumps(Runs()), b"\x93NUMPY"]
    for each in others:
        with pytest.raises(ValueError, match="cannot be read"):
            read_sorter(each)


def test_other_sizes_other_classes_and_what_is_no_number_are_refused(packed: bytes) -> None:
    weights = np.load(BytesIO(packed))["weights"]
    said = b'{"classes": ["paid"], "calibration": {}}'
    for arrays in (
        {"weights": weights[:, 1:]},
        {"centre": np.zeros(3)},
        {"weights": np.where(weights == weights.max(), np.nan, weights)},
        {"said": np.frombuffer(said, np.uint8)},
        {"said": np.frombuffer(b"[]", np.uint8)},
        {"said": np.frombuffer(b"\xff", np.uint8)},
        {"weights": np.array([Runs()], dtype=object)},
    ):
        with pytest.raises(ValueError):  # noqa: PT011  it is refused in several words
            read_sorter(changed(packed, **arrays))
