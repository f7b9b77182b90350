"""What a file that a direct-debit centre has left is, whatever its name: its first record tells."""

from pathlib import Path

from connectors.bank_files.records import Records
from connectors.direct_debit import autogiro, autogiro_mandates, avtalegiro
from connectors.direct_debit.mandate_list import MandateFile


def read_mandates(path: Path) -> MandateFile:
    """The mandates of a file of Nets or of Bankgirot, what is wrong about it as flags; OSError where it cannot be read."""
    if autogiro_mandates.is_of_mandates(_first_record(path)):
        return autogiro_mandates.read_mandates(path)
    return avtalegiro.read_mandates(path)


def tells_of_draws(path: Path) -> bool:
    """Whether a file tells what became of draws, and of no mandates; OSError where it cannot be read."""
    return autogiro.is_of_answers(_first_record(path))


def _first_record(path: Path) -> str:
    return next(iter(Records(path, autogiro.RECORD)), "")
