"""The file of refunds in its folder: once, also where its writer was killed in between, and by two at once."""

from pathlib import Path

import pytest

from commands.money.refund_file import RefundFolder
from connectors.refund_files import RefundFiles
from facts.refusals import Refused
from tests.facts.money.test_refund_orders import owed, pays_back
from tests.store import LAWS, Store

pytest_plugins = ["tests.store"]


class Killed(Exception):
    """The process is gone."""


def folder_of(store: Store, folder: Path) -> RefundFolder:
    return RefundFolder(store.database, LAWS, RefundFiles(folder))


def seen(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


@pytest.mark.parametrize("killed", ["prepare", "publish"])
async def test_killed_in_between_each_refund_is_in_one_file(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: str
) -> None:
    await pays_back(store)
    await owed(store)

    def dies(self: RefundFiles, name: str, *rest: bytes) -> None:
        if killed == "prepare":
            prepare(self, name, b"written, and never committed")
        raise Killed

    prepare = RefundFiles.prepare
    with monkeypatch.context() as at_work:
        at_work.setattr(RefundFiles, killed, dies)
        with pytest.raises(Killed):
            await folder_of(store, tmp_path).write("acme", "kim")
    assert seen(tmp_path) == []
    written = await folder_of(store, tmp_path).write("acme", "kim")
    assert (written == []) == (killed == "publish")  # it was committed: the folder has it now
    ((name, content),) = await store.rows("select name, content from refund_file")
    assert seen(tmp_path) == [name]
    assert (tmp_path / name).read_text(encoding="utf-8") == content
    assert await store.one("select count(*) from refund_order") == 1


async def test_a_file_that_was_collected_is_never_left_there_again(store: Store, tmp_path: Path) -> None:
    await pays_back(store)
    await owed(store)
    (written,) = await folder_of(store, tmp_path).write("acme", "kim")
    (tmp_path / written.name).unlink()
    assert await folder_of(store, tmp_path).write("acme", "kim") == []
    assert seen(tmp_path) == []


async def test_two_at_once_write_one_file(store: Store, tmp_path: Path) -> None:
    await pays_back(store)
    await owed(store)
    with RefundFiles(tmp_path).alone() as alone:
        assert alone
        with pytest.raises(Refused, match="is being written"):
            await folder_of(store, tmp_path).write("acme", "kim")
