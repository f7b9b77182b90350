"""Facts from outside in CSV: a header line with the fields' names, then one fact a line.

Columns: id, what, since (YYYY-MM-DD), source, purpose (prediction or fairness report), and either customer_number or country and
postcode; number or word, as the kind of fact is told; optional: creditor, until. Cells are read as those of invoices are.
"""

from collections.abc import Iterator
from pathlib import Path

from connectors.told_lines import ToldLine, told_lines
from domain.parties.incoming_outside_fact import IncomingOutsideFact

_NEEDED = ("id", "what", "since", "source", "purpose")


def read_outside_facts(path: Path) -> Iterator[ToldLine[IncomingOutsideFact]]:
    """Each fact of a CSV file, streaming. Raises as `told_lines` does."""
    return told_lines(path, "outside facts", "purpose", _NEEDED, IncomingOutsideFact, "number")
