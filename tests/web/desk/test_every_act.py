"""Each act of the desk is done: its effect is seen first, one confirmation does it once, it is kept, told and can be undone."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import uuid4

import pytest

from domain.desk.roles import MAY, Role
from facts.money import ledger, postings
from tests.begin import BEGIN, TODAY, by_day, turn
from tests.web.desk.conftest import Desk, Staff
from tests.web.desk.test_acts import address, comes_in, does, form, hidden
from web.desk.acts import DEEDS
from web.desk.undo import UNDONE_BY

Before = Callable[[Desk, Staff], Awaitable[None]]
DAY: Final = {days: str(TODAY + timedelta(days=days)) for days in (7, 14, 30)}
HELD: Final = "exists (select from hold h where h.case_id = c.id and h.released_at is null)"
PAUSED: Final = f"""(select until > date '{TODAY}' from life_event e where e.debtor_id = c.debtor_id and e.kind = 'pause'
  order by e.id desc limit 1)"""
PROMISED: Final = "exists (select from promise p where p.case_id = c.id and p.withdrawn_at is null)"
IN_PARTS: Final = "exists (select from instalment_plan p where p.case_id = c.id and p.state = 'active')"
LEFT_OUT: Final = "exists (select from skip s where s.case_id = c.id and s.undone_at is null)"
ASKED: Final = "exists (select from send_request s where s.case_id = c.id and s.undone_at is null)"
STOPPED: Final = "exists (select from debtor d where d.id = c.debtor_id and d.stop_reason = 'other')"
WITHDRAWN: Final = "c.withdrawn_at is not null"
DISPUTED: Final = "exists (select from dispute d where d.case_id = c.id and d.resolved_at is null)"
USED: Final = """exists (select from credit_use u where u.to_invoice_id = c.invoice_id and u.undoes is null
  and not exists (select from credit_use b where b.undoes = u.id))"""
VERDICT: Final = """exists (select from refund_verdict v join refund r on r.id = v.refund_id
  where r.invoice_id = c.invoice_id and {} v.approved)"""


async def nothing(_manager: Desk, _staff: Staff) -> None:
    """The case is as it came."""


def after(act: str, **typed: str) -> Before:
    """Another act comes first."""

    async def before(manager: Desk, _staff: Staff) -> None:
        assert (await does(manager, act, **typed)).status_code == 303

    return before


async def by_daylight(manager: Desk, _staff: Staff) -> None:
    """It is an hour at which people may be written to by SMS."""
    await turn(manager.door.database, by_day())


async def charged(manager: Desk, _staff: Staff) -> None:
    """A fee stands on the invoice."""
    async with manager.door.database.transaction() as connection:
        locked = await ledger.lock_number(connection, manager.door.creditor, "1001")
        assert locked is not None
        await postings.charge(connection, locked, "fee", Decimal(35), ("delivery", str(uuid4())), BEGIN)


async def paid_too_much(manager: Desk, _staff: Staff) -> None:
    """More was paid than the invoice is of."""
    await manager.door.pay(amount="8100.00")


async def paid(manager: Desk, _staff: Staff) -> None:
    """All of the invoice is paid."""
    await manager.door.pay(amount="8000.00")


async def other_paid_too_much(manager: Desk, _staff: Staff) -> None:
    """The debtor has credit on the other invoice."""
    await manager.door.pay(amount="902.00", reference=None, invoice="1002")


async def credit_was_used(manager: Desk, staff: Staff) -> None:
    """The credit of the other invoice has paid some of this one."""
    await other_paid_too_much(manager, staff)
    await after("use-credit")(manager, staff)


async def waits_for_approval(manager: Desk, _staff: Staff) -> None:
    """The case has come to its hand-off, which waits for a person."""
    waits = """insert into task (creditor_id, case_id, kind, step, round, why, happened_at)
        select c.creditor_id, c.id, 'approval', 'hand-off', c.round, 'asked', now() from dunning_case c
        join invoice i on i.id = c.invoice_id where c.creditor_id = :creditor and i.number = '1001' returning id"""
    await manager.door.rows(waits, creditor=manager.door.creditor)


async def owed_back(manager: Desk, staff: Staff) -> None:
    """Somebody else has said that what was paid too much goes back."""
    await paid_too_much(manager, staff)
    other = await staff.sign_in(Role.SUPERVISOR)
    async with other.client:
        assert (await does(other, "pay-back")).status_code == 303


async def ended(manager: Desk, _staff: Staff) -> None:
    """The case has come to its end, and all is owed."""
    ends = """update dunning_case c set state = 'closed', outcome = 'ladder finished' from invoice i
        where i.id = c.invoice_id and c.creditor_id = :creditor and i.number = '1001' returning c.id"""
    await manager.door.rows(ends, creditor=manager.door.creditor)


async def doubted(manager: Desk, _staff: Staff) -> None:
    """Nobody knows by which policy the case goes."""
    doubts = """update dunning_case c set doubt = 'no law of ES is known' from invoice i
        where i.id = c.invoice_id and c.creditor_id = :creditor and i.number = '1001' returning c.id"""
    await manager.door.rows(doubts, creditor=manager.door.creditor)


@dataclass(frozen=True)
class Done:
    """How an act is tried: what comes before, what is typed, what its form foresees, and what is so in the facts from then on."""

    fact: str
    """Of a case `c`; not so before."""
    follows: str
    """In what is seen before it is confirmed, first after so many `days` where they are named."""
    diary: str | None
    """The line that the case's diary gets, by whoever did it; None: it stands in the books alone."""
    typed: Mapping[str, str] = field(default_factory=dict)
    before: Before = nothing
    act: str = ""
    """Where an act is tried in several ways."""
    of_debtor: bool = False
    """It is so of the debtor's other invoice too."""
    days: int = 0
    tells: bool = True
    """The case hears of it: one that goes on, and of whatever its next step can follow from."""


