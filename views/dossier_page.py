"""The page of a dossier: who owes whom what, all that happened in order with each file and its checksum. It prints well."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import escape
from typing import Any, Final

from domain.dossier import FOR, NEVER, SHOWN, Recipient

STYLE: Final = """
body{font:15px/1.45 system-ui,sans-serif;color:#1a1a1a;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.3rem 0}
.for{color:#555}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.5rem;margin:1rem 0}dt{color:#555}dd{margin:0}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.45rem .6rem .45rem 0;border-top:1px solid #ddd}
th{color:#555;font-weight:500;border-top:0}td:first-child{white-space:nowrap;color:#333}.more{color:#555}
.sum{font:11px/1.3 ui-monospace,monospace;color:#777;overflow-wrap:anywhere}a{color:#04b}a:visited{color:#049}
.amount{text-align:right;font-variant-numeric:tabular-nums}table.sums{width:auto}table.sums td{padding-right:2rem}
@media print{body{margin:0;font-size:11px;max-width:none}a{color:inherit}tr{break-inside:avoid}thead{display:table-header-group}}
"""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened; `at` (UTC) orders it, `when` says it where the debtor is. Files by name and SHA-256."""

    at: datetime | None
    when: str
    what: str
    more: str
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on the page."""

    recipient: Recipient
    case: Mapping[str, Any]
    address: Sequence[str]
    sums: Mapping[str, Decimal]
    lines: Sequence[Line]
    left_out: Sequence[str]


def written(page: Page) -> str:
    """The page as HTML, with nothing in it that runs or loads."""
    return "\n".join(_parts(page)) + "\n"


def _parts(page: Page) -> Iterator[str]:
    title = f"Invoice {page.case['number']} of {page.case['creditor_name']}"
    yield '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield f"<title>{escape(title)}</title>\n<style>{STYLE}</style>"
    yield f'<h1>{escape(title)}</h1>\n<p class="for">Dossier for {escape(FOR[page.recipient])}</p>'
    yield "<dl>"
    for name, value in _facts(page):
        if value:
            yield f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>"
    yield "</dl>"
    yield "<h2>What is owed</h2>"
    yield '<table class="sums">'
    for part, amount in (*page.sums.items(), ("in all", sum(page.sums.values(), Decimal(0)))):
        yield f'<tr><td>{part.capitalize()}</td><td class="amount">{amount:,.2f} {escape(page.case["currency"])}</td></tr>'
    yield "</table>"
    yield "<h2>What happened, in the order of time</h2>"
    yield "<table><thead><tr><th>When<th>What<th>File and its SHA-256</thead>"
    yield from map(_row, page.lines)
    yield "</table>"
    yield "<h2>What is here, and what is not</h2>"
    yield f"<p>Here is {escape(', '.join(sorted(SHOWN[page.recipient])))}.</p>"
    yield f"<p>{escape(NEVER)}</p>"
    yield from (f"<p>{escape(each)}</p>" for each in page.left_out)
    yield "<p>Links to the debtor's own page are shortened in texts. SHA256SUMS has every file's checksum.</p>"


def _facts(page: Page) -> Iterator[tuple[str, Any]]:
    case = page.case
    number = case["creditor_organisation"]
    yield "Creditor", f"{case['creditor_name']}{f' ({number})' if number else ''}"
    yield "Debtor", f"{case['name']} ({case['kind']})"
    yield "Address", ", ".join(page.address)
    yield "Organisation number", case["organisation_number"]
    yield "Customer number", case["customer_number"]
    yield "Issued", case["issue_date"]
    moved = case["original_due_date"] != case["due_date"]
    yield "Due", f"{case['due_date']} (first {case['original_due_date']})" if moved else case["due_date"]
    yield "Invoiced", f"{case['amount']:,.2f} {case['currency']}"
    yield "Payment reference", case["reference"]
    yield "The case is", ": ".join(filter(None, (case["state"], case["outcome"])))


def _row(line: Line) -> str:
    more = f'<div class="more">{escape(line.more)}</div>' if line.more else ""
    files = "".join(
        f'<div><a href="{escape(name, quote=True)}">{escape(name)}</a><div class="sum">{told}</div></div>'
        for name, told in line.files
    )
    return f"<tr><td>{line.when}<td>{escape(line.what)}{more}<td>{files}"
