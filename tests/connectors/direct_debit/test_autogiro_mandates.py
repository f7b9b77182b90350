"""What Bankgirot tells of Autogiro mandates is read by its codes, and what cannot be is told with its line."""

from datetime import date
from pathlib import Path

import pytest

from connectors.direct_debit.autogiro_mandates import read_mandates
from connectors.direct_debit.mandate_list import MandateFile
from domain.agreements.mandate_answers import WITHDRAWN, WORDS, in_words, remedy
from domain.agreements.mandate_order import oldest_first

NEW = f"{'01AUTOGIRO':24}20270304193055123456{'AG-MEDAVI':20}1234560050501055"
OLD = "012027030499000050501055AG-MEDAVI"
ONLINE = "512027030499000050501055AG-EMEDGIV"


def advice(payer: int, about: str, status: str, *, account: str = "", bankgiro: int = 50501055) -> str:
    return f"73{bankgiro:010}{payer:016}{account:16}{'196803050000' if account else '':12}{'':5}{about:2}{status:2}20270304"


def end(count: int, kind: str = "09") -> str:
    return f"{kind}202703049900{count:07}"


def read(folder: Path, *records: str, name: str = "advice.txt") -> MandateFile:
    path = folder / name
    path.write_bytes("".join(f"{record:80}\r\n" for record in records).encode("latin-1"))
    return read_mandates(path)


@pytest.mark.parametrize("start", [NEW, OLD])
def test_each_mandate_is_told_by_its_payers_number_with_how_it_stands(tmp_path: Path, start: str) -> None:
    file = read(
        tmp_path,
        start,
        advice(103, "04", "32", account="5001000001000020"),
        advice(222, "03", "33"),
        advice(5556, "46", "02", account="0000000099555600"),
        advice(333, "04", "05", account="3300001212121212"),
        end(4),
    )
    (listed,) = file.lists
    assert (file.flags, listed.account, listed.made_on, listed.lists_all) == ((), "50501055", date(2027, 3, 4), False)
    assert [(each.reference, each.registration, each.why) for each in listed.mandates] == [
        ("103", "new", None),
        ("222", "ended", "33"),
        ("5556", "ended", "02"),
        ("333", "refused", "05"),
    ]
    assert listed.mandates[0].account == "5001000001000020"


def test_a_list_says_nothing_of_who_holds_an_account_nor_of_the_account_in_its_words(tmp_path: Path) -> None:
    file = read(tmp_path, NEW, advice(103, "04", "32", account="5001000001000020"), end(1))
    assert "19680305" not in repr(file)
    assert "5001000001000020" not in repr(file)


def test_a_mandate_of_an_online_bank_is_new_and_its_payers_words_are_left_alone(tmp_path: Path) -> None:
    made = f"52{50501055:010}{111:016}8901003232323232005556000521{'':5}0"
    told = ("53JAG ÖNSKAR BETALA MÅNADSVIS", f"54{'ALVA EXEMPEL':36}", "55LUGNA GATAN 5", "5612838SKARPNÄCK")
    file = read(tmp_path, ONLINE, made, *told, end(5, "59"))
    assert (file.flags, [(each.reference, each.registration) for each in file.lists[0].mandates]) == (
        (),
        [("111", "made")],
    )


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (advice(1, "04", "77"), "line 2: has the unknown status '77' about '04': skipped"),
        (advice(1, "04", "32", bankgiro=9912346), "line 2: is of another bankgiro number than the file: skipped"),
        (advice(0, "04", "32"), "line 2: is a bad mandate (type 73): skipped"),
        ("99what", "line 2: is a record of unknown type '99': skipped"),
        ("", "the end record (type 09 or 59) is missing: the file is cut short"),
    ],
)
def test_what_cannot_be_is_told_and_hides_nothing_else(tmp_path: Path, record: str, told: str) -> None:
    good = advice(103, "04", "32")
    file = read(tmp_path, NEW, record, good, end(2)) if record else read(tmp_path, NEW, good)
    assert file.flags == (told,)
    assert [each.reference for each in file.lists[0].mandates] == ["103"]


def test_a_count_that_is_wrong_and_a_file_of_something_else_are_told(tmp_path: Path) -> None:
    assert "the file says 7 records" in read(tmp_path, NEW, advice(103, "04", "32"), end(7)).flags[0]
    assert read(tmp_path, "NY000010").lists == ()


def test_lists_of_one_day_are_in_the_order_of_their_seconds_and_those_of_two_days_never_have_one_number(
    tmp_path: Path,
) -> None:
    moments = ("20270304000001", "20270304193055", "20270305000000")
    files = [read(tmp_path, NEW.replace("20270304193055", each), end(0), name=each) for each in moments]
    numbers = [file.lists[0].number for file in files]
    assert sorted([*numbers[1:], numbers[0]], key=oldest_first) == numbers
    assert len({number.transmission for number in numbers}) == 3


def test_every_code_has_words_and_what_to_do() -> None:
    assert all(in_words(code) == words for code, words in WORDS.items())
    assert in_words("77") == "a reason that is not known (77)"
    assert (remedy("05"), remedy("29"), remedy(WITHDRAWN)) == ("other account", "ask us", "ask us")
