"""What is stored is said in the words of whoever reads it: columns, codes, days, moments, amounts and sentences of ours."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from commands.registry import COMMANDS
from domain.countries.law import Law
from domain.languages import LANGUAGES, Language
from domain.parties.message_classes import MessageClass
from messages.languages import Locale
from tests.goldens import stored
from tests.goldens.stored import STORED
from tests.store import LAWS, Store
from views.stored_about import QUERIES
from web.invoice_page.stored import word_of
from web.invoice_page.stored_words import InWords, Line

NORWAY: Law = LAWS["NO"]
SAID_BY_CLDR = {"debtor.language"}
AT = datetime(2026, 12, 3, 23, 30, tzinfo=UTC)  # the next day in Norway


def said(table: str, row: dict[str, Any], language: Locale = "nb") -> list[tuple[str, str]]:
    return [(line.name, line.said) for line in InWords(language, NORWAY.calendar).row(table, row)]


async def columns(store: Store) -> dict[str, list[str]]:
    """The columns that the page reads, table by table."""
    async with store.database.transaction() as connection:
        return {
            table: list((await connection.execute(query, _nobody(str(query)))).keys())
            for table, query in QUERIES.items()
        }


def _nobody(query: str) -> dict[str, Any]:
    return {name: value for name, value in {"debtor": 0, "protected": False}.items() if f":{name}" in query}


async def test_every_column_has_a_word_and_so_has_every_value_that_is_a_code(store: Store) -> None:
    """In Bokmål: the check of words finds what another language has not."""
    words = InWords("nb", NORWAY.calendar)
    shown = await columns(store)
    named = {f"{table}.{name}" for table, names in shown.items() for name in names}
    assert {each for each in named if _is_bare(words, *_of(each))} == set()
    coded = {
        f"{each}: {code}" for each in named & STORED["values"].keys() - SAID_BY_CLDR for code in stored.values(each)
    }
    assert len(coded) > 200
    assert {each for each in coded if not words.code(*_of(each.partition(":")[0]), each.partition(": ")[2])} == set()


def _of(column: str) -> tuple[str, str]:
    table, _, name = column.rpartition(".")
    return word_of(table), name


def _is_bare(words: InWords, table: str, name: str) -> bool:
    """Whether what a column is called has no word; a document is said by what is in it."""
    return words.called(table, name) == name


def test_everything_that_a_message_may_be_about_has_a_word() -> None:
    words = InWords("nb", NORWAY.calendar)
    assert {kind for kind in MessageClass if not words.code("reply_sorting", "classes", kind)} == set()
    row = {"classes": [["paid", 0.9312], ["thanks", 0.05]], "quotes": {"paid": [0, 12]}}
    assert said("reply_sorting", row) == [
        ("Handler om, og hvor sikkert", "har betalt, 0,9312"),
        ("Handler om, og hvor sikkert", "takk, 0,05"),
        ("har betalt", "0, 12"),
    ]


def test_every_field_of_a_command_has_a_word_in_the_diary() -> None:
    words = InWords("nb", NORWAY.calendar)
    fields = {field for command in COMMANDS.values() for field in command.model_fields}
    assert {field for field in fields if _is_bare(words, "case_event", field)} == set()


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("nb", [("Forfallsdato", "4. desember 2026"), ("Valuta", "NOK"), ("Beløp", "1 234,50 kr")]),
        ("nn", [("Forfallsdato", "4. desember 2026"), ("Valuta", "NOK"), ("Beløp", "1 234,50 kr")]),
        ("en", [("Due date", "4 December 2026"), ("Currency", "NOK"), ("Amount", "NOK 1,234.50")]),
        ("sv", [("Förfallodag", "4 december 2026"), ("Valuta", "NOK"), ("Belopp", "1 234,50 NOK")]),
        ("fi", [("Eräpäivä", "4. joulukuuta 2026"), ("Valuutta", "NOK"), ("Summa", "1 234,50 NOK")]),
    ],
)
def test_a_row_is_said_as_people_write_it(language: Language, lines: list[tuple[str, str]]) -> None:
    row = {"due_date": date(2026, 12, 4), "currency": "NOK", "amount": Decimal("1234.50"), "buyer_contact": None}
    assert said("invoice", row, language) == lines


def test_a_moment_is_said_by_the_clocks_of_the_country_and_a_file_by_its_size() -> None:
    assert said("delivery", {"read_at": AT, "pdf": 23_898}) == [
        ("Lest", "4. desember 2026, 00:30"),
        ("PDF, størrelse", "24 kB"),
    ]
    assert said("invoice_line", {"quantity": Decimal("1.0000")}, "fi") == [("Määrä", "1")]
    assert said("debtor", {"protected_address": False, "language": "fi"}, "fi") == [
        ("Turvakielto", "ei"),
        ("Kieli", "Suomi"),
    ]


def test_a_country_calls_it_as_people_there_do() -> None:
    assert said("delivery", {"message": "collection-notice"}, "sv") == [("Meddelande", "inkassokrav")]
    assert said("delivery", {"message": "collection-notice"}, "sv_FI") == [
        ("Meddelande", "betalningspåminnelse före indrivning")
    ]


def test_what_stands_within_a_column_is_said_line_by_line() -> None:
    detail = {
        "plan": 3,
        "total": "1000.00",
        "instalments": [{"number": 1, "due_on": "2026-12-04", "amount": "500.00"}],
        "until": "2026-12-03T23:30:00+00:00",
        "note": "",
        "reason_code": "says paid",
        "known": "deceased, no longer not me",
    }
    assert said("case_event", {"kind": "plan_agreed", "detail": detail}) == [
        ("Hva", "avdragsplan avtalt"),
        ("Avdragsplan, nummer", "3"),
        ("Sum", "1 000,00"),
        ("Nummer", "1"),
        ("Forfaller", "4. desember 2026"),
        ("Beløp", "500,00"),
        ("Til", "4. desember 2026, 00:30"),
        ("Grunn", "sier: har betalt"),
        ("Hva som ble kjent", "død, ikke lenger: feil person"),
    ]
    assert said("case_event", {"detail": {"step": "draw-goes-on#12", "command": "hold"}}) == [
        ("Steg i planen", "trekket går likevel"),
        ("Ønsket", "satt på vent"),
    ]


def test_what_is_not_ours_stays_as_it_is() -> None:
    assert said("life_event", {"reason_code": "faulty-run", "since": None, "value": ["Storgata 1", "0155 Oslo"]}) == [
        ("Grunn", "faulty-run"),
        ("Opplysning", "Storgata 1, 0155 Oslo"),
    ]
    assert said("partner_request", {"body": b'{"person": {"name": "Kari", "telefon": "12"}}'}) == [
        ("Navn", "Kari"),
        ("telefon", "12"),
    ]
    assert said("partner_request", {"body": b"\xffno JSON"}) == [("Innhold", "\ufffdno JSON")]
    # Neither a day nor an amount, and words of somebody's own that look like a code.
    assert said("case_event", {"detail": {"due_date": "2026-02-30", "amount": "1e9", "note": "hold"}}) == [
        ("Forfallsdato", "2026-02-30"),
        ("Beløp", "1e9"),
        ("Notat", "hold"),
    ]
    assert said("credit_note", {"lines": [["Strøm", "1", "100.00", None], ["Nettleie", None]]}) == [
        ("Linjer", "Strøm, 1, 100.00"),
        ("Linjer", "Nettleie"),
    ]
    assert said("reply", {"text": "paid", "subject": "2026-12-04"}) == [("Tekst", "paid"), ("Emne", "2026-12-04")]


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("nb", ("Hvorfor", "«call» kommer etter planen", None)),
        ("nn", ("Kvifor", "«call» kommer etter planen", "nb")),
        ("sv", ("Orsak", "call is planned", "en")),
        ("en", ("Why", "call is planned", None)),
    ],
)
def test_our_own_sentences_are_said_in_bokmaal_or_marked_as_english(
    language: Language, line: tuple[str, str, Language | None]
) -> None:
    assert InWords(language, NORWAY.calendar).row("task", {"why": "call is planned"}) == [Line(*line)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_long_has_lines_of_its_own_and_a_web_page_stands_in_the_file(language: Language) -> None:
    html, text = InWords(language, NORWAY.calendar).row(
        "delivery", {"document": {"html": "<p>Hei", "text": "Hei\nKari"}}
    )
    assert (html.is_text, text.is_text) == (False, True)
    assert "<p>" not in html.said
