"""What the domain says in English sentences, said in the language of whoever reads the desk.

The English sentence is what is stored, told over the API and shown at the terminal; it never changes. A table in
`templates/desk/sentences/LANGUAGE/` says each in another language, with named places for what differs: `the debtor was
given until {day}: kunden fikk frist til {day}`. A sentence is matched as a whole, and what stands in a place is said by its
kind. Nothing is guessed: what no line of the table says, or two of them say differently, stays English.
"""

import re
from collections import ChainMap, Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from itertools import chain
from typing import Final

from babel.numbers import format_decimal
from markupsafe import Markup, escape

from domain.languages import Language
from domain.located_yaml import plain
from messages import figures
from web.pages import FOLDER, words

SENTENCES: Final = FOLDER / "desk" / "sentences"
WORDS: Final = "desk/words"
ALONE: Final = "alone"  # the file of what is no part of a sentence
PLACE: Final = re.compile(r"\{([a-z_]+)([0-9]*)\}")
"""A place in a sentence, by its kind; of two of a kind the second has a number."""
TOKEN: Final = re.compile(r"[A-Za-z]+|[,:;(]")
MOST_KEPT: Final = 4_096  # sentences of which it is remembered how they are said
LONGEST: Final = 2_000  # signs: what is longer is no sentence of ours

_CODE = re.compile(r"\b(?:[45]\.\d{1,3}\.\d{1,3}|[1-9]\d{4})\b")  # of mail (RFC 3463), and of Twilio
_DAY = r"\d{4}-\d\d-\d\d"
_AMOUNT = r"(?:[A-Z]{3} )?-?\d[\d,]*(?:\.\d+)?(?: [A-Z]{3})?"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SPOKEN_DAY = rf"(?:[A-Z][a-z]{{2}} )?(?P<nth>\d\d) (?P<month>{'|'.join(_MONTHS)}) (?P<year>\d{{4}})"
_MOMENT = re.compile(
    rf"(?:{_SPOKEN_DAY}|(?P<day>{_DAY}))[ T](?P<time>\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?: ?Z|[+-]\d\d:\d\d)?"
)

WRITTEN: Final[Mapping[str, str]] = {
    "day": _DAY,
    "moment": re.sub(r"\?P<\w+>", "?:", _MOMENT.pattern),
    "time": r"\d\d:\d\d",
    "amount": _AMOUNT,
    "count": r"-?\d[\d,]*(?:\.\d+)?",
    "span": r"\d+ (?:banking )?(?:hour|day|month)s?",
    "step": r"(?!none\b)[a-z0-9][a-z0-9-]{0,59}(?:#[\w.-]+)?",
    "case": r"[^\s/]+/[^\s:]+",
    "number": r"\d+",
    "id": r"\S+",
    "ids": r"[^\s,;]+(?:, [^\s,;]+)*(?: …)?",
    "name": r"(?:(?!: there are | and others\b| and that name\b).)+",
    "code": r"[\w.:@+ -]{1,64}",
    "text": r".+",
    "words": r".+",
    "either": r".+",
    "tail": r"(?:[,;]? [^:]*)?",
    "ors": r".+",
    "answer": r".+",
    "sentence": r".+",
}
"""How what stands in a place is written in English. `text`, `name` and `id` are shown as they are; `sentence` is one of the
table's, `tail` what follows on one, piece by piece, `words` are somebody's own and what we say behind them, `ors` are
several sentences with `or` between them, and an `answer` is a provider's: it stays, behind what the table says of its code."""
OF_WORDS: Final[Mapping[str, str]] = {
    "channel": "case_channel_",
    "way": "case_by_",
    "life": "case_life_",
    "flag": "case_flag_",
    "message": "case_message_",
    "meaning": "case_means_",
    "who": "case_who_",
    "stop": "stopped_",
    "came": "outcome_",
    "term": "filter_",
    "field": "field_",
    "topic": "inbox_topic_",
}
"""The kinds whose places have one of a few words: how the names of those in the desk's texts begin."""
SEVERAL: Final[Mapping[str, str]] = {"channels": "channel", "steps": "step", "stops": "stop"}
"""Several of a kind, with commas between them."""
OPEN: Final = frozenset({"id", "name", "code", "text", "words", "either", "tail", "ors", "answer", "sentence"})
"""The kinds that take whatever stands there: where two are in a sentence, one may end in more than one place."""
MAY_BE_LOST: Final = frozenset({"id", "number", "text"})
"""What the other side may leave out: names that nobody at the desk reads."""
KINDS: Final = frozenset({*WRITTEN, *OF_WORDS, *SEVERAL})


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: an English sentence with its places, by name, and the same in another language.

    What stands `alone`, in a row or a list, is no part of a sentence.
    """

    english: str
    said: str
    alone: bool
    places: Mapping[str, str]
    readings: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, english: str, said: str, *, alone: bool = False) -> "Line":
        """A line as it is written. Raises ValueError where its two sides have other places, or one is of no kind."""
        places, there = ({each[0][1:-1]: each[1] for each in PLACE.finditer(side)} for side in (english, said))
        lost = {name for name, kind in places.items() if name not in there and kind not in MAY_BE_LOST}
        if lost or not there.keys() <= places.keys():
            raise ValueError(f"{english!r} has other places than {said!r}")
        if unknown := sorted(set(places.values()) - KINDS):
            raise ValueError(f"{english!r} has places of no kind: {', '.join(unknown)}")
        unclear = sum(kind in OPEN for kind in places.values()) > 1
        return cls(
            english, said, alone, places, tuple(_reading(english, lazy) for lazy in (False, True)[: 1 + unclear])
        )

    @property
    def tokens(self) -> list[str]:
        """The words and stops that every such sentence has."""
        return TOKEN.findall(re.sub(r"[A-Za-z]*\0[A-Za-z]*", "\0", PLACE.sub("\0", self.english)))

    def say(self, sentence: str, language: Language) -> Iterator[str]:
        """The sentence in the line's language, for each way to read it; nothing where it is no such sentence."""
        for reading in self.readings:
            found = reading.fullmatch(sentence)
            if found is None:
                return
            there = {name: _place(kind, found[name], language) for name, kind in self.places.items()}
            filled = {name: each for name, each in there.items() if each is not None}
            if len(filled) == len(there):
                yield _filled(self.said, filled)


