"""Letters to print: a folder for each batch, one PDF for each delivery, and a manifest for the printer or the house."""

import fcntl
import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from connectors.whole_files import append_line, keep_names, make_folder, write_through

MANIFEST = "manifest.jsonl"
_CLOSED = "closed"
_E_INVOICE = ".xml"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class BatchClosedError(RuntimeError):
    """The batch has gone to the printer."""


@dataclass(frozen=True, slots=True)
class LetterMeta:
    """What the printer needs to know about a letter besides its pages' content; no names or addresses."""

    creditor: str
    country: str
    """ISO 3166-1 alpha-2: decides the postage."""
    pages: int
    ways: Sequence[str] = ()
    """In which a distribution house is to bring it, the first first; none: it is for the printer."""
    creditor_id: str | None = None
    """As status files name the creditor; None for the printer."""
    customer_number: str | None = None
    """The creditor's own for the debtor: by it the house finds a mailbox. None for the printer."""


@dataclass(frozen=True, slots=True)
class BatchedLetter:
    """One line of a manifest."""

    delivery_id: str
    file: str
    sha256: str
    creditor: str
    country: str
    pages: int
    ways: Sequence[str] = ()
    creditor_id: str | None = None
    customer_number: str | None = None
    e_invoice: str | None = None
    """The file beside it that is the invoice as an e-invoice."""


class PrintBatches:
    """The folder that the printer collects from; safe for many processes, each letter at most once."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made when missing."""
        self._folder = folder
        make_folder(folder)

    def add(self, *, batch: str, delivery_id: str, pdf: bytes, meta: LetterMeta, e_invoice: bytes | None = None) -> str:
        """Put a letter in a batch, an e-invoice beside it, and give its place there, "batch/delivery id.pdf".

        A delivery already in any batch stays as it was first put there, and that place is given. Raises
        ValueError for a batch or delivery id that is no file name, and BatchClosedError when the batch has
        gone to the printer.
        """
        _file_name(batch)
        name = f"{_file_name(delivery_id)}.pdf"
        with self._locked():
            path = self._find(delivery_id) or self._folder / batch / name
            known = path.exists()
            if not known:
                if (path.parent / _CLOSED).exists():
                    raise BatchClosedError(f"print batch {batch} has gone to the printer: put letter in a later batch")
                make_folder(path.parent)
                if e_invoice is not None:
                    _write_whole(path.with_suffix(_E_INVOICE), e_invoice)
                _write_whole(path, pdf)
            # A known letter may lack its line: a crash or a full disk may have come between them.
            if not known or all(letter.delivery_id != delivery_id for letter in self.letters(path.parent.name)):
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                line = {"delivery_id": delivery_id, "file": name, "sha256": digest} | asdict(meta)
                if (beside := path.with_suffix(_E_INVOICE)).exists():
                    line["e_invoice"] = beside.name
                told = {word: value for word, value in line.items() if value not in ((), None)}  # to the house alone
                append_line(path.parent / MANIFEST, orjson.dumps(told))
            return f"{path.parent.name}/{name}"

    def letters(self, batch: str) -> list[BatchedLetter]:
        """The letters of a batch, in the order they came; none for a batch that does not exist. Broken lines are left out."""
        read = (_letter(line) for line in self._lines(batch))
        return [letter for letter in read if letter is not None]

    def broken_lines(self, batch: str) -> int:
        """How many lines of a batch's manifest cannot be read: the printer cannot read them either."""
        return sum(_letter(line) is None for line in self._lines(batch))

    def _lines(self, batch: str) -> list[bytes]:
        manifest = self._folder / _file_name(batch) / MANIFEST
        return manifest.read_bytes().splitlines(keepends=True) if manifest.exists() else []

    def batches(self) -> list[str]:
        """The names of all batches, sorted."""
        return sorted(path.name for path in self._folder.iterdir() if path.is_dir())

    def withdraw(self, delivery_id: str) -> bool:
        """Take a letter out of its batch; False when it is in none, or its batch has gone to the printer."""
        _file_name(delivery_id)
        with self._locked():
            path = self._find(delivery_id)
            if path is None or (path.parent / _CLOSED).exists():
                return False
            lines = ((line, _letter(line)) for line in self._lines(path.parent.name))
            kept = [line for line, letter in lines if letter is None or letter.delivery_id != delivery_id]
            _write_whole(path.parent / MANIFEST, b"".join(kept))
            path.unlink()
            path.with_suffix(_E_INVOICE).unlink(missing_ok=True)
            return True

    def close(self, batch: str) -> None:
        """The printer has the batch: nothing goes in or out any more.

        Raises FileNotFoundError for an unknown batch.
        """
        folder = self._folder / _file_name(batch)
        with self._locked():
            if not folder.is_dir():
                raise FileNotFoundError(
                    f"no print batch {batch}: the batches are {', '.join(self.batches()) or 'none'}"
                )
            (folder / _CLOSED).touch()

    def _find(self, delivery_id: str) -> Path | None:
        return next(self._folder.glob(f"*/{delivery_id}.pdf"), None)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time, across processes; the lock goes when its holder dies."""
        with (self._folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _file_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a print batch or letter: use letters, digits, '.', '_' and '-'")
    return name


def _letter(line: bytes) -> BatchedLetter | None:
    """What a line of a manifest says; None for one that is broken."""
    try:
        return BatchedLetter(**orjson.loads(line))
    except (ValueError, TypeError):
        return None


def _write_whole(path: Path, content: bytes) -> None:
    """The printer never sees half a file: write beside it, then rename."""
    beside = path.with_name(f".{path.name}.part")
    write_through(beside, content)
    beside.replace(path)
    keep_names(path.parent)
