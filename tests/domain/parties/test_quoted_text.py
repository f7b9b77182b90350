"""What a mail says itself, and what it only quotes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.parties.quoted_text import fold


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        ("Jeg har betalt.", "Jeg har betalt."),
        ("Hei\n\nOn Thu, 3 Dec 2026 at 09:00, Kraft AS <a@b.no> wrote:\n> Purring\n> uenig", "Hei"),
        ("Hei\n\nOn Thu, 3 Dec 2026 at 09:00, Kraft AS with a very long name\n<a@b.no> wrote:\n> Purring", "Hei"),
        ("Hei\nDen 3. des. 2026 kl. 09:00 skrev Kraft AS:\n\nPurring uten tegn", "Hei"),
        ("Hei\n\ntors. 3. des. 2026 kl. 09:00 skrev Kraft AS <a@b.no>:\n\n> Purring", "Hei"),
        ("Hej\nDen tors 3 dec. 2026 09:00Kraft AS <a@b.no> skrev:\n> Purring", "Hej"),
        ("Hei\nto 3.12.2026 klo 9.00 Kraft AS <a@b.no> kirjoitti:\n> Purring", "Hei"),
        ("Hei\n\n-----Original Message-----\nFrom: Kraft AS\nPurring", "Hei"),
        ("Hei\n\n-----Opprinnelig melding-----\nFra: Kraft AS\nPurring", "Hei"),
        (
            "Hei\n\nFra: Kraft AS <a@b.no>\nSendt: torsdag 3. desember 2026 09:00\nTil: Kari\nEmne: Purring\n\nbetalt",
            "Hei",
        ),
        ("Hei\n\n*From:* Kraft AS\n*Sent:* Thursday\nPurring", "Hei"),
        ("> Purring\n> 3. desember\nDette stemmer ikke.", "Dette stemmer ikke."),  # below what it answers
        ("On 3 Dec 2026 Kraft AS wrote:\n> first\nno\n> second\nyes", "no\nyes"),  # between the lines
        ("Som jeg skrev: jeg betaler.", "Som jeg skrev: jeg betaler."),
        ("Jeg skrev til dere:\nFaktura 1 er feil", "Jeg skrev til dere:\nFaktura 1 er feil"),
        ("Fra: Kari\nJeg er uenig", "Fra: Kari\nJeg er uenig"),  # no head of a mail
        ("> bare deres ord: betalt", ""),
    ],
)
def test_what_is_quoted_is_folded_away(mail: str, said: str) -> None:
    assert fold(mail)[0] == said


@given(st.text(alphabet=st.sampled_from("ab> :\n@1skrevOnFra"), max_size=300))
def test_no_line_is_lost_or_made(mail: str) -> None:
    said, quoted = fold(mail)
    lines = sorted(line.strip() for line in f"{said}\n{quoted}".splitlines() if line.strip())
    assert lines == sorted(line.strip() for line in mail.splitlines() if line.strip())
