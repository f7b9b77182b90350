"""Whether somebody is the debtor is judged by the day of birth, where it is known, and by the name."""

from datetime import date

import pytest

from domain.parties.identified import is_the_same

BORN, OTHER = date(1980, 2, 29), date(1980, 3, 1)


@pytest.mark.parametrize(
    ("known", "born", "name", "birth_date", "same"),
    [
        ("Kari Nordmann", BORN, "Kari Nordmann", BORN, True),
        ("Kari Nordmann", BORN, "Kari Hansen", BORN, True),  # married since
        ("Nordmann, Kari", None, "KARI NORDMANN", BORN, True),
        ("Kari Nordmann", None, "Kari Anne Nordmann", BORN, True),
        ("Kari Nordmann", BORN, "Kari Nordmann", OTHER, False),
        ("Kari Nordmann", BORN, "Kari Nordmann", None, False),
        ("Kari Nordmann", BORN, "Ola Hansen", BORN, False),  # a twin of fate
        ("Kari Nordmann", None, "Ola Nordmann", BORN, False),
        ("Kari Nordmann", None, "Kari", BORN, False),
        ("Kari", None, "Kari Nordmann", BORN, False),
        ("Acme Kraft AS", None, "Kari Nordmann", BORN, False),
    ],
)
def test_who_is_the_debtor(known: str, born: date | None, name: str, birth_date: date | None, same: bool) -> None:
    assert is_the_same(known, born, name, birth_date) is same
