"""A map says how a file is read; what is wrong in it is told with its line and what to write instead."""

from pathlib import Path

import pytest

from domain.located_yaml import FileError
from domain.vocabulary import Channel
from prediction.history.file_map import HAPPENED, Act, Sum, Terms, read_map
from prediction.history.past import Happened

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
INVOICES = (EXAMPLES / "history-invoices.yaml").read_text()
EVENTS = (EXAMPLES / "history-events.yaml").read_text()


def problems(text: str) -> list[str]:
    with pytest.raises(FileError) as refused:
        read_map(text, "map.yaml")
    return [str(each) for each in refused.value.problems]


def test_the_examples_of_the_guide_are_read() -> None:
    invoices = read_map(INVOICES, "map.yaml")
    assert (invoices.shape, invoices.creditor, invoices.decimal, invoices.columns["paid_on"]) == (
        "invoices",
        "acme",
        ",",
        "Betalt dato",
    )
    events = read_map(EVENTS, "map.yaml")
    assert events.activities["Create Fine"] == Act(None, amount=Sum("amount", so_far=False))
    assert events.activities["Send Fine"] == Act(
        Happened.MESSAGE, Channel.LETTER, "invoice", fee=Sum("expense", so_far=False)
    )
    assert events.activities["Payment"].amount == Sum("totalPaymentAmount", so_far=True)
    assert events.due == Terms(60, "Insert Fine Notification")
    assert {"amount", "expense", "totalPaymentAmount", "dismissal"} <= set(events.named)


def test_every_kind_of_what_may_happen_has_a_word() -> None:
    assert set(HAPPENED.values()) == set(Happened)


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ("shape: events", "shape: log", "map.yaml:2: shape has no word `log` — write one of: invoices, events"),
        ("Payment: {is: payment,", "Payment: {is: paymnt,", "did you mean `payment`?"),
        ("channel: letter, detail", "channel: lettr, detail", "did you mean `letter`?"),
        ("  time: time:timestamp\n", "", "no column is `time`"),
        ("currency: EUR", "curency: EUR", "did you mean `currency`?"),
        ("country: IT", "country: XX", "no country has the code `XX`"),
        ("country: IT\n", "", "no country is named"),
        ("Europe/Rome", "Europe/Room", "no time zone is called `Europe/Room`"),
        ("dates: YYYY-MM-DD", "dates: yesterday", "`yesterday` is no form of a day"),
        ("{is: issued, amount: amount}", "payment", "no activity is `issued`"),
        ("{days: 60,", "{days: soon,", "due says no days"),
        (
            "after: Insert Fine Notification",
            "after: Insert Fine Notificatio",
            "did you mean `Insert Fine Notification`?",
        ),
        ("total: amount}", "total: amount, amount: amount}", "both `amount` and `total`"),
        ("Appeal to Judge: dispute", "Appeal to Judge: dispute\nignore: [Appeal to Judge]", "ignored too"),
        ("Appeal to Judge: dispute", "Payment: dispute", "`Payment` is written twice"),
        ("currency: EUR\n", "", "no currency is named"),
        ("dates: YYYY-MM-DD", "through: tomorrow", "`tomorrow` is no day"),
        ("dates: YYYY-MM-DD", "told: {who: customer name}", "names, addresses and births are not kept"),
        ("dates: YYYY-MM-DD", "told: {email: contact}", "`email` is of a person"),
        ("dates: YYYY-MM-DD", "encoding: utf-9", "no encoding is called `utf-9`"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(written: str, instead: str, said: str) -> None:
    assert written in EVENTS
    assert any(said in each for each in problems(EVENTS.replace(written, instead, 1))), said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("ignore: [A]", "ignore is of an event log"),
        ("activities: {Sent: issued}", "`Sent` is a column of days on which something happened"),
        ("activities: {Sent: {is: fee, total: Fees}}", "`Sent` is a column of days on which something happened"),
        ("due: {terms: Days, days: 30}", "due says both `terms` and days"),
        ("due: {after: A}", "due says no days"),
        ("only: [RV]", "only must be words with what they are"),
        ("only: {Type: []}", "Type must be a list that is not empty"),
    ],
)
def test_what_is_wrong_with_a_map_of_invoices_is_told(more: str, said: str) -> None:
    assert any(said in each for each in problems(f"{INVOICES}{more}\n")), problems(f"{INVOICES}{more}\n")


def test_only_an_id_is_made_of_several_columns() -> None:
    assert any("due stands in one column" in each for each in problems(INVOICES.replace("due: Forfall", "due: [A, B]")))


@pytest.mark.parametrize("text", ["", "a", "[1, 2]", "shape: &a events", "{" * 50, "\x00", "shape: [events]"])
def test_nonsense_is_refused_in_words(text: str) -> None:
    assert problems(text)
