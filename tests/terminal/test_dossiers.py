"""A dossier comes into a folder whole and once, and who fetched it is noted once, wherever a crash came between."""

import os
from pathlib import Path
from typing import Any

import pytest

from connectors.attachment_folder import AttachmentFolder
from domain.dossier import Recipient
from terminal.dossiers import fetch
from tests.begin import BEGIN
from tests.store import NOW, Store
from tests.terminal.office import Office
from views.status import status

pytest_plugins = ["tests.store"]

NOTED = "select by, detail ->> 'for' as recipient, detail ->> 'sha256' as told from case_event where kind = 'dossier_fetched'"
WHERE = {
    "before it is written": "terminal.dossiers.write_through",
    "before it is noted": "facts.cases.dossiers.note",
    "before it is seen": "os.replace",
}


class Killed(Exception):
    """The process is gone."""


def seen(folder: Path) -> list[str]:
    """The files in it, beside the folder of what debtors attached."""
    return sorted(name for name in os.listdir(folder) if name != "attachments")


async def fetched(store: Store, folder: Path) -> Path:
    async with store.database.transaction() as connection:
        case = await status(connection, "acme", "1001", NOW)
    assert case is not None
    return await fetch(
        store.database, case, Recipient.COURT, "anne", folder, NOW, AttachmentFolder(folder / "attachments")
    )


@pytest.mark.parametrize("where", WHERE)
async def test_a_crash_anywhere_leaves_one_file_and_one_line_after_the_next_try(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    await store.invoice()

    def killed(*_: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(WHERE[where], killed)
        with pytest.raises(Killed):
            await fetched(store, tmp_path)
    assert [name for name in seen(tmp_path) if name.endswith(".zip")] == []
    path = await fetched(store, tmp_path)
    assert seen(tmp_path) == [path.name]
    assert [(row.by, row.recipient) for row in await store.rows(NOTED)] == [("anne", "court")]


async def test_each_fetch_is_noted_and_the_same_facts_are_the_same_file(store: Store, tmp_path: Path) -> None:
    await store.invoice()
    first, second = await fetched(store, tmp_path), await fetched(store, tmp_path)
    assert first == second
    noted = await store.rows(NOTED)
    assert len(noted) == 2
    assert len({row.told for row in noted}) == 1
    await store.pay()
    assert await fetched(store, tmp_path) != first
    assert len(seen(tmp_path)) == 2


def test_a_dossier_is_fetched_at_the_terminal(office: Office) -> None:
    office.invoices("d1")
    office.turn(BEGIN)
    typed = ("dossier", f"{office.creditor}/d1", "--for", "board", "--by", "anne", "--folder", office.folder)
    said = office.typed(*typed, "--json")
    assert said.code == 0, said
    assert Path(said.json["dossier"]).read_bytes().startswith(b"PK")
    assert "open index.html" in office.typed(*typed).out
    assert office.typed("dossier", f"{office.creditor}/d1", "--for", "everybody", "--by", "anne").code == 2
    assert office.typed("dossier", f"{office.creditor}/no-such", "--for", "vat", "--by", "anne").code == 1
