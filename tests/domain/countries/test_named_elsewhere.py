"""No code but a country's own names a country, its money, its law or its zone: what must is listed here, with its reason."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from domain.countries.registry import COUNTRIES
from tools.check_imports import ROOMS
from tools.sources import ROOT, parsed

NAMES = {*COUNTRIES, "DK", "DE", "NOK", "SEK", "DKK", "EUR"}
OF_A_COUNTRY = re.compile(r"§|\bEurope/[A-Z]")
REGISTRY = {"domain/countries/registry.py"}
ITS_OWN = {f"domain/countries/{code.lower()}.py" for code in COUNTRIES} | REGISTRY
ROOMS_OF_TESTS = {"tests", "simulator", "benchmarks", "tools", "purr_client"}

EXCEPTIONS = {
    "activities/schedules.py": "the jobs of a day run by the clock of the home country, of which there is one",
    "config/files.py": "says which country is the home country",
    "connectors/bank_files/camt/elements.py": "the days of a file are those of its bank, whose country the file does not tell",
    "connectors/bank_files/autogiro.py": "a format of one country's centre: its currency is not in the file",
    "connectors/bank_files/ocr_giro.py": "a format of one country's banks: its currency is not in the file",
    "connectors/bank_files/finnish_text.py": "a format of one country's banks: its accounts are of that country",
    "connectors/bank_files/ktl.py": "a format of one country's banks: its currency is not in the file",
    "connectors/bank_files/tito.py": "a format of one country's banks: its currency where the file names none",
    "connectors/collection_partner/dry_run.py": "a made-up claim for the partner to try its door with",
    "connectors/direct_debit/autogiro.py": "a format of one country's centre: its currency is not in the file",
    "connectors/direct_debit/avtalegiro.py": "a format of one country's banks: its references are KIDs alone",
    "messages/bank_codes.py": "where banks read a QR code: the countries that pay in euro, by the standard",
    "connectors/payment_providers/stripe_checkout.py": "the provider's smallest amount of each currency",
    "connectors/payment_providers/vipps.py": "the provider's currencies",
    "connectors/refund_files.py": "the letters that the format allows",
    "domain/countries/law_loader.py": "examples for who writes a country file",
    "domain/countries/calendar.py": "an example for who writes a country file",
    "domain/invoices/incoming.py": "the country of a file that names none, from before there were others",
    "domain/money/accounts.py": "where credit transfers in euro go: the countries of SEPA, by the standard",
    "domain/parties/standing.py": "why a minor or a ward is met so, as the practice tells it: waits for each country's law",
    "facts/money/payment_attempts.py": "a draw is in the currency of the one centre that draws: waits for a second centre",
    "facts/invoices/invoices.py": "the country of a creditor that names none, from before there were others",
    "facts/parties/creditors.py": "the country of a creditor that names none, from before there were others",
    "facts/pieces.py": "by which day old marks go, wherever: that of the home country",
    "facts/tables.py": "the stored default, from before there were others",
    "facts/webhooks/events.py": "an example of an event",
    "web/invoice_page/amounts.py": "the signs by which people name money",
    "prediction/history/file_map.py": "examples for who writes a map, and how one is read that names no country and is refused",
    "prediction/history/proposal.py": "guesses about a stranger's file by its dates and zones, each said to be looked at",
    "web/api/listed.py": "examples of the interface",
}


@cache
def found() -> dict[str, list[str]]:
    """What each file names, by its path."""
    named: dict[str, list[str]] = defaultdict(list)
    for path in _files():
        name = path.relative_to(ROOT).as_posix()
        nodes = tuple(ast.walk(parsed(path.read_text(encoding="utf-8"))))
        named[name] += [f"line {line}: {what}" for line, what in _named(nodes)]
    return {name: lines for name, lines in named.items() if lines and name not in ITS_OWN}


def _files() -> Iterator[Path]:
    for room in ROOMS:
        if room not in ROOMS_OF_TESTS:
            place = ROOT / room
            yield from sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]


def _named(nodes: Sequence[ast.AST]) -> Iterator[tuple[int, str]]:
    told = _left_out(nodes)
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and f"{(node.module or '').replace('.', '/')}.py" in ITS_OWN - REGISTRY:
            yield node.lineno, f"imports {node.module}"
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in told:
            continue
        if node.value in NAMES or OF_A_COUNTRY.search(node.value):
            yield node.lineno, node.value[:60]


def _left_out(nodes: Sequence[ast.AST]) -> set[int]:
    """Documentation: what stands alone, and the examples of an interface."""
    out: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            out.add(id(node.value))
        if isinstance(node, ast.keyword) and node.arg in ("examples", "example", "json_schema_extra"):
            out |= {id(each) for each in ast.walk(node.value)}
    return out


def test_a_country_is_named_in_its_own_files_alone() -> None:
    unlisted = {name: lines for name, lines in found().items() if name not in EXCEPTIONS}
    assert unlisted == {}, "move it to config/countries or domain/countries/<cc>.py, or list it with its reason"


def test_no_exception_is_listed_that_is_none() -> None:
    assert sorted(EXCEPTIONS.keys() - found().keys()) == []