class Table:
    """The lines of a language. A line is looked for by the rarest of its words, so that a sentence is held against few."""

    def __init__(self, lines: Mapping[str, str], alone: Mapping[str, str] | None = None) -> None:
        """Make ready the lines, and those of what stands alone. Raises ValueError for one that cannot be."""
        self.lines = [Line.of(english, said) for english, said in lines.items()]
        self.lines += [Line.of(english, said, alone=True) for english, said in (alone or {}).items()]
        self._plain = {line.english: line for line in self.lines if not line.places}
        self._having = defaultdict[str, list[Line]](list)
        often = Counter(token for line in self.lines for token in set(line.tokens))
        for line in self.lines:
            if line.places:
                self._having[min(line.tokens, key=lambda token: often[token], default="")].append(line)

    def ways(self, sentence: str, language: Language, *, within: bool = False) -> set[str]:
        """Every way in which the lines say a sentence, or a part `within` one; what stands there as it is has one."""
        plain = self._plain.get(sentence)
        if plain is not None and not (within and plain.alone):
            return {plain.said}
        return {said for line in self.asked(sentence, within) for said in line.say(sentence, language)}

    def word(self, sentence: str) -> str | None:
        """What the lines say of what stands there as it is; None where nothing."""
        plain = self._plain.get(sentence)
        return plain.said if plain else None

    def asked(self, sentence: str, within: bool = False) -> list[Line]:
        """The lines with places that a sentence is held against, or a part `within` one."""
        found = (line for token in {"", *TOKEN.findall(sentence)} for line in self._having.get(token, ()))
        return [line for line in found if not (within and line.alone)]


@cache
def table(language: Language) -> Table:
    """The lines of every file of a language's folder, each sentence in one of them only."""
    files = {file.stem: plain(file.read_text("utf-8")) for file in (SENTENCES / language).glob("*.yaml")}
    often = Counter(chain.from_iterable(files.values()))
    if twice := [sentence for sentence, times in often.items() if times > 1]:
        raise ValueError(f"{'; '.join(twice)}: stand in two files of {SENTENCES / language}")
    alone = files.pop(ALONE)
    return Table(dict(ChainMap(*files.values())), alone)


@lru_cache(MOST_KEPT)
def translated(sentence: str, language: Language, *, within: bool = False) -> str | None:
    """An English sentence in another language; None where the table does not say it, or not in one way.

    `within`: it is a part of another.
    """
    if len(sentence) > LONGEST:
        return None
    ways = table(language).ways(sentence, language, within=within)
    return ways.pop() if len(ways) == 1 else None


def in_theirs(sentence: str, language: Language) -> str:
    """An English sentence in a language, where the table says it; else as it is."""
    return sentence if language == "en" else translated(sentence, language) or sentence


def spoken(sentence: str | None, language: Language) -> Markup:
    """An English sentence for a page in a language: in that language, else as it is and marked as English."""
    if not sentence or language == "en":
        return escape(sentence or "")
    said = translated(sentence, language)
    return Markup('<span lang="en">{}</span>').format(sentence) if said is None else escape(said)


