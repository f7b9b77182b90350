"""Guesses for tests: a score of a case as a refresh writes it, and a segment that a debtor is in."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from facts.database import to_json
from facts.prediction import scores
from facts.prediction.scores import Scores
from tests.store import NOW, Store

LEARN = """
with known as (select id from model_version where name = 'payment' and data_hash = :name),
learned as (
  insert into model_version (name, data_hash, code, weights, passed, why, happened_at)
  select 'payment', :name, 'code', '', true, '', :at where not exists (select from known) returning id),
chosen as (
  insert into model_choice (name, version_id, retired, by, reason_code, happened_at)
  select 'payment', id, false, 'purr', 'learned', :at from learned)
select id from known union all select id from learned
"""


async def learned(store: Store, name: str = "first", at: datetime = NOW) -> int:
    """What was learned under a name, in use from then on; gives its version."""
    version: int = await store.one(LEARN, name=name, at=at)
    return version


def score(*cases: int, **changes: Any) -> Scores:
    """The scores of cases that are likely to be paid late."""
    values: dict[str, Any] = {
        "chance_7": Decimal("0.1"),
        "chance_14": Decimal("0.3"),
        "chance_30": Decimal("0.6"),
        "chance_next_step": Decimal("0.2"),
        "expected_money": Decimal("739.50"),
        "expected_on": None,
        "cold": False,
        "why": [
            ("late_share", "later", 0.8, "paid late 3 of 5 times before"),
            ("promises_kept", "sooner", 0.2, "the debtor kept 1 promise"),
        ],
        "late_because": {
            "forgot": {"chance": 0.7, "facts": [["read, not paid", 2, ["2026-06-29"], None, None]], "came_out": 0}
        },
    }
    values |= changes
    values |= {name: to_json(values[name]) for name in ("why", "late_because")}
    return Scores(case=list(cases), **{name: [value] * len(cases) for name, value in values.items()})


async def scored(store: Store, *cases: int, at: datetime = NOW, name: str = "first", **changes: Any) -> int:
    """Score these cases by what was learned under a name; gives how many scores are kept."""
    version = await learned(store, name)
    async with store.database.transaction() as connection:
        return await scores.keep(connection, version, score(*cases, **changes), at)


async def in_segment(store: Store, name: str, key: str = "valued-late", at: datetime = NOW) -> None:
    """Every debtor is found in a segment of this name."""
    await store.do(
        "insert into found_segment (creditor_id, key, name, happened_at) values ('acme', :key, :name, :at)",
        key=key,
        name=name,
        at=at,
    )
    await store.do(
        """insert into debtor_segment (debtor_id, creditor_id, segment, found_in, version, found_at)
        select id, 'acme', :key, :key, 'first', :at from debtor""",
        key=key,
        at=at,
    )
