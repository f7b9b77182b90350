"""What is stored about the debtor, in words: what each column is called, and what stands there as people write it.

The words are in `templates/words/LANGUAGE/stored_columns.yaml` and `stored_values.yaml`: `column_due_date`, or
`column_contact_point_address` where a table's own is another; `value_channel_email`, or `value_task_state_open` likewise.
What stands within a column as JSON is said by the name that it has there. A code of somebody else's stays as it is.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from domain.countries.calendar import Calendar
from domain.languages import EVERYWHERE, LANGUAGES, READ_TOO, Language
from messages import figures
from messages.languages import Locale, language_of
from web.desk.sentences import translated
from web.pages import language_name, words

ALSO: Final[Mapping[str, tuple[str, ...]]] = {
    "asked_by": ("addressee",),
    "command": ("case_event_kind",),
    "known": ("life_event_kind",),
    "known_elsewhere": ("contact_point_state",),
    "result": ("outcome", "case_event_kind"),
    "step": ("message",),
    "stop_reason": ("life_event_kind",),
}
"""Whose codes stand in a column too."""
SIZES: Final = frozenset({"content", "pdf"})  # in bytes
ACCOUNTS: Final = frozenset({"account", "debit_account", "payer_account", "to_account"})
SPOKEN: Final = frozenset({"language", "value"})  # where the code of a language may stand
SHORT: Final = 60  # signs, that stand beside a name
OURS: Final = frozenset({"why", "failure", "how"})
"""Sentences that we write, in English."""
OURS_OR_THEIRS: Final = OURS | {"result", "reason"}
SAYS: Final = "says "  # a reason that a debtor's own words gave
NO_LONGER: Final = "no longer "
TOLD_IN: Final[Language] = "nb"
"""Our sentences are said in this language to who reads it; to others as they are written."""
AS_JSON: Final = frozenset({"case_event", "life_event"})  # whose days, moments and amounts are texts there
AMOUNTS: Final = frozenset({"amount", "total", "fees_taken_back"})
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_AMOUNT = re.compile(r"-?\d{1,12}(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Line:
    """What something is called, and what stands there; with its language where that is not the page's."""

    name: str
    said: str
    language: Language | None = None

    @property
    def is_text(self) -> bool:
        """Whether it wants lines of its own."""
        return len(self.said) > SHORT or "\n" in self.said


@dataclass(frozen=True, slots=True)
class InWords:
    """Says rows to who reads a language, with the times of a calendar's country."""

    language: Locale
    calendar: Calendar

    def row(self, table: str, row: Mapping[str, Any]) -> list[Line]:
        """A row of a table, line by line: what says nothing is left out."""
        currency = row.get("currency")
        return [line for column, value in row.items() for line in self._lines(table, column, value, currency)]

    def _lines(self, table: str, name: str, value: Any, currency: str | None) -> Iterator[Line]:
        if value in (None, "", [], {}):
            return
        match value:
            case bytes():
                yield from self._lines(table, name, _content(value), currency)
            case dict():
                for field, each in value.items():
                    yield from self._lines(table, field, each, currency)
            case list() if any(isinstance(each, dict) for each in value):
                for each in value:
                    yield from self._lines(table, name, each, currency)
            case list() if all(isinstance(each, list) for each in value):
                for each in value:
                    yield from self._lines(table, name, each, currency)
            case _:
                yield Line(self.called(table, name), *self._said(table, name, value, currency))

    def called(self, table: str, name: str) -> str:
        """What a column is called, or a field of what it holds; a name that is not ours stays as it is."""
        t = words(self.language)
        word = t.get(f"column_{table}_{name}") or t.get(f"column_{name}") or t.get(f"value_classes_{name}")
        return word or name  # what a message is about has places in it by its class

    def code(self, table: str, name: str, value: str) -> str | None:
        """What a code of ours means; None for what is none."""
        t = words(self.language)
        if name == "known":
            return ", ".join(filter(None, (self._known(each) for each in value.split(", "))))
        if name == "reason_code" and (what := self._meant(table, value)):
            return t["value_reason_code_says"].format(what=what)
        code = re.sub(r"[ -]", "_", value.partition("#")[0])  # behind which the number of a step's occasion stands
        names = (f"{table}_{name}", name, *ALSO.get(name, ()))
        return next((word for of in names if (word := t.get(f"value_{of}_{code}"))), None)

    def _meant(self, table: str, value: str) -> str | None:
        """What a debtor's own words meant that were the reason."""
        return self.code(table, "meaning", value.removeprefix(SAYS)) if value.startswith(SAYS) else None

    def _known(self, value: str) -> str:
        kind = value.removeprefix(NO_LONGER)
        said = words(self.language).get(f"value_life_event_kind_{kind.replace(' ', '_')}", kind)
        return said if kind == value else words(self.language)["value_known_no_longer"].format(what=said)

    def _said(self, table: str, name: str, value: Any, currency: str | None) -> tuple[str, Language | None]:
        t = words(self.language)
        match value:
            case bool():
                return t["value_yes" if value else "value_no"], None
            case datetime():
                return figures.moment(self.calendar.here(value), self.language), None
            case date():
                return figures.long_date(value, self.language), None
            case Decimal() if currency and name == "amount":
                return figures.amount(value, currency, self.language), None
            case Decimal():
                return figures.number(value, self.language), None
            case int() if name in SIZES:
                return figures.size(value, self.language), None
            case float():
                return figures.number(Decimal(str(value)), self.language), None
            case list():
                return ", ".join(self._said(table, name, each, currency)[0] for each in value if each is not None), None
            case str():
                return self._text(table, name, value)
        return str(value), None

    def _text(self, table: str, name: str, value: str) -> tuple[str, Language | None]:
        if word := self.code(table, name, value):
            return word, None
        if name == "html":
            return words(self.language)["value_in_file"], None
        if name in SPOKEN and value in LANGUAGES:
            return language_name(value, language_of(self.language)), None
        if name in ACCOUNTS:
            return figures.account(value), None
        if name in OURS_OR_THEIRS:
            return self._sentence(name, value)
        return self._figure(name, value) if table in AS_JSON else value, None

    def _sentence(self, name: str, value: str) -> tuple[str, Language | None]:
        """One of our sentences as near to the reader's language as we have it, or what somebody wrote."""
        language = language_of(self.language)
        if TOLD_IN in (language, READ_TOO.get(language)) and (said := translated(value, TOLD_IN)):
            return said, None if language == TOLD_IN else TOLD_IN
        return value, EVERYWHERE if name in OURS and language != EVERYWHERE else None

    def _figure(self, name: str, value: str) -> str:
        """A day, a moment or an amount that JSON has as a text; else the text."""
        try:
            if _DAY.fullmatch(value):
                return figures.long_date(date.fromisoformat(value), self.language)
            if _MOMENT.fullmatch(value):
                return figures.moment(self.calendar.here(datetime.fromisoformat(value)), self.language)
        except ValueError:
            return value
        if name in AMOUNTS and _AMOUNT.fullmatch(value):
            return figures.number(Decimal(value), self.language)
        return value


def _content(body: bytes) -> Any:
    """What a stored request says."""
    said = body.decode("utf-8", "replace")
    try:
        return json.loads(said)
    except ValueError:
        return said
