"""An entry of a timeline as a line of a page of the desk, in its reader's language, and no more of it than they may see."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from domain.desk.parts import Part
from domain.languages import Language
from domain.moment import moment_in
from messages import figures
from views.dossier import ITSELF
from views.timeline import Entry, Kind
from web.pages import words

TELLS: Final = ("until", "pay_by", "due_date", "amount", "total", "pays")
"""What a line of the diary tells besides its reason."""


@dataclass(frozen=True, slots=True)
class Line:
    """What happened, at a moment (UTC), in words; `quote` is what somebody wrote, `why` the planner's or a person's reason."""

    at: datetime
    place: str
    kind: Kind
    title: str
    by: str
    more: Sequence[str]
    why: str
    quote: str
    delivery: str | None  # whose words can be seen as they were sent
    unread: int | None  # the words that nobody has read
    invoices: Sequence[str]


@dataclass(frozen=True, slots=True)
class Telling:
    """How entries are told: in a language, for who sees these parts, of debtors in a country."""

    language: Language
    parts: Collection[Part]
    country: str
    currency: str

    def line(self, entry: Entry) -> Line:
        """One entry."""
        detail, sees = entry.detail, Part.NOTES in self.parts
        said = detail.get("text") if entry.kind is Kind.SAID else detail.get("note") if sees else None
        return Line(
            at=entry.at,
            place=entry.place,
            kind=entry.kind,
            title=self._title(entry),
            by=self._who(entry.by) if entry.by != ITSELF[0] and entry.source not in ("provider", "money") else "",
            more=[*self._more(entry)],
            why=str(detail.get("why") or "") if sees and entry.source == "diary" else "",
            quote=str(said or ""),
            delivery=str(detail["delivery"]) if entry.source == "delivery" and entry.told["sent"] else None,
            unread=detail["reply"] if entry.source == "reply" and not detail.get("done_at") else None,
            invoices=entry.invoices,
        )

    def message(self, message: str) -> str:
        """What a message is called."""
        return self._word("message", message) or self._t["case_message_other"]

    def channel(self, channel: str) -> str:
        """What a way to reach somebody is called."""
        return self._word("channel", channel) or channel

    def reason(self, code: str | None) -> str:
        """What a reason is called; one that only its creditor knows, as it is."""
        return self._t.get(f"reason_{code}", code or "")

    def amount(self, amount: Decimal | str, currency: str | None = None) -> str:
        """An amount, in the invoice's currency."""
        return figures.amount(Decimal(amount), currency or self.currency, self.language)

    def day(self, day: date) -> str:
        """A day."""
        return figures.short_date(day, self.language)

    @property
    def _t(self) -> Mapping[str, str]:
        return words(self.language, "desk/words")

    def _word(self, of: str, name: str) -> str:
        return self._t.get(f"case_{of}_{name.replace(' ', '_').replace('-', '_')}", "")

    def _title(self, entry: Entry) -> str:
        t, told, detail = self._t, entry.told, entry.detail
        match entry.source:
            case "delivery":
                state = "sent" if told["sent"] and detail["state"] != "failed" else str(detail["state"])
                copy = f" ({t['case_sent_alert']})" if told["alert"] else ""
                return f"{self._message(told)}{copy}: {self._word('sent', state) or state}"
            case "provider":
                return f"{self._message(told)}: {self._word('told', told['kind']) or t['case_told_other']}"
            case "money":
                return self._money(entry)
            case "reply":
                return t["case_wrote"].format(by=self._word("by", told["channel"]))
            case "answer":
                return t["case_answered"].format(by=self._word("by", detail["channel"]))
            case "task":
                kind = entry.what.removesuffix(" task")
                done = f" ({t['case_task_was_done']})" if detail.get("done_at") else ""
                return f"{t['case_task_opened'].format(kind=self._word('task', kind) or kind)}{done}"
        return self._word("did", entry.what) or entry.what.replace("_", " ")

    def _message(self, told: Mapping[str, Any]) -> str:
        return f"{self.message(told['message'])} ({self.channel(told['channel'])})"

    def _money(self, entry: Entry) -> str:
        written, part = str(entry.detail["amount"]), str(entry.detail["part"])
        again = entry.what == "write-off" and not written.startswith("-")
        said = self._t["case_money_again"] if again else self._word("money", entry.what) or f"{entry.what} {{amount}}"
        amount = self.amount(written.removeprefix("-"), entry.told["currency"])
        of = "" if part in ("principal", entry.what) else self._t["case_money_of"].format(part=self._word("part", part))
        return " ".join(filter(None, [said.format(amount=amount), of]))

    def _who(self, by: str) -> str:
        """A person's name only for those who see why people did what they did."""
        known = self._word("who", by)
        return known or (by if Part.NOTES in self.parts and by not in ITSELF else self._t["case_who_person"])

    def _more(self, entry: Entry) -> Iterator[str]:
        t, detail = self._t, entry.detail
        match entry.source:
            case "delivery":
                if detail.get("deadline"):
                    yield t["case_sent_deadline"].format(day=self.day(date.fromisoformat(detail["deadline"])))
                if Decimal(detail["fee"]):
                    yield t["case_sent_fee"].format(fee=self.amount(detail["fee"]))
                if detail.get("failure") and Part.NOTES in self.parts:
                    yield str(detail["failure"])
                if detail.get("addressee") and Part.LIFE in self.parts:
                    yield self._word("who", detail["addressee"])
            case "money":
                yield t["case_booked"].format(day=self.day(date.fromisoformat(detail["booked_on"])))
            case "reply" if detail.get("meaning"):
                yield t["case_seems"].format(meaning=self._word("means", detail["meaning"]) or detail["meaning"])
            case "diary":
                if detail.get("reason_code") and Part.NOTES in self.parts:
                    yield self.reason(detail["reason_code"])
                if detail.get("step"):
                    yield str(detail["step"])
                if "sent" in detail:
                    yield t["delivery_was_sent" if detail["sent"] else "delivery_was_not_sent"]
                for name in TELLS:
                    if detail.get(name) is not None:
                        yield self._told(str(detail[name]))

    def _told(self, written: str) -> str:
        """A day, a moment or an amount, as it is read."""
        if len(written) == len("2027-05-20") and written[4] == "-":
            return self.day(date.fromisoformat(written))
        if "T" in written:
            there = moment_in(self.country, datetime.fromisoformat(written))
            return f"{self.day(there.day)} {there.local:%H:%M}"
        try:
            return self.amount(written)
        except ArithmeticError:
            return written
