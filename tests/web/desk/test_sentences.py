"""The desk says in bokmål what the domain says in English: all of it, whole, in one way, and with the same figures.

What can be said is found twice: every text of the modules that say something to people has a line in the table, and what
many lives really come to hear is translated.
"""

import ast
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product
from math import log, nan
from pathlib import Path
from random import Random
from typing import Any

import pytest

from connectors.direct_debit.autogiro_answer import REASONS, AutogiroAnswer, Outcome
from domain.agreements import mandate_answers
from domain.planner.preview import PreviewedAct
from domain.policy import choosing
from prediction.history.allowed import FEATURES, NAMES, Feature, in_words
from tests.oracle.debtors import Life
from tests.store import LAWS, POLICIES
from tools.sources import parsed
from web.desk.sentences import KINDS, LONGEST, PLACE, SENTENCES, SEVERAL, Line, Table, spoken, table, translated

HOME = Path(__file__).parents[3]
DOCUMENTS = HOME / "tests/goldens/documents"
LIVES, WITH_FULL = 40, 3_000

SAYS = (
    "domain/planner",
    "domain/policy/choosing.py",
    "domain/parties/standing.py",
    "domain/agreements/promises.py",
    "domain/going_live.py",
    "domain/parties/sms_senders.py",
    "domain/countries/sender_names.py",
    "domain/agreements/instalments.py",
    "domain/money/matching",
    "domain/money/references.py",
    "domain/money/losses.py",
    "domain/money/pay_out.py",
    "commands/agreement",
    "commands/case",
    "commands/task",
    "commands/debtor",
    "commands/announce.py",
    "commands/many.py",
    "commands/record.py",
    "facts/desk/users.py",
    "facts/money/refunds.py",
    "facts/money/review.py",
    "views/calls.py",
    "views/filters.py",
    "views/names.py",
    "web/desk",
    "workflows/contracts.py",
    "connectors/bank_files",
    "connectors/direct_debit/autogiro.py",
    "activities/bank_files.py",
    "facts/money/bank_files.py",
    "facts/money/refund_orders.py",
    "facts/money/deposits.py",
    "channels/transport.py",
    "channels/twilio.py",
    "channels/email.py",
    "channels/direct_message.py",
    "web/webhooks/vipps.py",
    "web/webhooks/stripe.py",
)
"""Where sentences are made that somebody reads at the desk."""
SAMPLE_OF = {
    "day": "2027-01-04",
    "moment": "04 Jan 2027 09:00",
    "time": "09:00",
    "amount": "1234.50 NOK",
    "count": "12",
    "span": "2 days",
    "step": "second-reminder",
    "field": "until",
    "topic": "how to pay",
    "case": "acme/1001",
    "number": "17",
    "id": "1001",
    "ids": "1001, 1002",
    "code": "asked",
    "text": "Kari",
    "either": "= or !=",
    "tail": "",
    "ors": "nothing is owed",
    "sentence": "nothing is owed",
    "channel": "email",
    "way": "email",
    "life": "deceased",
    "flag": "no address",
    "message": "reminder",
    "meaning": "disagrees",
    "who": "guardian",
    "stop": "everything",
    "came": "promised",
    "term": "channel",
    "name": "Kari",
    "words": "Hei",
    "answer": "5.1.1 user unknown",
}
SAMPLE_OF |= {several: f"{SAMPLE_OF[one]}, {SAMPLE_OF[one]}" for several, one in SEVERAL.items()}
TYPED = frozenset({"text", "words", "name"})
"""The places where somebody's own words stand."""

