"""Files of a mail are told by what is in them, and only PDFs and pictures of a size that can be kept are."""

import pytest

from domain.parties.mailed_files import LARGEST_FILE, MOST_FILES, judged, media_type

PDF = b"%PDF-1.7"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"MZ\x90\0", None),  # a program, whatever it is called
        (b"PK\x03\x04", None),
        (b"<html><script>", None),
        (b"<svg onload='x()'>", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_content_says(content: bytes, kind: str | None) -> None:
    (file,) = judged([("receipt.pdf", content)])
    assert (media_type(content), file.media_type) == (kind, kind)
    assert (file.content, file.left_out is None) == ((content, True) if kind else (None, False))


def test_what_is_too_large_or_too_much_is_named_and_left_out() -> None:
    large = PDF + b"x" * (LARGEST_FILE - len(PDF))
    files = judged([("1", large), ("2", large), ("3", large), ("4", PDF), ("5", large + b"x")])
    assert [file.left_out is None for file in files] == [True, True, False, True, False]
    assert [file.size for file in files] == [LARGEST_FILE, LARGEST_FILE, LARGEST_FILE, len(PDF), LARGEST_FILE + 1]


def test_no_more_than_ten_are_kept() -> None:
    files = judged([(str(number), PDF) for number in range(MOST_FILES + 2)])
    assert [file.left_out is None for file in files] == [True] * MOST_FILES + [False] * 2
