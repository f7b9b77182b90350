"""A newcomer finds every module in the guide, with what it is about."""

from pathlib import Path

from tools.sources import ROOT
from tools.tree import GUIDE, tree, written


def test_the_guide_has_the_tree_of_today() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    assert written(guide, ROOT) == guide, "write it anew: python -m tools.tree"


def test_every_module_says_what_it_is_about_in_one_line() -> None:
    silent = [line for line in tree(ROOT).splitlines() if len(line.split()) == 1]
    assert silent == []


def test_a_module_that_comes_is_in_the_tree(tmp_path: Path) -> None:
    room = tmp_path / "facts" / "parties"
    room.mkdir(parents=True)
    (tmp_path / "facts" / "__init__.py").write_text('"""What is known."""\n')
    (room / "__init__.py").write_text('"""Creditors and debtors."""\n')
    (room / "debtors.py").write_text('"""Debtors.\n\nMore of it."""\n')
    assert [line.split() for line in tree(tmp_path).splitlines()] == [
        ["facts/", "What", "is", "known."],
        ["parties/", "Creditors", "and", "debtors."],
        ["debtors.py", "Debtors."],
    ]