RESOLVED: Final = "exists (select from dispute d where d.case_id = c.id and d.resolved_at is not null and {})"
NOTHING: Final = "Nothing until news comes"
INVOICE: Final = "Invoice by email"
TRIED: Final[Mapping[str, Done]] = {
    "hold": Done(HELD, INVOICE, "hold", {"until": DAY[14]}),
    "release": Done(f"not {HELD}", INVOICE, "release", before=after("hold", until=DAY[14])),
    "pause": Done(PAUSED, "Invoice by SMS", "debtor_changed", {"paused_until": DAY[14]}, of_debtor=True, days=14),
    "end-pause": Done(
        f"not {PAUSED}", INVOICE, "debtor_changed", before=after("pause", paused_until=DAY[14]), of_debtor=True
    ),
    "promise": Done(PROMISED, "We are waiting for your payment by email", "promise", {"pay_by": DAY[7]}, days=8),
    "withdraw-promise": Done(f"not {PROMISED}", INVOICE, "promise_withdrawn", before=after("promise", pay_by=DAY[7])),
    "plan": Done(IN_PARTS, "Owed", "plan_agreed", {"months": "2"}),
    "end-plan": Done(f"not {IN_PARTS}", INVOICE, "plan_ended", before=after("plan", months="2")),
    "send-link": Done(
        "exists (select from case_event e where e.case_id = c.id and e.kind = 'payment_link_asked')",
        "by SMS", "payment_link_asked", before=by_daylight,
    ),
    "send-now": Done(ASKED, INVOICE, "send_now", {"step": "invoice"}),
    "skip": Done(LEFT_OUT, "Due today by email", "skip", {"step": "invoice"}),
    "undo-skip": Done(
        f"not {LEFT_OUT}", INVOICE, "undo_skip", {"step": "invoice"}, before=after("skip", step="invoice")
    ),
    "undo-send": Done(
        f"not {ASKED}", INVOICE, "undo_send", {"step": "invoice"}, before=after("send-now", step="invoice")
    ),
    "dispute": Done(DISPUTED, NOTHING, "dispute"),
    "resolve-dispute": Done(
        RESOLVED.format("not d.upheld and d.quiet_until is not null"), "Answer to your objection", "resolve_dispute",
        {"verdict": "rejected", "answer": "The meter was read by you."}, before=after("dispute"),
    ),
    "resolve-dispute, upheld": Done(
        f"{WITHDRAWN} and {RESOLVED.format('d.upheld')}", "The case ends as withdrawn", "resolve_dispute",
        {"verdict": "upheld"}, before=after("dispute"), act="resolve-dispute",
    ),
    "resolve-dispute, a part upheld": Done(
        f"c.balance = 7900 and {RESOLVED.format('d.upheld')}", "NOK 7,900.00", "resolve_dispute",
        {"verdict": "upheld"}, before=after("dispute", amount="100"), act="resolve-dispute",
    ),
    "contact": Done(
        "exists (select from contact_point p where p.debtor_id = c.debtor_id and p.address = 'kari.nordmann@example.no')",
        INVOICE, "debtor_changed", {"email": "kari.nordmann@example.no"}, of_debtor=True,
    ),
    "kind": Done(
        "exists (select from debtor d where d.id = c.debtor_id and d.kind = 'business')",
        NOTHING, "debtor_changed", {"kind": "business"}, of_debtor=True,
    ),
    "country": Done(
        "exists (select from debtor d where d.id = c.debtor_id and d.country = 'SE')",
        NOTHING, "debtor_changed", {"country": " se"}, of_debtor=True,
    ),
    "note": Done(
        "exists (select from case_event e where e.case_id = c.id and e.kind = 'note' and e.detail ->> 'note' = 'rings back')",
        INVOICE, "note", {"note": "rings back"},
    ),
    "stop": Done(STOPPED, NOTHING, "debtor_changed", {"stop_reason": "other"}, of_debtor=True),
    "go-on": Done(
        f"not {STOPPED}", INVOICE, "debtor_changed", before=after("stop", stop_reason="other"), of_debtor=True
    ),
    "waive-fees": Done("c.balance = 8000 and c.fee = 0", "NOK 8,000.00", "waive_fees", before=charged),
    "due-date": Done(
        f"exists (select from invoice i where i.id = c.invoice_id and i.due_date >= date '{DAY[30]}')",
        INVOICE, "new_due_date", {"due_date": DAY[30]},
    ),
    "choose-policy": Done(
        "c.settled_for is not null and c.doubt is null", INVOICE, "choose_policy", {"policy": "no-gentle"}, before=doubted
    ),
    "credit": Done("c.balance = 6999.50", "NOK 6,999.50", None, {"amount": "1 000,50", "credit_note": "CN-1"}),
    "credit, more than is owed": Done(
        "c.balance = -7500", "NOK -7,500.00", None, {"amount": "7.500,00 kr", "credit_note": "CN-1"}, act="credit",
        before=paid,
    ),
    "use-credit": Done(f"c.balance = 7900 and {USED}", "NOK 7,900.00", "use_credit", before=other_paid_too_much),
    "undo-credit": Done(f"c.balance = 8000 and not {USED}", "NOK 8,000.00", "undo_credit", before=credit_was_used),
    "withdraw": Done(WITHDRAWN, "The case ends as withdrawn", "withdraw"),
    "unwithdraw": Done(f"not ({WITHDRAWN})", INVOICE, "unwithdraw", before=after("withdraw")),
    "approve-hand-off": Done(
        "exists (select from approval a where a.case_id = c.id and a.approved)", INVOICE, "approve_hand_off",
        before=waits_for_approval,
    ),
    "reject-hand-off": Done(
        "exists (select from approval a where a.case_id = c.id and not a.approved)", INVOICE, "reject_hand_off",
        before=waits_for_approval,
    ),
    "pay-back": Done(
        "exists (select from refund r where r.invoice_id = c.invoice_id and r.state = 'due' and r.amount = 100)",
        "NOK 0.00", "pay_back", before=paid_too_much,
    ),
    "approve-refund": Done(VERDICT.format(""), "NOK 0.00", None, before=owed_back, tells=False),
    "hold-refund": Done(VERDICT.format("not"), "NOK 0.00", None, before=owed_back, tells=False),
    "ask-write-off": Done(
        "exists (select from task t where t.case_id = c.id and t.kind = 'write-off' and t.done_at is null)",
        "NOK 8,000.00", "ask_write_off", before=ended, tells=False,
    ),
    "write-off": Done("c.balance = 0", "NOK 0.00", "write_off", before=ended, tells=False),
}  # fmt: skip