NOT_SAID = {
    # Names of things, which are stored and told by words of their own.
    "assume sent", "assumed sent", "file claim", "debt settlement", "fees waived", "dispute upheld", "opted out", "opted in",
    "confirmed address", "reply address", "says not me", "answered elsewhere", "says {}", "written off", "cannot pay",
    "desk card", "desk draft", "desk way", "invoice pdf", "many stopped", "read at the desk", "answered with the latest of them",
    "confirmed at the desk",
    "collection partner", "customer number", "part of", "more than", "number (written otherwise)", "{} case {}",
    "balance ignored", "shadow finished", "ladder finished", "no more messages there, says who gets them",
    # What begins limitation anew, by the names that the rows of a law have for it.
    "any reminder", "written reminder", "part payment",
    # Of events that go to the creditor's own system, and what the creditor's own system or its partner asks.
    "it was withdrawn by mistake", "{} is {} already", "alert {}", "creditor is {}, and the file is imported for {}",
    "at: needs its zone, such as 2026-12-24T11:00+01:00", "no hand-off {} of creditor {}",
    # What the reader of a stop in the web UI reads, and faults of who writes code.
    "cancelled in the web UI: release or withdraw", "there is {} already: choose another name",
    "{} is nothing that a case can do: there are {}", "an RF reference is made from 1 to 21 digits",
    "a case has no {}",
    "below {} goes by itself, and above {} two people write off: lower `below`",
    "account: {} is no account number of {}", "account: {} is none of the creditor's own: name one of {}",
    "it was accepted before: close it with a reason instead",
    "it was rejected before, and a person decides anew: wait for a hand-off of its own",
    "{} is a name of Purr's own: say who decides", "at most 64 letters, digits, spaces and . _ : @ + -",
    # What whoever registers a creditor is told.
    "other_currencies: files are written for {} where it is the country's own: give the country of an account there, or leave it "
    "out and pay refunds in {} in the bank", "other_currencies: {} is no {}", "other_currencies: {} stands there twice",
    "other_currencies: {} is the currency of {}: it leaves from account",
    "other_currencies: {} is none of the creditor's own: name one of {}",
    "{}: is no country; write a code like FI", "{}: its numbers are of the networks of {}: write {}",
    "{}: names neither a name nor a number", "{}: {} is of no name: write `name`",
    "{}: the name {} needs a status: allowed, registered, pending or forbidden",
    # What whoever sends a status file of letters is told, in its report.
    "the file is of {} creditors: each has files of its own", "{} has no letter {}", "and {} more", "line {}: {}", "{} is ahead",
    "letter {} went to the printer and not to the distribution house", "the letter was made on {}: it cannot be {} on {}",
    # What was written by nobody's hand, as a thread shows it.
    "(called, and waits to be called back)", "(a letter that could not be read: open its file)",
    "(nothing but what it quotes or encloses)", "the money was found and booked", "booked by a person",
    # What a file of the bank leaves out, what banks say of a return, and a file's faults, which are said by a line for each word.
    "outgoing payments", "outgoing payments that came back", "payments that were not drawn", "entries that are not booked yet",
    "rejected entries", "sums of reference payments, which the KTL file has one by one", "answers that refuse nothing",
    "answers about payments that are none of ours", "corrected by the bank", "Autogiro, betalarnummer {}", "no cover",
    "the account number is wrong", "the account is closed", "the account is blocked", "the account may not be used like this",
    "not enough money", "paid twice", "the payer asked for it", "the payment was recalled", "no mandate", "the payer has died",
    "the payer wants the money back", "the payer refused", "the bank gives no reason", "told in words", "a technical error",
    "a sum of draws", "{}: is {} that are not told: import the camt.054 of this account",
    "{}: says {} {}, but holds {}", "{}: says a sum of {} of {}, but they make {}", "{}: the file says {} {}, but it holds {}",
    "holds no answers of Autogiro to payments: after 01AUTOGIRO it has none of BET. SPEC & STOPP TK, AVVISADE BET UPPDR and "
    "MAKULERING/ÄNDRING, nor does it start with 01…AUTOGIRO9900", "what is read stands inside the message",
    "id, name, state, transactions, position, booked, known, review, flags, accepted_by, sha256, totals",
    "{} where r.creditor_id = :creditor and r.state = 'due' order by r.id", "the bank's words are in its file",
    "creditor {} has no pay_out: say from which account it pays back, with `creditor add`",
    "no file {} for the bank: the list of files names those that there are",
    # What asks a provider what became of messages, and what the log is told.
    'from_email="{}" AND last_event_time {}', "the answer could not be read", "SendGrid's list of messages could not be read",
    "{} without success",
    # Of machines: what is cut off, headers, searches.
    "Value error, ", "at least", "at most", "follow incoming calls", "it was given up", "a creditor's system", "a reason",
    "a short name", "text/csv; charset=utf-8", "frame-ancestors {}", "frame-ancestors 'none'",
    "attachment; filename=\"audit.csv\"", "attachment; filename=\"{}.csv\"", "attachment; filename*=UTF-8''{}",
    "public, max-age=31536000, immutable", "noindex, nofollow",
}  # fmt: skip
"""Texts of those modules that are no sentences for a reader of the desk."""
FILLS = (
    "nothing is owed", "reference", "12.00", "2027-01-04", "email", "1001", "NOK", "guardian", "2 days", "deceased",
    "2027-01-04T09:00:00Z",
)  # fmt: skip
"""What may stand in a place of a sentence."""
SQL = re.compile(
    r"(select|insert|update|delete|case_id|\(select|\(cast|cast|exists|order by|from import_file|default-src)\b"
    r"|.*\b(is not null|is distinct from|any\()"
)
NO_READER = (
    "text",
    "compile",
    "Field",
    "Query",
    "ConfigDict",
    "info",
    "warning",
    "error",
    "page",
    "sub",
    "create_task",
)
"""Calls whose texts nobody at the desk reads."""


