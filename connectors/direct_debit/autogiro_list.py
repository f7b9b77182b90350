"""The records of any of Autogiro's files, from its start record to its end record."""

from collections.abc import Callable, Iterator

from connectors.bank_files.bank_file import Findings
from connectors.bank_files.records import WIDTH, Records


def until_end(
    rest: Iterator[str], records: Records, findings: Findings, is_end: Callable[[str], object], *, called: str = "09"
) -> Iterator[tuple[str, str]]:
    """Each record after the start record with its place, the end record the last.

    What stands after it or is too long is flagged and skipped, and so is told where there is no end, of the type `called`.
    """
    ended = False
    for record in rest:
        if ended or len(record) > WIDTH:
            fault = "stands after the end record" if ended else f"is longer than {WIDTH} characters"
            findings.flag(f"{records.place}: {fault}: skipped")
        else:
            ended = bool(is_end(record))
            yield records.place, record
    if not ended:
        findings.flag(f"the end record (type {called}) is missing: the file is cut short")