UNASKED: Final = {
    "by": "somebody", "reason_code": "theirs", "case": "1", "debtor": "1", "creditor": "other", "number": "1002",
    "name": "Mallory",
    "language": "en", "role": "invoice", "state": "paid", "approved": "true", "to_account": "15032080119", "currency": "EUR",
}  # fmt: skip
"""What no form asks for, and a stranger's would send."""
AS_IT_WAS: Final = """(select d.name = 'Kari Nordmann' and d.language = 'nb' from debtor d where d.id = c.debtor_id)
  and not exists (select from refund r where r.invoice_id = c.invoice_id and r.to_account = '15032080119')"""


def test_no_act_is_left_untried() -> None:
    assert {tried.act or name for name, tried in TRIED.items()} == set(DEEDS)


async def so(desk: Desk, fact: str, number: str = "1001") -> bool:
    """Whether something is so of an invoice's case."""
    query = f"""select coalesce({fact}, false) from dunning_case c join invoice i on i.id = c.invoice_id
        where c.creditor_id = :creditor and i.number = :number"""
    return bool(await desk.door.one(query, creditor=desk.door.creditor, number=number))


async def refund_of(desk: Desk, act: str) -> dict[str, str]:
    """The refund that is due, as the forms that are about one name it."""
    if "refund" not in {each.name for each in DEEDS[act].fields}:
        return {}
    number = await desk.door.one("select id from refund where creditor_id = :creditor", creditor=desk.door.creditor)
    return {"refund": str(number)}