def _filled(said: str, places: Mapping[str, str]) -> str:
    return PLACE.sub(lambda place: places[place[0][1:-1]], said)


def _reading(english: str, lazy: bool) -> re.Pattern[str]:
    """An English side as it is matched: what takes whatever stands there takes as much as it can, or as little."""
    parts, end = list[str](), 0
    for place in PLACE.finditer(english):
        kind = place[1]
        least = "?" if lazy and kind in OPEN else ""
        parts += [re.escape(english[end : place.start()]), f"(?P<{place[0][1:-1]}>{_pattern(kind)}{least})"]
        end = place.end()
    return re.compile("".join([*parts, re.escape(english[end:])]), re.DOTALL)


@cache
def _pattern(kind: str) -> str:
    if kind in SEVERAL:
        one = f"(?:{_pattern(SEVERAL[kind])})"
        return f"{one}(?:, {one})*"
    if kind in OF_WORDS:
        return "|".join(
            re.escape(each).replace("_", "[ _-]") for each in sorted(_few(kind, "en"), key=len, reverse=True)
        )
    return WRITTEN[kind]


@cache
def _few(kind: str, language: Language) -> Mapping[str, str]:
    """The words of a kind that has few."""
    begins = OF_WORDS[kind]
    return {name.removeprefix(begins): word for name, word in words(language, WORDS).items() if name.startswith(begins)}


def _place(kind: str, written: str, language: Language) -> str | None:
    """What stands in a place, in another language; None where it is no such thing after all."""
    if kind in SEVERAL:
        each = [_place(SEVERAL[kind], one, language) for one in written.split(", ")]
        return ", ".join(filter(None, each)) if all(each) else None
    if kind in OF_WORDS:
        return _few(kind, language).get(re.sub("[ -]", "_", written))
    t = words(language, WORDS)
    match kind:
        case "day":
            return _day(written, language)
        case "moment":
            return _moment(written, language)
        case "amount":
            return _amount(written, language)
        case "count":
            return _number(written, "#,##0.######", language)
        case "span":
            count, _, unit = written.partition(" ")
            return f"{count} {t['span_' + unit.replace(' ', '_')]}"
        case "step":
            name, numbered, _ = written.partition("#")
            return t.get(f"case_message_{name.replace('-', '_')}", written) if numbered else f"«{written}»"
        case "code":
            return t.get(f"reason_{written}", written)
        case "either":
            return written.replace(" or ", t["either"])
        case "words":
            own, _, last = written.rpartition("; ")
            ours = translated(f"; {last}", language) if own else None
            return written if ours is None else own + ours
        case "tail":
            return _tail(written, language)
        case "ors":
            each = [translated(one, language, within=True) for one in written.split("; or ")]
            return f";{t['either']}".join(filter(None, each)) if all(each) else None
        case "answer":
            code = _CODE.search(written)
            said = table(language).word(code[0] if code else written)
            return f"{said} ({written})" if said else written
        case "sentence":
            return translated(written, language, within=True)
    return written


def _day(written: str, language: Language) -> str | None:
    try:
        return figures.short_date(date.fromisoformat(written), language)
    except ValueError:
        return None


def _moment(written: str, language: Language) -> str | None:
    found = _MOMENT.fullmatch(written)
    if found is None:
        return None
    if found["day"]:
        day = _day(found["day"], language)
    else:
        day = _day(f"{found['year']}-{_MONTHS.index(found['month']) + 1:02}-{found['nth']}", language)
    return f"{day} {found['time']}" if day else None


def _amount(written: str, language: Language) -> str:
    """An amount in the currency that stands before or behind it; without one, or with more than two decimals, the bare number."""
    number, currency = written.replace(",", ""), ""
    if number[0].isalpha():
        currency, _, number = number.partition(" ")
    elif number[-1].isalpha():
        number, _, currency = number.partition(" ")
    if len(number.partition(".")[2]) > 2 or (currency and not currency.isalpha()):
        return written
    if currency:
        return figures.amount(Decimal(number), currency, language)
    decimals = number.partition(".")[2]
    return _number(number, f"#,##0.{'0' * len(decimals)}" if decimals else "#,##0", language)


def _number(written: str, pattern: str, language: Language) -> str:
    number = format_decimal(Decimal(written.replace(",", "")), pattern, locale=language)
    return number.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-")


def _tail(written: str, language: Language) -> str | None:
    """What follows on a sentence, in the longest pieces that the table has."""
    if not written:
        return ""
    for end in (*(cut.start() for cut in reversed([*re.finditer(r"(?<!^)[,;]? ", written)])), len(written)):
        first, rest = translated(written[:end], language), written[end:]
        if first is not None and (said := _tail(rest, language)) is not None:
            return first + said
    return None
