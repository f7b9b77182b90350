"""News on its way."""

from tests.terminal.office import Office


def test_the_outbox_tells_what_waits(office: Office) -> None:
    office.invoices("r1")
    assert office.typed("outbox", "show", "--json").json["waiting"] > 0
    assert office.typed("outbox", "retry", "--json").json == {"retried": 0}