async def diary_of(desk: Desk) -> list[tuple[str, str]]:
    """What the case's diary has by them, each with why."""
    query = """select e.kind, e.detail ->> 'reason_code' as why from case_event e join dunning_case c on c.id = e.case_id
        join invoice i on i.id = c.invoice_id
        where c.creditor_id = :creditor and i.number = '1001' and e.by = :by order by e.id"""
    rows = await desk.door.rows(query, creditor=desk.door.creditor, by=desk.user.name)
    return [(row.kind, row.why) for row in rows]


async def audited(desk: Desk) -> list[tuple[str, str, str]]:
    """What the audit has of what they did, each with why, and to which invoice."""
    query = """select a.what, a.why, i.number from desk_audit a join dunning_case c on c.id = a.case_id
        join invoice i on i.id = c.invoice_id where a.by = :by and a.what <> 'looked' order by a.id"""
    return [tuple(row) for row in await desk.door.rows(query, by=desk.user.name)]


@pytest.mark.parametrize("name", TRIED)
async def test_it_is_seen_first_done_once_by_who_may_kept_told_and_undone(staff: Staff, name: str) -> None:
    tried, door = TRIED[name], staff.door
    act = tried.act or name
    await door.send_invoice(amount="8000.00", lines=[{"text": "Nettleie", "amount": "8000.00"}])
    await door.send_invoice("1002", reference=None)
    manager = await staff.sign_in(Role.CREDIT_MANAGER)
    await tried.before(manager, staff)
    others = await so(manager, tried.fact, "1002")
    told, written, did = len(await door.news()), await diary_of(manager), await audited(manager)
    typed = dict(tried.typed) | await refund_of(manager, act)
    given = await form(manager, act, **{"note": "as agreed"} | typed)
    of_a_colleague = await form(manager, act, **{"note": "a colleague's"} | typed)

    shown = await manager.send(address(manager, act), **given | {"weighed": ""})
    then = " ".join(re.sub(r"<[^>]*>", " ", shown.text.partition('id="then"')[2]).split())
    assert (shown.status_code, tried.follows in then) == (200, True), then or shown.text
    if tried.days:
        assert comes_in(shown.text.split('id="then"')[1], tried.follows, tried.days)
    given |= hidden(shown) | UNASKED
    stranger = await staff.sign_in(Role.CREDIT_MANAGER, creditors=(await elsewhere(staff),))
    weaker = await staff.sign_in(next(role for role in Role if DEEDS[act].needs not in MAY[role]))
    for outside in (stranger, weaker):
        assert (await outside.send(address(manager, act), **given)).status_code == 404
    assert not await so(manager, tried.fact)

    answers = await asyncio.gather(*(manager.send(address(manager, act), **given) for _ in range(2)))
    answers.append(await manager.send(address(manager, act), **given))
    done = f"/desk/case/{door.creditor}/1001?done={act}"
    assert [each.headers.get("location", each.text) for each in answers] == [done] * 3
    assert await so(manager, tried.fact)
    assert await so(manager, tried.fact, "1002") == (others or tried.of_debtor)
    assert (len(await door.news()) > told) == tried.tells
    reason = given["reason"]
    lines = [line for line in (await diary_of(manager))[len(written) :] if line[1]]
    assert lines == ([(tried.diary, reason)] if tried.diary else [])
    assert await audited(manager) == [*did, (act, reason, "1001")]
    assert await so(manager, AS_IT_WAS)
    (detail,) = (
        row.detail
        for row in await door.rows(
            "select detail from desk_audit where by = :by and what = :act order by id desc limit 1",
            by=manager.user.name,
            act=act,
        )
    )
    plain = {each.name for each in DEEDS[act].fields if each.is_told}
    assert {
        name: value for name, value in typed.items() if name in plain and name != "amount"
    }.items() <= detail.items()
    assert not {typed[name] for name in typed.keys() - plain} & set(map(str, detail.values()))

    late = await manager.send(address(manager, act), **of_a_colleague | {"weighed": given["weighed"]})
    assert (late.status_code, "changed while you looked" in late.text) == (409, True)
    assert "a colleague&#39;s</textarea>" in late.text or "note" in typed
    assert await audited(manager) == [*did, (act, reason, "1001")]

    if act in UNDONE_BY:
        page = await manager.get(f"/desk/case/{door.creditor}/1001", done=act)
        assert f'href="{address(manager, UNDONE_BY[act])}"' in page.text
        back = {"until": DAY[14], "kind": "consumer"} | {name: value for name, value in typed.items() if name == "step"}
        assert (await does(manager, UNDONE_BY[act], **back)).status_code == 303
        assert not await so(manager, tried.fact)