def said_in(path: Path) -> Iterator[str]:
    """The texts of a module that somebody may read, each with `{}` where something is put in."""
    tree = parsed(path.read_text("utf-8"))
    passed = {id(each) for node in ast.walk(tree) for root in _not_read(node) for each in ast.walk(root)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            passed |= {id(each) for each in node.values}
    for node in ast.walk(tree):
        if id(node) in passed:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.sub(r"\{\w*\}", "{}", node.value)


def _not_read(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Expr(value=ast.Constant()):
            yield node
        case ast.AnnAssign(annotation=annotation):
            yield annotation
        case ast.arg(annotation=ast.expr() as annotation):
            yield annotation
        case ast.FunctionDef(returns=ast.expr() as annotation) | ast.AsyncFunctionDef(returns=ast.expr() as annotation):
            yield annotation
        case ast.ClassDef(bases=[*_, ast.Name(id="StrEnum")]):
            yield from node.body
        case ast.keyword(arg="flag" | "outcome" | "source" | "description" | "headers"):
            yield node
        case ast.Call(func=ast.Name(id="_row"), args=[_, *more]):
            yield from more
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in NO_READER:
            yield node
        case ast.Call(func=ast.Name(id="register_action" | "decide")) | ast.Call(func=ast.Attribute(attr="decide")):
            yield from node.args[3:]


def is_translated(text: str) -> bool:
    """Whether a text is a sentence of the table, or a piece of one; with something in each of its places."""
    holes = text.count("{}")
    form = re.compile(re.escape(text).replace(r"\{\}", ".*"))
    text = text.lstrip(",; ")
    if any(form.search(each) for each in SAMPLES) or any(form.search(line.english) for line in table("nb").lines):
        return True
    for fills in product(FILLS, repeat=holes) if holes <= 3 else ():
        if translated(text.replace("{}", "\0").replace("\0", "%s") % fills if holes else text, "nb"):
            return True
    return False


def sample_of(line: Line, typed: str = "Kari") -> str:
    """An English sentence of a line, with something in each of its places: what somebody has typed where that may stand."""
    found = {name: typed if kind in TYPED else SAMPLE_OF[kind] for name, kind in line.places.items()}
    return PLACE.sub(lambda place: found[place[0][1:-1]], line.english)


SAMPLES = [sample_of(line) for line in table("nb").lines]


@pytest.mark.parametrize("where", SAYS)
def test_every_text_that_a_module_says_to_people_has_a_line(where: str) -> None:
    there = HOME / where
    files = [
        each for each in (sorted(there.rglob("*.py")) if there.is_dir() else [there]) if each.name != "sentences.py"
    ]
    texts = {text for file in files for text in said_in(file) if re.search(r"[a-z]{2,}[,:;]? ", text.strip())}
    sentences = {text for text in texts if text not in NOT_SAID and not SQL.match(text.strip()) and "\n" not in text}
    assert {text for text in sentences if not is_translated(text)} == set()


# --- what is really said ------------------------------------------------------------------------------------------


@dataclass
class Heard(Life):
    """A debtor whose life is listened to: every reason that the planner gave for what it did, waits for or leaves out."""

    reasons: set[str] = field(default_factory=set)

    def _write_down(self, acts: Sequence[tuple[int, PreviewedAct]]) -> None:
        for _, act in acts:
            self.reasons |= {act.action.why, *(why for _, why in act.action.left_out)}
        super()._write_down(acts)


def heard(seed: int) -> set[str]:
    """All that is said in one life."""
    life = Heard.born(Random(seed))
    assert isinstance(life, Heard)
    debtor = life.lived()
    return life.reasons | {each.why for each in debtor.waiting}


def figures_of(said: str) -> list[str]:
    """The numbers and days of a sentence, each as it is written in English: what both sides must have."""
    said = said.replace(" Jan ", ".01.")
    english = re.sub(r"(\d\d)\.(\d\d)\.(\d{4})", r"\3-\2-\1", said).replace(",", ".")
    return sorted(re.findall(r"\d+", re.sub(r"(?<=\d) (?=\d{3}\b)", "", english)))


def test_all_that_many_lives_hear_is_said_in_bokmaal_with_the_same_figures(full: bool) -> None:
    reasons = set().union(*(heard(seed) for seed in range(WITH_FULL if full else LIVES)))
    said = {reason: translated(reason, "nb") for reason in reasons}
    assert {reason for reason, bokmaal in said.items() if bokmaal is None} == set()
    for reason, bokmaal in said.items():
        without_ids = re.sub(r"#[\w.-]+", "", reason)
        assert figures_of(without_ids) == figures_of(bokmaal or ""), (reason, bokmaal)


def test_the_reasons_in_the_documents_are_said_in_bokmaal() -> None:
    reasons = {
        reason
        for file in DOCUMENTS.glob("*.json")
        for reason in re.findall(r'"why": "((?:[^"\\]|\\.)*)"', file.read_text("utf-8"))
    }
    assert reasons
    assert {reason for reason in reasons if translated(json.loads(f'"{reason}"'), "nb") is None} == set()


# --- the table ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["Kari", "Kari until noon", "Ola: ikke meg; takk", "1001, and 1002, but no", "closed", "0.00"]
)
def test_no_sentence_is_said_in_two_ways_whatever_somebody_typed_in_it(typed: str) -> None:
    lines = table("nb").lines
    two_ways = {
        line.english: ways for line in lines if len(ways := table("nb").ways(sample_of(line, typed), "nb")) != 1
    }
    assert two_ways == {}


def test_every_line_is_said_with_the_figures_and_names_that_it_got() -> None:
    for line, sample in zip(table("nb").lines, SAMPLES, strict=True):
        kept = {name for name in line.places if f"{{{name}}}" in line.said}
        figures = [SAMPLE_OF[kind] for name, kind in line.places.items() if name in kept and kind not in TYPED]
        without = PLACE.sub("", line.english) != line.english and PLACE.sub("", line.said)
        own = figures_of(without or line.said)
        assert figures_of(translated(sample, "nb") or "") == sorted([*own, *figures_of(" ".join(figures))]), (
            line.english
        )


def test_every_kind_of_place_is_used_and_every_sentence_stands_in_one_file_only() -> None:
    assert {kind for line in table("nb").lines for kind in line.places.values()} == KINDS - {"stop"}
    written = [
        each
        for file in SENTENCES.glob("nb/*.yaml")
        for each in re.findall(r'^(".*?"): "', file.read_text("utf-8"), re.M)
    ]
    assert len(written) == len(set(written)) == len(table("nb").lines)


@pytest.mark.parametrize(
    ("english", "bokmaal", "why"),
    [
        ("a {day}", "en {moment}", "other places"),
        ("a {day}", "en dag", "other places"),
        ("a {day}", "{day} {day2}", "other places"),
        ("a {colour}", "en {colour}", "no kind"),
    ],
)
def test_a_line_whose_places_do_not_agree_is_refused(english: str, bokmaal: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Line.of(english, bokmaal)


def test_what_two_lines_say_differently_stays_english() -> None:
    both = Table({"{text} is late": "{text} er sen", "the letter is {text}": "brevet er {text}"})
    assert len(both.ways("the letter is late", "nb")) == 2
    assert both.ways("the letter is here", "nb") == {"brevet er here"}


def test_where_one_name_ends_and_the_next_begins_is_never_guessed() -> None:
    apart = Table({"{text} and {text2} met": "{text} møtte {text2}"})
    assert apart.ways("Kari and Ola met", "nb") == {"Kari møtte Ola"}
    assert len(apart.ways("Kari and Ola and Per met", "nb")) == 2


@pytest.mark.parametrize(
    ("english", "bokmaal"),
    [
        ("the debtor was given until 2027-12-24", "kunden fikk frist til 24.12.2027"),
        ("1234.50 is too little to remind of", "1 234,50 er for lite til å purre på"),
        ("the debtor has credit: 1200.00 SEK of it pays this invoice", "1 200,00 SEK av dem"),
        ("the debtor has credit: 1200.00 NOK of it pays this invoice", "1 200,00 kr av dem"),
        ("NOK 200.00 is drawn on 2027-01-04 though only 50.00 is owed now: tell the debtor how to stop it in the online bank",
         "200,00 kr trekkes 04.01.2027"),
        ("anne until noon is at this debtor until 10:00 UTC", "anne until noon er i gang med denne kunden til 10:00 UTC"),
        ("nobody is called now: from 04 Jan 2027 08:00 on", "tidligst 04.01.2027 08:00"),
        ("no address for email, sms, direct message, and it may go by nothing else", "e-post, SMS, direktemelding"),
        ("paid in full: thanks for the payment", "alt er betalt: takk for betalingen"),
        ("it would be too late: email not read within 1 day", "det ville kommet for sent: e-post ble ikke lest innen 1 dag"),
        ("on hold: says disagrees", "på vent: kunden er uenig"),
        ("on hold: feil-i-fil", "på vent: feil-i-fil"),
        ("failed-draw#12 comes before its next message", "trekk som ikke gikk gjennom kommer før"),
        ("a reply by email about 1001, 1002, from the adviser, seems to say: disagrees; with 2 files: Nei: <b>ikke</b> meg",
         "melding på e-post om 1001, 1002, fra rådgiveren, kunden er uenig; med 2 filer: Nei: <b>ikke</b> meg"),
        ("a reply by sms: Hei; more came after it that is not kept: read this, and ask for the rest", "Hei; det kom mer"),
        ("there is no flag stuk: there are stuck, no address", "flagg stuk finnes ikke: disse finnes: stuck, no address"),
        ("due cannot be compared with ~: use = or !=", "bruk = eller !="),
    ],
)  # fmt: skip
def test_what_stands_in_a_sentence_is_said_by_its_kind(english: str, bokmaal: str) -> None:
    assert bokmaal in (translated(english, "nb") or "")


@pytest.mark.parametrize(
    "sentence",
    [
        "a step of a policy of long ago is waited for",
        "the debtor was given until 2027-02-30",
        "the debtor was given until tomorrow",
        "The debtor was given until 2027-12-24",
        "the debtor was given until 2027-12-24.",
        "it would be too late: nobody knows why",
        "stopped for the debtor: moved to the moon",
        "email not read within 2 fortnights",
        "{step} is planned",
        "nothing is owed\n",
        "",
        "x" * (LONGEST + 1),
        "Kunden vil ha mer tid",
    ],
)
def test_what_no_line_says_is_not_guessed(sentence: str) -> None:
    assert translated(sentence, "nb") is None


def test_what_is_not_translated_is_shown_as_it_is_and_marked_as_english() -> None:
    assert spoken("old <b>words</b>", "nb") == '<span lang="en">old &lt;b&gt;words&lt;/b&gt;</span>'
    assert spoken("<script> is at it", "nb") == "&lt;script&gt; holder på med den"
    assert spoken("nothing is owed", "nb") == "ingenting skyldes"
    assert spoken("nothing <is> owed", "en") == "nothing &lt;is&gt; owed"
    assert spoken(None, "nb") == spoken("", "nb") == ""


def test_the_name_of_a_creditors_step_is_never_taken_for_words_of_ours() -> None:
    assert translated("nothing-is-owed is planned", "nb") == "«nothing-is-owed» kommer etter planen"
    assert translated("paid is planned", "nb") == "«paid» kommer etter planen"
    assert translated("none comes instead", "nb") is None


SLIP = "payment reference of invoice 40006 with two digits swapped, and the amount is all that is owed"
TEXT = "number of invoice 40007 in the text, and 40008 is the only open invoice of this debtor with that amount"


@pytest.mark.parametrize(
    "said",
    [
        f"no invoice has this payment reference, and what is told points to different invoices: {SLIP}; or {TEXT}",
        f"no invoice has this payment reference; {TEXT}, but the text names another debtor",
        f"no invoice has this number; {SLIP}, but 2 payment references are as near",
        "payment reference of invoice 40006, which is settled; 40007 is the only open invoice of this debtor with that amount",
    ],
)
def test_what_a_payment_points_to_is_said_whole(said: str) -> None:
    bokmaal = translated(said, "nb")
    assert bokmaal
    assert figures_of(bokmaal) == figures_of(said)
    assert re.search(r"\b(the|and|which|invoice)\b", bokmaal) is None


@pytest.mark.parametrize(
    ("said", "bokmaal"),
    [
        ("bounce: 550 5.1.1 user unknown", "e-posten kom i retur: postkassen finnes ikke (550 5.1.1 user unknown)"),
        ("bounce: 550 blocked", "e-posten kom i retur: 550 blocked"),
        ("undelivered: error 30003", "ikke levert: telefonen er slått av eller uten dekning (30003)"),
        ("undelivered: error 39999", "ikke levert: 39999"),
        (
            "dropped: Bounced Address",
            "SendGrid sendte ikke e-posten: meldinger dit har kommet i retur før (Bounced Address)",
        ),
        (
            "Twilio answered 400, error 21211: Invalid 'To'",
            "Twilio svarte 400, feil: nummeret er ugyldig (21211: Invalid 'To')",
        ),
    ],
)
def test_what_a_provider_answers_is_said_in_words_beside_its_code(said: str, bokmaal: str) -> None:
    assert translated(said, "nb") == bokmaal


@pytest.mark.parametrize(
    ("flag", "bokmaal"),
    [
        ("line 3: is a record of unknown type '99': skipped", "linje 3: er en post av ukjent type '99': hoppes over"),
        (
            "record 7: the assignment says 3 transactions, but the file holds 4",
            "post 7: oppdraget sier 3 transaksjoner, men filen har 4",
        ),
        (
            "entry 3 (line 44), transaction 2: is of 100.00, but its references make 90.00",
            "postering 3 (linje 44), transaksjon 2: er på 100,00, men referansene blir 90,00",
        ),
        (
            "statement 1 (line 9): says a sum of 100.00 of credit entries, but they make 50.00",
            "kontoutdrag 1 (linje 9): sier en sum på 100,00 for krediterte posteringer, men de blir 50,00",
        ),
        ("line 4: the batch says 3 payments, but holds 2", "linje 4: bunten sier 3 betalinger, men har 2"),
    ],
)
def test_what_is_wrong_in_a_file_of_the_bank_is_said_with_its_place(flag: str, bokmaal: str) -> None:
    assert translated(flag, "nb") == bokmaal


def test_a_sentence_is_held_against_few_lines() -> None:
    tried = [table("nb").asked(sample) for sample in SAMPLES]
    assert max(map(len, tried)) <= 40
    assert sum(map(len, tried)) <= 15 * len(tried)


@pytest.mark.parametrize("said", sorted({*mandate_answers.WORDS.values(), mandate_answers.in_words("99")}))
def test_what_a_centre_answers_to_mandates_is_said_in_bokmaal(said: str) -> None:
    assert translated(said, "nb")


@pytest.mark.parametrize("outcome", ["no cover", "no account", "taken back by the centre", "rejected"])
def test_why_a_draw_failed_is_said_in_bokmaal(outcome: Outcome) -> None:
    for code in (*REASONS, "99") if outcome == "rejected" else ("1",):
        answer = AutogiroAnswer("in", "1", None, Decimal(1), None, outcome, code, "1")
        assert translated(answer.words, "nb"), answer.words


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_what_weighed_most_in_a_guess_is_said_in_bokmaal_with_the_same_figures(feature: Feature) -> None:
    known = range(7) if feature.name == "due_weekday" else (0, 0.3, 1, 2, 1_200, 12_000_000)
    known = (*known, -1, -1_200) if feature.below or feature.name == "margin" else known
    values = [log(value) for value in known if value > 0] if feature.logarithm else [*known]
    said = {
        in_words(feature, dict.fromkeys(NAMES, others) | {feature.name: float(value)}, currency)
        for value, others, currency in product([*values, nan], (0.0, 1.0, 5.0), ("", "NOK"))
    } - {""}
    assert said
    for sentence in said:
        assert figures_of(translated(sentence, "nb") or "not said") == figures_of(sentence), sentence


def test_what_a_person_has_to_settle_of_a_policy_is_said_whole() -> None:
    policies = {name: policy for name, (policy, _) in POLICIES.items()}
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        ("no-gentle", {"country": "ES", "kind": "consumer", "currency": "SEK", "named": False}),
        ("no-gentle", {"country": "FI", "kind": "consumer", "currency": "EUR", "named": True}),
        ("no-gentle", {"country": "NO", "kind": "business", "currency": "NOK", "named": True}),
        ("no-gentle", {"country": "FI", "kind": "business", "currency": "NOK", "named": False}),
    )
    doubts = [why for name, of in asked for _, why in choosing.doubts_of_law(policies[name], LAWS, **of)]
    for account, currency in (("DE89370400440532013000", "NOK"), (None, "EUR")):
        doubts += [
            why for _, why in choosing.doubts_of_account(account, ["12345678903"], currency=currency, countries=["NO"])
        ]
    before = choosing.Whom("NO", "consumer")
    now = (choosing.Whom("FI", "consumer"), choosing.Whom("NO", "business"), choosing.Whom("FI", "business"))
    doubts += filter(None, (choosing.changed(each, before) for each in now))
    assert len(set(doubts)) >= 9
    assert [each for each in doubts if translated(f"{each}: {choosing.TO_SETTLE}", "nb") is None] == []
