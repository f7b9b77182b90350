"""A map for a stranger's file, proposed from what its columns are called and hold: to be looked over before it is used."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from statistics import median
from typing import Final

from domain.vocabulary import Channel
from prediction.history.called import ACTIVITIES, BEGIN, BY, ROLES, plain
from prediction.history.columns import RowsRefused
from prediction.history.file_map import ISSUED, NEEDED, Shape
from prediction.history.recognised import CLOCKS, FORMS, Head, is_sum
from prediction.history.written import NOTHING, DayForm, Decimal, amount

_HEAD: Final = 20_000  # rows that are looked at whole; of the others only the activities are counted
_MOST_ACTIVITIES: Final = 300
_DAY: Final = 86_400
_DATES: Final = ("time", "issued", "due", "paid_on", "disputed_on")
_SAME: Final = ("customer", "issued", "amount")
"""What all rows of one invoice say alike."""
_MONEY: Final = re.compile(r"amount|sum|total|expens|cost|fee|price|value|belop|betrag|wrbtr|dmbtr")
_OF_INVOICES: Final = r"invoice|bill|fine|claim|faktura|rechnung|lasku"
_COUNTRY: Final = {"USD": "US", "EUR": "DE", "SEK": "SE", "DKK": "DK"}
_MARKS: Final = {
    code: rf"(?<![A-Z]){code}(?![A-Z])|{re.escape(mark)}"
    for code, mark in {"EUR": "€", "USD": "$", "NOK": "NOK", "SEK": "SEK", "DKK": "DKK", "GBP": "£"}.items()
}
_FEW: Final = 20  # sums beside which a mark is looked for
_MOST_DATES: Final = 4_000  # different ones that tell how days are written
_TELL: Final = {"message", "notice"}
_DISMISSED: Final = ("dismissal", "dismissed", "cancelled", "canceled", "void")
_NOT_SO: Final = {"nil", "no", "n", "false", "0"} | NOTHING


@dataclass(frozen=True, slots=True)
class Proposal:
    """A map as text, and what in it a person should look at."""

    text: str
    unsure: Sequence[str]


@dataclass(slots=True)
class _Guess:
    """A map as it is found."""

    shape: Shape
    columns: dict[str, str] = field(default_factory=dict)
    forms: list[str] = field(default_factory=list)
    decimal: Decimal = "."
    unsure: list[str] = field(default_factory=list)


def proposed(
    file: str, names: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]], delimiter: str, encoding: str
) -> Proposal:
    """A map for a file. Raises RowsRefused where neither invoices nor an event log can be seen in it."""
    rows = ((line, cells) for line, cells in rows if len(cells) == len(names))
    head = [cells for _, cells in islice(rows, _HEAD)]
    if not head:
        raise RowsRefused("has a header line and no rows")
    seen = Head(names, head)
    guess = _Guess(*_shape_of(seen))
    columns = guess.columns
    if missing := [role for role in NEEDED[guess.shape] if role not in columns]:
        said = ", ".join(role.replace("_", " ") for role in missing)
        raise RowsRefused(
            f"shows no column for {said}: its columns are {', '.join(names)}; write its map by hand, as "
            "docs/history-import.md shows"
        )
    _written(seen, guess)
    lines = [f"# how {file} is read: look it over, then `history import {file} --map THIS`", f"shape: {guess.shape}"]
    if encoding != "xml":
        lines += [f"delimiter: {_DELIMITER[delimiter]}", f"encoding: {encoding.removesuffix('-sig')}"]
    lines += _where(guess, seen)
    lines += [f"dates: {_listed(guess.forms)}", f'decimal: "{guess.decimal}"', "columns:"]
    lines += [f"  {role.replace('_', ' ')}: {_listed([*map(_quoted, _ids(seen, guess, role))])}" for role in columns]
    lines += _only(seen, guess)
    if guess.shape == "events":
        lines += _Activities(names, head, guess).lines(cells for _, cells in rows)
    elif "due" not in columns:
        lines.append(_terms(seen, guess))
    left = [name for name in names if name not in columns.values() and _quoted(name) not in "\n".join(lines)]
    if left:
        lines.append(f"# not read: {', '.join(left)}")
        lines.append(
            "# one of them is kept as a fact about who owes with `told: {WORD: COLUMN}`; names and addresses never are"
        )
    return Proposal("\n".join(lines) + "\n", guess.unsure)


def _shape_of(head: Head) -> tuple[Shape, dict[str, str]]:
    """Whether a row is an invoice or an event, and its columns. Of a log whose cases are invoices their number is the case."""
    found = head.columns()
    if {"activity", "time"} <= set(found) and not {"issued", "paid_on"} <= set(found):
        found = {"case": found["invoice"]} | found if "invoice" in found else found
    shape: Shape = "events" if {"case", "activity", "time"} <= set(found) else "invoices"
    columns = {role: found[role] for role in ROLES[shape] if role in found}
    if "disputed_on" in columns:
        columns.pop("disputed", None)
    return shape, columns


def _written(head: Head, guess: _Guess) -> None:
    """How days and sums are written."""
    dates = [text for role in _DATES if role in guess.columns for text in head.values(guess.columns[role])]
    different = list(dict.fromkeys(dates))
    guess.forms = _forms(different[:: len(different) // _MOST_DATES + 1], guess.unsure)
    sums = [text for name in head.names if _MONEY.search(plain(name)) for text in head.values(name)[:2000]]
    guess.decimal = _decimal(sums, guess.unsure)


def _ids(head: Head, guess: _Guess, role: str) -> list[str]:
    """The columns of a role: of an invoice also those within which its number is told anew."""
    if role != "invoice" or guess.shape != "invoices":
        return [guess.columns[role]]
    found = head.counting().id_of(
        guess.columns[role], [guess.columns[other] for other in _SAME if other in guess.columns]
    )
    if len(found) > 1:
        guess.unsure.append(
            f"invoice: {' with '.join(found)} tell an invoice apart, for one number says several things"
        )
    return found


def _only(head: Head, guess: _Guess) -> list[str]:
    found = head.only()
    if found:
        guess.unsure.append("only: are these the words of rows that count?")
    words = {name: _listed([*map(_quoted, said)]) for name, said in found.items()}
    return ["only:", *(f"  {_quoted(name)}: {said}" for name, said in words.items())] if found else []


def _terms(head: Head, guess: _Guess) -> str:
    """When an invoice is due, where no column tells the day."""
    if column := head.terms():
        guess.unsure.append(f"due: {column} is taken as the days to pay")
        return f"due: {{terms: {_quoted(column)}}}"
    guess.unsure.append("no column tells when an invoice is due: 30 days is a guess")
    return "due: {days: 30}"


_DELIMITER: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def _quoted(word: str) -> str:
    return (
        word if re.fullmatch(r"[A-Za-z][\w./()-]*(?:[ :][\w./()-]+)*", word) else json.dumps(word, ensure_ascii=False)
    )


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"[{', '.join(words)}]"


def _where(guess: _Guess, head: Head) -> list[str]:
    """The country and the currency: nothing in a file says the first, so both are to be looked at."""
    currency, told = _currency(guess, head)
    country = _COUNTRY.get(currency, "NO")
    guess.unsure.append(f"country: {country} is a guess; it says where days begin")
    lines = [f"country: {country}"]
    column = guess.columns.get("currency")
    if column is None or len(head.values(column)) < len(head.rows):
        if not told:
            guess.unsure.append(f"currency: {currency} is a guess{f' where {column} is empty' if column else ''}")
        lines.append(f"currency: {currency}")
    return lines


def _currency(guess: _Guess, head: Head) -> tuple[str, bool]:
    """The currency, and whether the file tells it: by a mark beside sums or in the name of their column."""
    if (column := guess.columns.get("currency")) and (told := head.values(column)):
        return Counter(told).most_common(1)[0][0], False
    sums = [name for name in head.names if _MONEY.search(plain(name)) or name == guess.columns.get("amount")]
    said = " ".join([*sums, *(text for name in sums for text in head.values(name)[:_FEW])]).upper()
    for code, mark in _MARKS.items():
        if re.search(mark, said):
            return code, True
    american = any(form.startswith("M/") for form in guess.forms)
    zones = {text[-6:] for text in head.values(guess.columns["time"])[:500]} if "time" in guess.columns else set()
    return "USD" if american else "EUR" if zones & {"+01:00", "+02:00"} else "NOK", False


def _forms(dates: Sequence[str], unsure: list[str]) -> list[str]:
    """The forms of a day that read these, as few as can be."""
    left, found = {text for text in dates if not any(DayForm(form).says_never(text) for form in FORMS)}, list[str]()
    while left:
        reads = {form: {text for text in left if DayForm(form).read(text, CLOCKS) is not None} for form in FORMS}
        best = max(FORMS, key=lambda form: len(reads[form]))
        if not reads[best]:
            unsure.append(f"{len(left)} days are written in no form that is known, such as {sorted(left)[0]!r}")
            break
        alike = [form for form in FORMS if reads[form] == reads[best] and form != best]
        if alike:
            unsure.append(f"dates: {best} is a guess, {' or '.join(alike)} reads them too")
        found.append(best)
        left -= reads[best]
    return found or [FORMS[0]]


def _decimal(sums: Sequence[str], unsure: list[str]) -> Decimal:
    marks = [(_reads(sums, "."), "."), (_reads(sums, ","), ",")]
    if marks[0][0] == marks[1][0] and any("," in text or "." in text for text in sums):
        unsure.append("decimal: . is a guess, the sums can be read both ways")
    return "," if marks[1][0] > marks[0][0] else "."


def _reads(sums: Sequence[str], decimal: Decimal) -> int:
    return sum(is_sum(text, decimal) for text in sums)


class _Activities:
    """What the activities of a log may be."""

    def __init__(self, names: Sequence[str], head: Sequence[Sequence[str]], guess: _Guess) -> None:
        self.names, self.head, self.guess = names, head, guess
        self.at = {role: names.index(name) for role, name in guess.columns.items()}
        taken = set(self.at.values())
        self.sums = [at for at, name in enumerate(names) if at not in taken and self._is_of_sums(at, name)]
        closing = [at for at, name in enumerate(names) if plain(name) in _DISMISSED]
        self.closing = closing[0] if closing else None

    def _is_of_sums(self, at: int, name: str) -> bool:
        some = [cells[at] for cells in self.head if cells[at].strip().lower() not in NOTHING][:2000]
        return bool(_MONEY.search(plain(name)) and some) and all(
            is_sum(text.strip(), self.guess.decimal) for text in some
        )

    def lines(self, rest: Iterable[Sequence[str]]) -> list[str]:
        """The rest of the map: the activities with how often each stands in the file, due dates and what closes a case."""
        counts: Counter[str] = Counter()
        closed: Counter[str] = Counter()
        for cells in (*self.head, *rest):
            counts[cells[self.at["activity"]].strip()] += 1
            if self.closing is not None and (text := cells[self.closing].strip()).lower() not in _NOT_SO:
                closed[text] += 1
        counts.pop("", None)
        if len(counts) > _MOST_ACTIVITIES:
            raise RowsRefused(
                f"has {len(counts)} different activities: {self.guess.columns['activity']} is no column of them"
            )
        meant = {name: self._meant(name) for name in counts}
        begins = [name for name, word in meant.items() if word == ISSUED]
        if of_invoices := [name for name in begins if re.search(_OF_INVOICES, name.lower())]:
            meant |= {name: None for name in begins if name not in of_invoices}  # an order, or a delivery
        if ISSUED not in meant.values():
            first = self._first()
            meant[first] = ISSUED
            self.guess.unsure.append(f"{first} is taken as the invoice's begin, for cases begin with it")
        lines = ["activities:"]
        ignored = []
        for name, count in counts.most_common():
            if (word := meant[name]) is None:
                ignored.append(name)
            else:
                lines.append(f"  {_quoted(name)}: {self._said(name, word, meant)}  # {count} in the file")
        if ignored:
            lines.append(f"ignore: [{', '.join(map(_quoted, ignored))}]")
            self.guess.unsure.append(f"nobody can tell from their names what these are: {', '.join(ignored)}")
        lines += self._due(meant)
        if closed and self.closing is not None and len(closed) <= _MOST_ACTIVITIES:
            words = ", ".join(json.dumps(word, ensure_ascii=False) for word in sorted(closed))
            lines.append(f"closed: {{column: {_quoted(self.names[self.closing])}, words: [{words}]}}")
            self.guess.unsure.append("closed: which of these words mean that the case is over?")
        return lines

    @staticmethod
    def _meant(name: str) -> str | None:
        return next((word for pattern, word in ACTIVITIES if re.search(pattern, name.lower())), None)

    def _first(self) -> str:
        """The activity that cases begin with."""
        begins: dict[str, str] = {}
        for cells in self.head:
            begins.setdefault(cells[self.at["case"]], cells[self.at["activity"]].strip())
        return Counter(begins.values()).most_common(1)[0][0]

    def _said(self, name: str, word: str, meant: Mapping[str, str | None]) -> str:
        told = [f"is: {word}"]
        if word in _TELL:
            told.append(
                f"channel: {next((by for pattern, by in BY if re.search(pattern, name.lower())), Channel.LETTER)}"
            )
            if word == "message" and self._is_the_invoice(name, meant):
                told.append("detail: invoice")
        if (column := self._sum_of(name, word)) is not None:
            so_far = self._is_so_far(name, word, column)
            single, total = ("fee", "fee total") if word in _TELL else ("amount", "total")
            told.append(f"{total if so_far else single}: {_quoted(self.names[column])}")
        return word if len(told) == 1 else f"{{{', '.join(told)}}}"

    def _is_the_invoice(self, name: str, meant: Mapping[str, str | None]) -> bool:
        """Whether a message is the invoice itself: what is sent is called as what begins it."""
        begins = " ".join(each.lower() for each, word in meant.items() if word == ISSUED)
        things = {word for word in re.findall(r"[^\W\d_]+", begins) if not re.search(BEGIN, word)}
        said = set(re.findall(r"[^\W\d_]+", name.lower()))
        return bool(things & said) and bool(said & {"send", "sent", "mail", "email", "mailed"})

    def _rows_of(self, name: str) -> list[Sequence[str]]:
        return [cells for cells in self.head if cells[self.at["activity"]].strip() == name]

    def _sum_of(self, name: str, word: str) -> int | None:
        """The column that tells a sum where this activity stands."""
        if word not in {ISSUED, "payment", "fee", "credit", "written off", "interest", *_TELL}:
            return None
        rows = self._rows_of(name)
        filled = [at for at in self.sums if sum(bool(cells[at].strip()) for cells in rows) > len(rows) / 2]
        filled = [at for at in filled if word == ISSUED or self._tells_news(name, at)]
        if word == ISSUED or word not in ("payment",):
            filled = [at for at in filled if not re.search(r"pa(?:y|id)|betal", plain(self.names[at]))]
        if word in _TELL:
            filled = [at for at in filled if re.search(r"expens|cost|fee|gebyr", plain(self.names[at]))]
        of_payment = [at for at in filled if re.search(r"pa(?:y|id)|betal", plain(self.names[at]))]
        single = [at for at in of_payment or filled if "total" not in plain(self.names[at])]
        found = (single or of_payment or filled)[:1]
        return found[0] if found else None

    def _tells_news(self, name: str, column: int) -> bool:
        """Whether a column says something new where this activity stands, and does not repeat what the case said before."""
        last: dict[str, str] = {}
        new: list[bool] = []
        for cells in self.head:
            text, case = cells[column].strip(), cells[self.at["case"]]
            if cells[self.at["activity"]].strip() == name and text:
                new.append(last.get(case) != text)
            if text:
                last[case] = text
        return sum(new) > len(new) / 2

    def _is_so_far(self, name: str, word: str, column: int) -> bool:
        """Whether a column tells totals: it is called so, or tells never less than it told of the case before."""
        if word == ISSUED:
            return False
        if "total" in plain(self.names[column]) and word == "payment":
            return True
        last: dict[str, float] = {}
        rose: list[bool] = []
        for cells in self.head:
            text, case = cells[column].strip(), cells[self.at["case"]]
            if text.lower() in NOTHING:
                continue
            value = amount(text, self.guess.decimal)
            if cells[self.at["activity"]].strip() == name and case in last:
                rose.append(value >= last[case])
            last[case] = value
        if word in ("fee", *_TELL) and rose and sum(rose) > 0.95 * len(rose):
            self.guess.unsure.append(
                f"{name}: {self.names[column]} never falls within a case, so it is taken as the total so far"
            )
            return True
        return False

    def _due(self, meant: Mapping[str, str | None]) -> list[str]:
        if "due" in self.guess.columns:
            return []
        days = self._days_between("notice", "fee", meant)
        after = next((name for name, word in meant.items() if word == "notice"), None)
        if days and after:
            self.guess.unsure.append(f"due: {days} days is the usual time from {after} to the fee")
            return [f"due: {{days: {days}, after: {_quoted(after)}}}"]
        return [_terms(Head(self.names, self.head), self.guess)]

    def _days_between(self, one: str, other: str, meant: Mapping[str, str | None]) -> int | None:
        """The usual days between two activities of a case."""
        forms = [DayForm(form) for form in self.guess.forms]
        began: dict[str, int] = {}
        days: list[float] = []
        for cells in self.head:
            word = meant.get(cells[self.at["activity"]].strip())
            if word not in (one, other):
                continue
            read = (form.read(cells[self.at["time"]].strip(), CLOCKS) for form in forms)
            moment = next((each for each in read if each is not None), None)
            case = cells[self.at["case"]]
            if moment is None:
                continue
            if word == one:
                began[case] = moment
            elif case in began:
                days.append((moment - began[case]) / _DAY)
        return round(median(days)) if days and 0 < median(days) < 400 else None