async def elsewhere(staff: Staff) -> str:
    """Another creditor."""
    name = f"{staff.door.creditor}-elsewhere"
    await staff.door.register(name)
    return name


WRONG: Final[tuple[tuple[str, dict[str, str], str, tuple[str, ...]], ...]] = (
    (
        "credit",
        {"credit_note": "CN-1"},
        "amount",
        ("", "0", "-5", "1e3", "0,001", "100 EUR", "$100", "8000,01", "1/2", "NaN"),
    ),
    ("credit", {"amount": "10"}, "credit_note", ("", "x" * 300, "a\u202eb", "\x00")),
    ("dispute", {}, "amount", ("0", "-5", "1e3", "100 USD")),
    ("promise", {}, "amount", ("0", "-5", "1e3", "100 USD")),
    ("promise", {}, "pay_by", ("", "2020-01-01", "9998-12-31", "yesterday")),
    ("pause", {}, "paused_until", ("", "2020-01-01", "9998-12-31")),
    ("hold", {}, "until", ("2020-01-01", "9998-12-31")),
    ("due-date", {}, "due_date", ("", "2020-01-01", "9998-12-31")),
    ("contact", {}, "email", ("", "nobody", "a@b@c", "<script>@x.example")),
    ("contact", {}, "phone", ("123", "+999")),
    ("contact", {"street": "Storgata 1"}, "postcode", ("", "0155")),
    ("stop", {}, "stop_reason", ("", "dead")),
    ("kind", {}, "kind", ("", "firm", "consumer")),
    ("country", {}, "country", ("", "XX", "Finland", "'--")),
    ("plan", {}, "months", ("0", "2.0", "1000", "-2")),
    ("send-now", {}, "step", ("no-such-step", "hand-off'--")),
    ("note", {}, "note", ("", " ", "x" * 1001)),
    ("resolve-dispute", {}, "verdict", ("", "perhaps")),
)
"""What cannot be, by the act and its field, beside what else is typed."""


async def test_what_cannot_be_is_told_at_its_field_and_nothing_is_done(staff: Staff) -> None:
    await staff.door.send_invoice(amount="8000.00", lines=[{"text": "Nettleie", "amount": "8000.00"}])
    manager = await staff.sign_in(Role.CREDIT_MANAGER)
    for act, beside, name, each_typed in WRONG:
        opened = await form(manager, act, **beside)
        for typed in each_typed:
            answer = await manager.send(address(manager, act), **opened | {name: typed})
            if answer.status_code == 200:  # what only the command can tell is told where what follows would stand
                answer = await manager.send(address(manager, act), **opened | {name: typed} | hidden(answer))
            assert answer.status_code in (409, 422), (act, name, typed, answer.text)
            assert "errors" in answer.text, (act, name, typed)
            assert "<script>@" not in answer.text
    assert await audited(manager) == []
    assert await stands_as_it_came(manager)


async def test_a_case_that_was_settled_meanwhile_is_shown_so_whatever_was_to_be_done(staff: Staff) -> None:
    await staff.door.send_invoice()
    manager = await staff.sign_in(Role.CREDIT_MANAGER)
    opened = {act: await form(manager, act, note="rings back") for act in DEEDS}
    assert (await staff.door.pay()).status_code == 200
    for act, given in opened.items():
        answer = await manager.send(address(manager, act), **given)
        assert answer.status_code == 409, act
        for told in ("changed while you looked", "NOK 802.00", "rings back</textarea>"):
            assert told in answer.text, (act, told, re.findall(r"<h2>.*?</ul>", answer.text, re.DOTALL))
    assert await audited(manager) == []
    assert await diary_of(manager) == []


async def stands_as_it_came(desk: Desk) -> bool:
    """Whether nobody has done anything to the case."""
    return await diary_of(desk) == [] and await so(desk, "c.balance = 8000 and c.state = 'open'")
