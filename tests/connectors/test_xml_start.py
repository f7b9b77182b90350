"""What stands before the XML of a file."""

import pytest

from connectors.xml_start import where_xml_starts


@pytest.mark.parametrize("before", [b"", b"\n", b"\r\n\r\n", b" \t", b"\xef\xbb\xbf\n"])
def test_blanks_and_a_mark_before_the_declaration_are_left_out(before: bytes) -> None:
    assert where_xml_starts(before + b"<?xml version=") == len(before)


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
def test_a_mark_alone_stays_for_it_tells_the_encoding(mark: bytes) -> None:
    assert where_xml_starts(mark + b"<") == 0


@pytest.mark.parametrize("order", ["le", "be"])
def test_blanks_of_two_bytes_are_left_out_with_the_mark(order: str) -> None:
    assert where_xml_starts("\ufeff\n <?xml".encode(f"utf-16-{order}")) == 6
