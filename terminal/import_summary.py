"""What an import came to, told as it goes and as one answer at the end."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from domain.invoices.import_file import ImportFile
from terminal import output
from terminal.past_due import PastDue


class Summary:
    """What an import came to: rejections and warnings are told as they come, entries are kept for machines."""

    def __init__(self) -> None:
        self.counts = Counter(accepted=0, rejected=0)
        self.cases: Counter[str] = Counter()
        self.entries: list[dict[str, Any]] = []
        self.past_due = PastDue()
        self.files: list[ImportFile] = []  # that new invoices came in

    def take(self, entries: Iterable[dict[str, Any]]) -> None:
        """Some more entries of the report."""
        for entry in entries:
            self.counts[entry["status"]] += 1
            if entry.get("case"):
                self.cases[entry["case"]] += 1
            if not output.in_words():
                self.entries.append(entry)
                continue
            name = f"{entry['file']}: {entry['number'] or 'no number'}"
            if entry["reason"]:
                print(f"rejected {name}: {entry['reason']}")
            for warning in entry["warnings"]:
                print(f"warning {name}: {warning}")

    def tell(self, accepted: str) -> int:
        """The answer, with the exit code."""
        words = f"{self.counts['accepted']} {accepted}, {self.counts['rejected']} rejected"
        words += "".join(f"; cases {what}: {count}" for what, count in self.cases.items())
        words += "".join(f"\nbatch {file.id}: {file.name}" for file in self.files)
        files = {"batches": self.files, "past_due": self.past_due.document(), "invoices": self.entries}
        output.answer(dict(self.counts) | files, words, self.entries)
        return 1 if self.counts["rejected"] else 0
