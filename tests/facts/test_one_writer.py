"""What books, tells or remembers is inserted by one statement, wherever it happens."""

import re

import pytest

from tools.check_imports import INNER
from tools.sources import ROOT

WRITERS = {
    "ledger_entry": "facts/money/postings.py",
    "outbox": "facts/outbox.py",
    "case_event": "facts/diary.py",
    "refund": "facts/money/refunds.py",
    "hand_off_message": "facts/collection/partner.py",
    "service_block": "facts/collection/service_blocks.py",
    "service_termination": "facts/collection/service_blocks.py",
}
MIGRATIONS = ROOT / "facts" / "migrations"


@pytest.mark.parametrize("table", WRITERS)
def test_a_table_has_one_insert(table: str) -> None:
    insert = re.compile(rf"insert\s+into\s+{table}\b", re.IGNORECASE)
    found = [
        path.relative_to(ROOT).as_posix()
        for room in INNER
        for path in (ROOT / room).rglob("*.py")
        if MIGRATIONS not in path.parents
        for _ in insert.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == [WRITERS[table]]
