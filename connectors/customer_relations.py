"""Customer relations in CSV: a header line with the fields' names, then one event a line.

Columns: id, customer_number, kind (started, renewed or ended), on (YYYY-MM-DD); optional: creditor, product,
monthly_margin, currency, contract_end, payment_method, reason. Cells are read as those of invoices are.
"""

from collections.abc import Iterator
from pathlib import Path

from connectors.told_lines import ToldLine, told_lines
from domain.parties.incoming_relation import IncomingRelation

_NEEDED = ("id", "customer_number", "kind", "on")


def read_relations(path: Path) -> Iterator[ToldLine[IncomingRelation]]:
    """Each event of a CSV file, streaming. Raises as `told_lines` does."""
    return told_lines(path, "customer relations", "customer_number", _NEEDED, IncomingRelation, "monthly_margin")
