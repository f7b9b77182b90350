"""Versions of what was learned, with their weights, and which of them is in use: the choice that was made last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from facts.database import to_json
from facts.refusals import Unknown

ModelName = Literal["words", "payment", "contacts"]
NAMES: Final[tuple[ModelName, ...]] = get_args(ModelName)
NOT_LEARNED: Final = 0
"""The version of a name of which nothing that was learned here is in use."""
WITHOUT: Final[Mapping[ModelName, str]] = {
    "words": "what is built in",
    "payment": "nothing learned",
    "contacts": "nothing learned",
}
"""What is used then."""

LOCK = text("select pg_advisory_xact_lock(hashtextextended('model ' || :name, 0))")
STORE = text("""
insert into model_version (name, data_hash, code, metrics, weights, passed, why, happened_at)
values (:name, :data_hash, :code, cast(:metrics as jsonb), :weights, :passed, :why, :now)
on conflict (name, data_hash, code) do nothing returning id
""")
FIELDS = "id as number, name, data_hash, code, metrics, passed, why, happened_at as at"
READ = text(f"select {FIELDS} from model_version where name = :name and id = :number")
LIST = text(f"select {FIELDS} from model_version where name = any(cast(:names as text[])) order by id")
KNOWN = text(f"select {FIELDS} from model_version where name = :name and data_hash = :data_hash and code = :code")
WEIGHTS = text("select weights from model_version where name = :name and id = :number")
CHOOSE = text("""
insert into model_choice (name, version_id, retired, undoes, by, reason_code, happened_at)
values (:name, nullif(cast(:number as int), 0), :retired, :undoes, :by, :reason_code, :now)
""")
CHOICES = text("""
select id, coalesce(version_id, 0) as number, retired, undoes, by, reason_code, happened_at as since
from model_choice where name = :name order by id
""")


@dataclass(frozen=True, slots=True)
class Trained:
    """What was just learned: `weights` are numpy's, without anything pickled; `why` says why it did not pass."""

    name: ModelName
    data_hash: str
    code: str
    metrics: Mapping[str, Any]
    weights: bytes
    why: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """What was learned at one time (UTC), without its weights."""

    number: int
    name: ModelName
    data_hash: str
    code: str
    metrics: Mapping[str, Any]
    passed: bool
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """What is used from then on (UTC): a version, or nothing that was learned here; by whom and why."""

    id: int
    number: int
    retired: bool
    undoes: int | None
    by: str
    reason_code: str
    since: datetime


@dataclass(frozen=True, slots=True)
class InUse:
    """What is in use of a name: the last choice that was not taken back, the one before it, and what was told last."""

    name: ModelName
    last: Choice | None
    before: Choice | None
    told: Choice | None

    @property
    def number(self) -> int:
        """The version; NOT_LEARNED where none is."""
        return self.last.number if self.last else NOT_LEARNED

    @property
    def retired(self) -> bool:
        """Whether nothing that is learned may be used."""
        return self.last is not None and self.last.retired

    @property
    def what(self) -> str:
        """What is in use, in words."""
        what = f"version {self.number}" if self.number else WITHOUT[self.name]
        return f"retired; {what}" if self.retired else what

    @property
    def words(self) -> str:
        """The same, by whom and why."""
        if self.told is None:
            return f"{self.what}; nothing else was ever chosen"
        return f"{self.what}; {self.told.reason_code}, by {self.told.by}"


async def lock(connection: AsyncConnection, name: ModelName) -> None:
    """Let nobody else choose a version of the name until the end of the transaction."""
    await connection.execute(LOCK, {"name": name})


async def store(connection: AsyncConnection, trained: Trained, now: datetime) -> int | None:
    """Keep a version; gives its number, None where the same data and code gave one before."""
    values = {each: getattr(trained, each) for each in ("name", "data_hash", "code", "weights", "why")}
    values |= {"metrics": to_json(trained.metrics), "passed": not trained.why, "now": now}
    number: int | None = (await connection.execute(STORE, values)).scalar_one_or_none()
    return number


async def find(connection: AsyncConnection, name: ModelName, data_hash: str, code: str) -> Version | None:
    """The version that the same data and code gave before."""
    row = (await connection.execute(KNOWN, {"name": name, "data_hash": data_hash, "code": code})).first()
    return Version(*row) if row else None


async def read(connection: AsyncConnection, name: ModelName, number: int) -> Version:
    """A version by its number. Raises Unknown where the name has none of it."""
    row = (await connection.execute(READ, {"name": name, "number": number})).first()
    if row is None:
        raise Unknown(f"{name} has no version {number}: `starter.py models list` shows those it has")
    return Version(*row)


async def list_(connection: AsyncConnection, *names: ModelName) -> list[Version]:
    """The versions of some names, the oldest first."""
    return [Version(*row) for row in (await connection.execute(LIST, {"names": list(names)})).all()]


async def weights_of(connection: AsyncConnection, name: ModelName, number: int) -> bytes:
    """The weights of a version that is there: whoever reads them checks them."""
    found: bytes = (await connection.execute(WEIGHTS, {"name": name, "number": number})).scalar_one()
    return bytes(found)


async def choices(connection: AsyncConnection, name: ModelName) -> list[Choice]:
    """What was chosen of a name, the oldest first."""
    return [Choice(*row) for row in (await connection.execute(CHOICES, {"name": name})).all()]


async def in_use(connection: AsyncConnection, name: ModelName) -> InUse:
    """What is in use of a name: the last choice that was not taken back."""
    made = await choices(connection, name)
    undone = {each.undoes for each in made}
    stand = [each for each in made if each.undoes is None and each.id not in undone]
    before, last = [None, None, *stand][-2:]
    return InUse(name, last, before, made[-1] if made else None)


async def choose(
    connection: AsyncConnection,
    name: ModelName,
    number: int,
    by: str,
    reason_code: str,
    now: datetime,
    *,
    retired: bool = False,
    undoes: int | None = None,
) -> None:
    """Keep what is used of a name from now on. The caller holds the lock, and has checked that it may be used."""
    values = {"name": name, "number": number, "retired": retired, "undoes": undoes, "by": by}
    await connection.execute(CHOOSE, values | {"reason_code": reason_code, "now": now})
