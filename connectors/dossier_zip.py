"""A ZIP whose bytes are the same for the same files, in whatever zone, on whatever machine it is made; with its checksums."""

import zipfile
from hashlib import sha256
from typing import IO, Final

SUMS: Final = "SHA256SUMS"
EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP can have: when it was made says nothing
FOR_THE_OWNER: Final = 0o600 << 16


class DossierZip:
    """Files go in one by one, stored as they are; the checksums go in last."""

    def __init__(self, into: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(into, "w", zipfile.ZIP_STORED)
        self._sums: dict[str, str] = {}

    def add(self, name: str, content: bytes) -> str:
        """Put a file in; gives its SHA-256. Raises ValueError for a name that is there, or that leads elsewhere."""
        if name in self._sums or name.startswith("/") or "\\" in name or ".." in name.split("/"):
            raise ValueError(f"{name!r} is no new name of a file in a dossier")
        self._write(name, content)
        self._sums[name] = sha256(content).hexdigest()
        return self._sums[name]

    def close(self) -> None:
        """Put the checksums in, as `sha256sum --check` reads them, and end."""
        self._write(SUMS, "".join(f"{told}  {name}\n" for name, told in self._sums.items()).encode())
        self._zip.close()

    def _write(self, name: str, content: bytes) -> None:
        entry = zipfile.ZipInfo(name, EPOCH)
        entry.create_system, entry.external_attr = 3, FOR_THE_OWNER
        self._zip.writestr(entry, content)
