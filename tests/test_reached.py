"""Nothing in the tree is dead: what nobody reaches is found, and there is none but what is named here with its reason."""

from functools import cache
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from facts import tables  # noqa: F401  the tables fill the metadata
from tests.reached import Tree

ROOT = Path(__file__).resolve().parents[1]
CALLED_BY_A_LIBRARY = {
    "CREATE_VIEW": "the environment of the migrations makes the view",
    "DROP_VIEW": "the environment of the migrations makes the view",
    "_Answer.getcode": "SendGrid's client asks for it",
    "_PooledClient._make_request": "SendGrid's client sends by it",
}
TO_COME = frozenset(
    ["assigned", "stop", "stops", "write", "Experiment.smallest_effect", "Learn.explore", "NewProposal.explored"]
)
"""What is learned by experiments, and the commands that stop them, follow."""
SHOWN_WHOLE = {
    "AgreedPlan": "in the terminal's JSON",
    "ApiKey": "in the terminal's table",
    "AutogiroAnswer": "in the terminal's JSON",
    "BatchedLetter": "in a print batch's list of letters",
    "ClaimRow": "in the terminal's table",
    "FeeMonth": "in the terminal's table",
    "HandOffRow": "in the terminal's table",
    "LetterMeta": "in a print batch's list of letters",
    "Mandate": "in the terminal's table",
    "MessageRow": "in the terminal's table",
    "Score": "in the statement that keeps scores",
    "VitalSigns": "as metrics",
    "Wanted": "in the statement that plans claims",
}
"""Dataclasses whose fields are all shown, or stored, by their names."""
GIVEN_BY_TESTS = {
    "MessageSpec.folder": "a kind of message from outside the product",
}
FOR_A_PERSON = {
    "decision.looked_seq": "up to which news it looked",
    "history_removal.file_id": "which file it was",
    "hold.released_by": "who did it",
    "send_request.undone_by": "who did it",
    "skip.undone_by": "who did it",
    "stop_switch.lifted_by": "who did it",
    "receivables_of_day.summary_id": "of which summing up it is",
}
"""Columns that are written for whoever looks into the database, or that a constraint reads."""


@cache
def project() -> Tree:
    return Tree(ROOT)


def names(found: list[str]) -> list[str]:
    """What was found, without its files and lines."""
    return sorted({each.rpartition(" ")[2] for each in found} - TO_COME)


def test_every_function_class_constant_and_method_is_used() -> None:
    found = list(project().unused())
    assert names(found) == sorted(CALLED_BY_A_LIBRARY), found


def test_every_field_is_read() -> None:
    found = [each for each in project().unread() if each.rpartition(" ")[2].partition(".")[0] not in SHOWN_WHOLE]
    assert names(found) == [], found


def test_every_field_that_has_a_value_of_its_own_is_given_another_somewhere() -> None:
    found = list(project().never_given())
    assert names(found) == sorted(GIVEN_BY_TESTS), found


def test_every_column_is_read() -> None:
    # When a row was written is for audit: no rule may read it.
    columns = {
        table.name: [column.name for column in table.columns if column.name != "recorded_at"]
        for table in SQLModel.metadata.tables.values()
    }
    assert sorted(project().unasked(columns)) == sorted(FOR_A_PERSON)


# --- what it finds ---------------------------------------------------------------------------------------------


def tree(folder: Path, **files: str) -> Tree:
    """A project of files by their names."""
    for name, source in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return Tree(folder)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("def alone(): ...", "alone"),
        ("async def alone(): ...", "alone"),
        ("class Alone: ...", "Alone"),
        ("ALONE = 1", "ALONE"),
        ("ALONE: int = 1", "ALONE"),
        ("@cache\ndef alone(): ...", "alone"),
        ("class Used:\n    def alone(self): ...\nUsed()", "Used.alone"),
        ("class Used:\n    @property\n    def alone(self): ...\nUsed()", "Used.alone"),
    ],
)
def test_what_only_a_test_uses_is_found(source: str, name: str, tmp_path: Path) -> None:
    found = tree(
        tmp_path, facts__deep__inside=source, tests__test_it=f"from facts.deep.inside import *\nx.{name}\n{name}"
    )
    assert names(list(found.unused())) == [name]


