"""Files of another system's past: whatever their delimiter, encoding, packing and size, row by row with its line."""

import gzip
from pathlib import Path

import pytest

from connectors.history_files import history_rows

XES = """<?xml version="1.0"?>
<log xmlns="http://www.xes-standard.org/"><extension name="Concept"/>
<trace><string key="concept:name" value="A1"/>
 <event><string key="concept:name" value="Create Fine"/><date key="time:timestamp" value="2006-07-24T00:00:00.000+02:00"/>
  <float key="amount" value="35.0"/></event>
 <event><string key="concept:name" value="Payment"/><date key="time:timestamp" value="2006-08-01T00:00:00.000+02:00"/></event>
</trace>
<trace><string key="concept:name" value="A2"/><event><string key="concept:name" value="Create Fine"/></event></trace>
</log>"""


def rows_of(path: Path, **how: str) -> tuple[tuple[str, ...], list[tuple[int, list[str]]]]:
    with history_rows(path, **how) as found:
        return found.names, [(line, list(cells)) for line, cells in found.rows]


def written(folder: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    file = folder / "past.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_and_encoding_are_found(tmp_path: Path, delimiter: str, encoding: str) -> None:
    content = delimiter.join(["Fakturanr", "Beløp"]) + "\r\n" + delimiter.join(["1", '"1 øre"']) + "\r\n"
    assert rows_of(written(tmp_path, content, encoding)) == (("Fakturanr", "Beløp"), [(2, ["1", "1 øre"])])


def test_rows_tell_their_line_past_empty_ones_and_line_breaks_in_quotes(tmp_path: Path) -> None:
    file = written(tmp_path, 'a,b\n\n1,"two\nlines"\n,,\n2,x\n')
    names, rows = rows_of(file)
    assert names == ("a", "b")
    assert [(line, cells) for line, cells in rows if any(cells)] == [(3, ["1", "two\nlines"]), (6, ["2", "x"])]


def test_a_column_without_a_name_has_its_place_and_a_spreadsheets_first_line_tells_the_delimiter(
    tmp_path: Path,
) -> None:
    assert rows_of(written(tmp_path, "sep=;\n;a\n0;1\n")) == (("column 1", "a"), [(3, ["0", "1"])])


def test_a_packed_file_is_read_as_it_is_unpacked(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, gzip.compress(b"a,b\n1,2\n", mtime=0)))[1] == [(2, ["1", "2"])]


@pytest.mark.parametrize("packed", [False, True])
def test_a_process_log_has_its_cases_attributes_beside_those_of_its_events(tmp_path: Path, packed: bool) -> None:
    content = XES.encode()
    names, rows = rows_of(written(tmp_path, gzip.compress(content) if packed else content))
    assert names == ("case:concept:name", "concept:name", "time:timestamp", "amount")
    assert rows == [
        (1, ["A1", "Create Fine", "2006-07-24T00:00:00.000+02:00", "35.0"]),
        (2, ["A1", "Payment", "2006-08-01T00:00:00.000+02:00", ""]),
        (3, ["A2", "Create Fine", "", ""]),
    ]


def test_a_log_names_no_file_of_ours(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    entity = f'<!DOCTYPE log [<!ENTITY e SYSTEM "file://{secret}">]>'
    content = f'{entity}<log><trace><event><string key="k" value="v"/>&e;</event></trace></log>'
    assert "hidden" not in str(rows_of(written(tmp_path, content)))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"PK\x03\x04rest", "save it as CSV"),
        (b"one column\n1\n", "one column only"),
        (b"a,a\n1,2\n", "two columns of one name: a"),
        (b"a,b\n1,\xff\n", None),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9], "packed and broken"),
        (b"<log><trace>", "breaks off"),
        (b"<log></log>", "without a trace"),
        (b"a,b\n" + b'"' + b"x" * 1_100_000 + b'"' + b",1\n", "cannot be read from line 2 on"),
    ],
)
def test_what_cannot_be_read_is_told_in_words(tmp_path: Path, content: bytes, said: str | None) -> None:
    file = written(tmp_path, content)
    if said is None:
        assert rows_of(file)[1] == [(2, ["1", "ÿ"])]  # Windows-1252
        with pytest.raises(ValueError, match="say its `encoding`"):
            rows_of(file, encoding="utf-8")
        return
    with pytest.raises(ValueError, match=said):
        rows_of(file)
