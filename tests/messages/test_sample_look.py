"""A look stands on email and letter, and a picture that letters cannot print is found out before."""

from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader

from channels.email import SPEC
from messages import render
from messages.letter import letter
from messages.sample_look import checked_look
from tests.domain.test_look import png
from tests.messages.samples import content


def test_email_and_letter_have_the_logo_and_the_colour() -> None:
    look = checked_look("#0b5d3b", png())
    said = replace(content(), look=look)
    html = render.email(said).html
    assert "background:#0b5d3b" in html
    assert '<img src="cid:logo" alt="Nordkraft Strøm AS"' in html
    assert "#1d4ed8" not in html
    assert SPEC.write(said).logo == look.logo
    plain, own = (PdfReader(BytesIO(letter(each))).pages[0] for each in (content(), said))
    assert len(own.images) == len(plain.images) + 1


def test_without_a_look_messages_are_as_ever() -> None:
    html = render.email(content()).html
    assert "background:#1d4ed8" in html
    assert "cid:" not in html
    assert SPEC.write(content()).logo is None


def test_a_colour_alone_keeps_the_name() -> None:
    html = render.email(replace(content(), look=checked_look("#0b5d3b", None))).html
    assert "cid:" not in html
    assert "Nordkraft Strøm AS</p>" in html


def test_a_picture_that_no_letter_can_print_is_refused() -> None:
    whole = png()
    damaged = whole[:45] + bytes(len(whole) - 57) + whole[-12:]
    with pytest.raises(ValueError, match="a letter with it cannot be printed"):
        checked_look(None, damaged)
