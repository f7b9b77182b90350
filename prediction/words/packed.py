"""What was learned as bytes and back: arrays alone, of the sizes that they must have, and nothing that runs."""

import json
import zlib
from dataclasses import asdict
from io import BytesIO
from zipfile import BadZipFile

import numpy as np

from prediction.words.calibration import Calibration, calibration_of
from prediction.words.features import MEANINGS, PIECES
from prediction.words.model import CLASSES, Model
from prediction.words.sorting import Sorter

SHAPES = {"centre": (MEANINGS,), "weights": (len(CLASSES), 1 + MEANINGS + PIECES)}


def pack(model: Model, calibration: Calibration) -> bytes:
    """A model and what its scores are worth, as a file of numpy's (.npz)."""
    said = json.dumps({"classes": CLASSES, "calibration": asdict(calibration)})
    file = BytesIO()
    arrays = {name: getattr(model, name).astype(np.float16) for name in SHAPES}
    np.savez_compressed(file, **arrays, said=np.frombuffer(said.encode(), np.uint8))
    return file.getvalue()


def read_sorter(packed: bytes) -> Sorter:
    """What sorts by it. Raises ValueError where it is cut off, damaged, of other classes or sizes, or no numbers."""
    try:
        with np.load(BytesIO(packed), allow_pickle=False) as file:
            arrays = {name: file[name].astype(np.float32) for name in SHAPES}
            said = json.loads(file["said"].tobytes())
        calibration = calibration_of(said["calibration"])
    except (BadZipFile, EOFError, KeyError, OSError, TypeError, ValueError, zlib.error) as error:
        raise ValueError(f"what was learned cannot be read: {type(error).__name__}") from error
    wrong = [
        name for name, shape in SHAPES.items() if arrays[name].shape != shape or not np.isfinite(arrays[name]).all()
    ]
    if said["classes"] != list(CLASSES) or wrong:
        raise ValueError(f"what was learned is not what sorts here: {', '.join(wrong) or 'other classes'}")
    return Sorter(Model(**arrays), calibration)
