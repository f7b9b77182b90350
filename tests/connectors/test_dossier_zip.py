"""A ZIP is the same for the same files, holds each name once, and none that leads elsewhere."""

import zipfile
from io import BytesIO

import pytest

from connectors.dossier_zip import DossierZip


def test_names_that_lead_elsewhere_or_came_before_are_refused() -> None:
    zip_ = DossierZip(BytesIO())
    zip_.add("a/b.txt", b"1")
    for name in ("a/b.txt", "/etc/passwd", "../x", "a/../../x", "a\\b"):
        with pytest.raises(ValueError, match="no new name"):
            zip_.add(name, b"2")
    zip_.close()


def test_when_it_was_made_says_nothing() -> None:
    made = []
    for _ in range(2):
        into = BytesIO()
        zip_ = DossierZip(into)
        zip_.add("a.txt", b"1")
        zip_.close()
        made.append(into.getvalue())
    assert made[0] == made[1]
    (first, sums) = zipfile.ZipFile(BytesIO(made[0])).infolist()
    assert (first.date_time, sums.filename) == ((1980, 1, 1, 0, 0, 0), "SHA256SUMS")