@pytest.mark.parametrize(
    "other",
    [
        "from facts.inside import there",
        "from facts import inside\ninside.there()",
        "import facts.inside as it\nit.there()",
    ],
)
def test_what_another_file_uses_is_reached(other: str, tmp_path: Path) -> None:
    assert list(tree(tmp_path, facts__inside="def there(): ...", web__door=other).unused()) == []


def test_the_same_name_in_another_file_is_no_use(tmp_path: Path) -> None:
    others = {"web__door": "from facts.other import there", "facts__other": "def there(): ..."}
    (found,) = tree(tmp_path, facts__inside="\ndef there(): ...", **others).unused()
    assert found == "facts/inside.py:2: there"


@pytest.mark.parametrize(
    "source",
    [
        "@router.get('/')\ndef page(): ...",
        "class Case(Base):\n    def overridden(self): ...\nCase()",
        "class Case:\n    @workflow.signal\n    def told(self): ...\nCase()",
        "class Case:\n    def __len__(self): ...\nCase()",
    ],
)
def test_what_a_framework_calls_is_reached(source: str, tmp_path: Path) -> None:
    assert list(tree(tmp_path, web__door=source).unused()) == []


def test_the_simulator_may_have_what_only_a_test_uses(tmp_path: Path) -> None:
    test = "from simulator.bank import fails"
    assert list(tree(tmp_path, simulator__bank="def fails(): ...", tests__test_it=test).unused()) == []


FEE = """
from dataclasses import dataclass
@dataclass(frozen=True)
class Fee:
    amount: int
    reversed: bool = False
"""


def test_a_field_that_is_only_given_is_found(tmp_path: Path) -> None:
    (found,) = tree(tmp_path, domain__fee=f"{FEE}\nFee(amount=1, reversed=True).amount").unread()
    assert found == "domain/fee.py:6: Fee.reversed"


@pytest.mark.parametrize(
    "read", ["fee.reversed", "getattr(fee, 'reversed')", "match fee:\n    case Fee(reversed=True): ..."]
)
def test_a_field_that_is_read_is_reached(read: str, tmp_path: Path) -> None:
    assert list(tree(tmp_path, domain__fee=FEE, web__door=f"fee.amount\n{read}").unread()) == []


def test_a_field_that_a_template_says_is_reached(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>{{ fee.amount }}{% if fee.reversed %}reversed{% endif %}</p>")
    assert list(tree(tmp_path, domain__fee=FEE).unread()) == []


def test_a_field_that_nobody_gives_is_found(tmp_path: Path) -> None:
    (found,) = tree(
        tmp_path, domain__fee=f"{FEE}\nFee(1)\nOther(reversed=True)", tests__test_it="Fee(1, True)"
    ).never_given()
    assert found == "domain/fee.py:6: Fee.reversed"


@pytest.mark.parametrize(
    "given", ["Fee(1, True)", "Fee(1, reversed=True)", "Fee(*row)", "Fee(**row)", "replace(fee, reversed=True)"]
)
def test_a_field_that_somebody_gives_is_reached(given: str, tmp_path: Path) -> None:
    assert list(tree(tmp_path, domain__fee=FEE, web__door=given).never_given()) == []


@pytest.mark.parametrize(
    "statement",
    [
        "insert into hold (id, by) values (:id, :by)",
        "update hold set until = :now, by = :by where id = 1",
        "select id as by from hold where id = :by -- by whom",
        "select by from dispute",
    ],
)
def test_a_column_that_is_only_written_is_found(statement: str, tmp_path: Path) -> None:
    assert list(tree(tmp_path, facts__holds=f"HOLD = {statement!r}").unasked({"hold": ["by"]})) == ["hold.by"]


@pytest.mark.parametrize(
    "statement",
    [
        "'select by from hold'",
        "f'select h.by from {table} h join hold'",
        "'update hold set until = :now where by = :by'",
        "'h.id, h.by'",
    ],
)
def test_a_column_that_is_asked_for_is_reached(statement: str, tmp_path: Path) -> None:
    assert list(tree(tmp_path, facts__holds=f"HOLD = {statement}").unasked({"hold": ["by"]})) == []
