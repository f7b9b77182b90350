"""Codes on paper: nobody guesses them, nobody misreads them."""

from facts.deliveries import paper_codes


def test_a_code_has_no_letter_that_is_taken_for_another() -> None:
    code = paper_codes.new()
    assert len(code) == 10
    assert not set("01OI") & set(code)
    assert paper_codes.written(code).replace("-", "") == code


def test_codes_do_not_repeat() -> None:
    assert len({paper_codes.new() for _ in range(1000)}) == 1000
