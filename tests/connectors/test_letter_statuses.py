"""Status files of a distribution house are read whole, or refused with every line that is wrong."""

from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.letter_statuses import read_statuses
from domain.distribution_house import Line, Told, Way

HEAD = "creditor,letter,status,at,way"
LETTER = UUID("0192f3a4-7c1e-7b60-9a55-3d1f0a2b4c6d")


def written(folder: Path, *lines: str, head: str = HEAD) -> Path:
    file = folder / "status.csv"
    file.write_text("\n".join([head, *lines]), "utf-8")
    return file


def test_each_line_tells_one_thing_of_a_letter_with_a_day_or_a_moment(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        f"acme,{LETTER},delivered digitally,2026-12-03T09:14:00+01:00,digital mailbox",
        f"acme,{LETTER},Posted,2026-12-07,",
    )
    assert read_statuses(file) == [
        Line(2, "acme", LETTER, Told.DELIVERED, Way.MAILBOX, None, datetime.fromisoformat("2026-12-03T08:14:00+00:00")),
        Line(3, "acme", LETTER, Told.POSTED, None, date(2026, 12, 7), None),
    ]


def test_the_columns_may_stand_in_another_order_and_be_parted_by_semicolons(tmp_path: Path) -> None:
    file = written(tmp_path, f"2026-12-07;posted;{LETTER};acme", head="at;status;letter;creditor")
    assert [line.told for line in read_statuses(file)] == [Told.POSTED]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"acme,{LETTER},lost,2026-12-07,", "line 3: 'lost' is none of delivered digitally, opened, printed"),
        ("acme,12,posted,2026-12-07,", "line 3: '12' is no letter's id"),
        (f"acme,{LETTER},posted,07.12.2026,", "line 3: '07.12.2026' is no day and no moment with a zone"),
        (f"acme,{LETTER},posted,2026-12-07T09:00:00,", "no moment with a zone"),
        (f"acme,{LETTER},posted,2026-02-30,", "is no day"),
        (f",{LETTER},posted,2026-12-07,", "line 3: creditor is empty"),
        (f"acme,{LETTER},posted,2026-12-07,digital mailbox", "what is posted does not go by digital mailbox"),
        (f"acme,{LETTER},opened,2026-12-07,paper", "what is opened does not go by paper"),
        (f"acme,{LETTER},opened,2026-12-07,pigeon", "'pigeon' is none of"),
        (f"acme,{LETTER},opened", "line 3: has 3 fields"),
    ],
)
def test_one_wrong_line_refuses_the_file_in_words(tmp_path: Path, line: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_statuses(written(tmp_path, f"acme,{LETTER},posted,2026-12-07,", line))


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("Dear Purr", "is no CSV of letters"),
        ("creditor,letter,status", "has no column at"),
        (f"{HEAD},name", "columns that are not known: name"),
        (HEAD, "tells nothing below its header line"),
    ],
)
def test_what_is_no_status_file_is_refused(tmp_path: Path, head: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_statuses(written(tmp_path, head=head))


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_bytes_come_are_lines_or_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "any.csv"
    file.write_bytes(HEAD.encode() + b"\n" + content)
    with suppress(ValueError):
        assert read_statuses(file)
