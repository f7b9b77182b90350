"""What another process sent on a day is read whole or not at all, with every line that is wrong."""

from datetime import date

import pytest

from connectors.other_process_files import NoOtherProcessFile, read_sent
from domain.comparison import Sent

DAY = date(2026, 11, 23)
HEAD = "invoice,date,step,channel\n"


@pytest.mark.parametrize(
    "file",
    [
        HEAD + "1001,2026-11-23,reminder,letter\n",
        "\ufeffstep;invoice;channel;date\r\nreminder;1001;letter;2026-11-23\r\n;;;\r\n",
        HEAD + '"1001", 2026-11-23 ,reminder,letter',
    ],
)
def test_a_file_is_read_in_the_ways_that_spreadsheets_write_it(file: str) -> None:
    assert read_sent(file.encode(), DAY) == [Sent("1001", "reminder", DAY, "letter")]


def test_a_day_on_which_nothing_was_sent_is_the_header_alone() -> None:
    assert read_sent(HEAD.encode(), DAY) == []


def test_one_wrong_line_refuses_the_file_and_all_that_is_wrong_is_named() -> None:
    lines = "1001,2026-11-23,reminder,letter\n,2026-11-22,dunning,fax\n1003,2026-11-23\n"
    with pytest.raises(NoOtherProcessFile) as told:
        read_sent((HEAD + lines).encode(), DAY)
    wrong = ("invoice is no number", "date is not 2026-11-23", "step is none", "channel is none")
    for words in (*(f"line 3: {each}" for each in wrong), "line 4 has 2"):
        assert words in str(told.value)
    with pytest.raises(NoOtherProcessFile, match="and 15 more"):
        read_sent((HEAD + "1,2026-11-22,reminder,letter\n" * 25).encode(), DAY)


@pytest.mark.parametrize(
    "file", ["", "number,date\n1,2", HEAD.replace("channel", "channel,fee"), "\0\xff", HEAD + '1001,"2026']
)
def test_what_is_no_such_file_is_refused(file: str) -> None:
    with pytest.raises(NoOtherProcessFile):
        read_sent(file.encode("latin-1"), DAY)
