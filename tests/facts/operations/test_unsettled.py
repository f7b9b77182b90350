"""Which law holds is nobody's guess: an invoice of which that is doubted waits for a person, as does that of who has moved."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from commands.agreement.plan import AgreeOnPlan
from commands.agreement.promise import PromiseToPay
from commands.command import Command
from commands.debtor.change import DebtorChange, change_debtor
from commands.record import record
from domain.invoices.incoming import IncomingDebtor, IncomingInvoice, at_home
from facts.refusals import Refused
from tests.store import NOW, PLANNING, TODAY, Store
from tests.world import debtor, invoice

ANNE = {"by": "anne", "reason_code": "called"}
SPAIN: dict[str, Any] = {"debtor": debtor(country="ES", phone=None)}
FINLAND: dict[str, Any] = {"debtor": debtor(country="FI", phone=None)}
GERMAN = "DE89370400440532013000"
BUSINESS: dict[str, Any] = {"debtor": debtor(kind="business")}
CONSUMER: dict[str, Any] = {"debtor": debtor(kind="consumer")}
IS_BUSINESS = "the debtor is a business now, and the policy was chosen for a consumer"
SETTLE = "a person says by which policy the case goes"
IN_FI = "the debtor is in FI now, and the policy was chosen for NO"
TASKS = "select why from task where case_id = :case and kind = 'policy' and done_at is null order by id"


async def told(store: Store, number: str, **changes: Any) -> tuple[int, list[str]]:
    """The case of an invoice that is imported, and what whoever sends it is told of its policy."""
    async with store.database.transaction() as connection:
        imported = await store.intake.invoice(connection, invoice(number, **changes), NOW)
    assert imported.case_id is not None
    return imported.case_id, [each for each in imported.warnings if each.endswith(SETTLE)]


async def asked(store: Store, case: int) -> list[str]:
    """What a person is asked about a case's policy."""
    return [why for (why,) in await store.rows(TASKS, case=case)]


async def comes(store: Store, case: int, days: int = 0) -> tuple[str, str | None, str | None]:
    """What comes next in a case so many days from now: the kind of act, its step, and what a person must look at."""
    async with store.database.transaction() as connection:
        action = (await PLANNING.plan(connection, case, NOW + timedelta(days=days))).action
    return action.kind, action.step, action.flag


async def lives_in(store: Store, country: str, *, by: str | None = "anne", number: str = "K-1") -> None:
    """Somebody, or the billing system, says where a debtor lives now."""
    who = ANNE | {"by": by} if by else {}
    async with store.database.transaction() as connection:
        change = DebtorChange.model_validate({"country": country} | who)
        await change_debtor(connection, PLANNING, "acme", number, None, change, NOW)


async def turns_out(store: Store, kind: str, *, by: str | None = "anne") -> None:
    """Somebody, or the billing system, says of which kind a debtor is."""
    async with store.database.transaction() as connection:
        change = DebtorChange.model_validate({"kind": kind} | (ANNE | {"by": by} if by else {}))
        await change_debtor(connection, PLANNING, "acme", "K-1", None, change, NOW)


async def agree(store: Store, case: int, command: Command[Any]) -> None:
    """Something is agreed with the debtor."""
    async with store.database.transaction() as connection:
        await record(connection, PLANNING, case, command, str(uuid4()), NOW)


@pytest.mark.parametrize(
    ("changes", "doubts"),
    [
        (SPAIN, ["no law of ES is known"]),
        (FINLAND, ["the creditor has no policy for a consumer in FI"]),
        (FINLAND | {"policy": "no-gentle"}, ["policy no-gentle is for NO, the debtor is in FI"]),
        ({"debtor": debtor(kind="business"), "policy": "no-gentle"},
         ["policy no-gentle is for a consumer, the debtor is a business"]),
        ({"currency": "SEK"}, ["the invoice is in SEK, policy no-gentle is for NOK",
                               "the invoice is in SEK, and account 12345678903 is of a country that pays with NOK"]),
        ({"account": GERMAN}, [f"account {GERMAN} is of DE, where neither the creditor nor the debtor is"]),
    ],
)  # fmt: skip
async def test_what_is_doubted_is_told_at_import_and_its_case_waits_for_a_person(
    store: Store, changes: dict[str, Any], doubts: list[str]
) -> None:
    case, said = await told(store, "1001", **changes)
    assert said == await asked(store, case) == [f"{doubt}: {SETTLE}" for doubt in doubts]
    for days in (0, 30, 200):
        assert await comes(store, case, days) == ("wait", None, "policy unsettled")
    await store.pay(currency=changes.get("currency", "NOK"))
    assert (await comes(store, case))[1] in ("paid#1", None)  # nothing is lost: money settles it as any other
    assert await store.one("select balance from dunning_case where id = :case", case=case) == 0


async def test_a_doubted_invoice_is_not_too_little_in_a_currency_that_the_policy_does_not_know(store: Store) -> None:
    case, _ = await told(store, "1001", currency="EUR", amount=Decimal(20))
    assert await comes(store, case, 30) == ("wait", None, "policy unsettled")


async def test_what_was_sent_before_under_a_law_that_nobody_knows_is_not_judged(store: Store) -> None:
    before = [{"kind": "reminder", "channel": "letter", "date": str(TODAY - timedelta(days=1)), "fee": "5.00"}]
    with pytest.raises(Refused, match="no law of ES is known for NOK: leave it out"):
        await told(store, "1001", **SPAIN, already_sent=before)
    assert await store.one("select count(*) from invoice") == 0


async def test_a_country_has_a_policy_of_its_own_by_a_line_of_the_creditor(store: Store) -> None:
    await store.do("""update creditor set policies = policies || '{"FI consumer": "fi-gentle"}' where id = 'acme'""")
    account = "insert into bank_account (creditor_id, account, happened_at) values ('acme', 'FI2112345600000785', :now)"
    await store.do(account, now=NOW)
    case, said = await told(store, "1001", **FINLAND, currency="EUR")
    policy = await store.one("""select name from dunning_case c join policy_text p on p.hash = c.policy_hash
        where c.id = :case""", case=case)  # fmt: skip
    assert (said, await asked(store, case), policy) == ([], [], "fi-gentle")
    assert (await comes(store, case))[2] != "policy unsettled"


def test_a_debtor_without_a_country_is_where_the_creditor_is() -> None:
    here = at_home(invoice("1"), "SE").debtor
    assert (here.country, here.language, "country" in here.model_fields_set) == ("SE", "sv", False)
    assert at_home(invoice("1"), "NO") == invoice("1")
    assert at_home(invoice("1", **SPAIN), "SE").debtor.country == "ES"


async def test_whose_debtor_moves_waits_and_what_was_told_and_agreed_stays(store: Store) -> None:
    promised, other = await store.invoice("1001"), await store.invoice("1002", debtor=debtor(customer_number="K-2"))
    await store.claim(promised, deadline=TODAY + timedelta(days=9))
    await agree(store, promised, PromiseToPay(**ANNE, pay_by=TODAY + timedelta(days=5)))
    agreed = await store.invoice("1003")
    await agree(store, agreed, AgreeOnPlan(**ANNE, months=2))
    await lives_in(store, "FI")
    assert await asked(store, promised) == await asked(store, agreed) == [f"{IN_FI}: {SETTLE}"]
    assert (await comes(store, promised, 30), await asked(store, other)) == (("wait", None, "policy unsettled"), [])
    facts = (await store.load(promised)).facts
    assert ([d.deadline for d in facts.deliveries], len(facts.promises)) == ([TODAY + timedelta(days=9)], 1)
    assert (await store.load(agreed)).facts.plan is not None
    assert (await comes(store, agreed))[2] != "policy unsettled"  # the plan goes on as it was agreed
    assert (await comes(store, other, 1))[2] != "policy unsettled"


async def test_who_is_back_is_asked_about_no_more_and_all_goes_on_as_it_was(store: Store) -> None:
    case = await store.invoice()
    before = await comes(store, case)
    for country in ("FI", "FI", "SE", "NO"):
        await lives_in(store, country)
    assert (await comes(store, case), await asked(store, case)) == (before, [])
    said = "select value #>> '{}' from life_event where kind = 'country' order by id"
    assert [country for (country,) in await store.rows(said)] == ["FI", "SE", "NO"]


async def test_a_move_that_is_told_twice_asks_once_in_the_words_of_the_latest(store: Store) -> None:
    case = await store.invoice()
    await lives_in(store, "SE")
    await lives_in(store, "FI", by=None)
    await lives_in(store, "FI")
    assert await asked(store, case) == [f"{IN_FI}: {SETTLE}"]


async def test_an_invoice_tells_of_a_move_unless_a_person_said_otherwise(store: Store) -> None:
    older = await store.invoice("1001")
    newer, said = await told(store, "1002", **FINLAND)
    assert (await asked(store, older), said) == ([f"{IN_FI}: {SETTLE}"], await asked(store, newer))
    assert said == [f"the creditor has no policy for a consumer in FI: {SETTLE}"]
    untold, said = await told(store, "1003")  # as ever, by a system that tells no country
    assert said == await asked(store, untold) == [f"{IN_FI}: {SETTLE}"]
    await lives_in(store, "SE")
    stale, said = await told(store, "1004", debtor=debtor(country="NO"))
    assert said == await asked(store, stale) == [f"the debtor is in SE now, and the policy was chosen for NO: {SETTLE}"]
    assert await store.one("select country from debtor where customer_number = 'K-1'") == "SE"


async def test_whose_debtor_is_of_another_kind_waits_and_what_was_told_and_agreed_stays(store: Store) -> None:
    promised, other = await store.invoice("1001"), await store.invoice("1002", debtor=debtor(customer_number="K-2"))
    await store.claim(promised, deadline=TODAY + timedelta(days=9))
    await agree(store, promised, PromiseToPay(**ANNE, pay_by=TODAY + timedelta(days=5)))
    agreed = await store.invoice("1003")
    await agree(store, agreed, AgreeOnPlan(**ANNE, months=2))
    await told(store, "1004", **BUSINESS, policy="no-business")
    assert await asked(store, promised) == await asked(store, agreed) == [f"{IS_BUSINESS}: {SETTLE}"]
    for days in (0, 30, 200):
        assert await comes(store, promised, days) == ("wait", None, "policy unsettled")
    facts = (await store.load(promised)).facts
    assert ([d.deadline for d in facts.deliveries], len(facts.promises)) == ([TODAY + timedelta(days=9)], 1)
    assert (await comes(store, agreed))[2] != "policy unsettled"  # the plan goes on as it was agreed
    assert (await comes(store, other, 1))[2] != "policy unsettled"


async def test_a_kind_that_is_told_twice_asks_once_and_who_is_as_before_is_asked_about_no_more(store: Store) -> None:
    case = await store.invoice("1001")
    before = await comes(store, case)
    for number in ("1002", "1003"):
        newer, said = await told(store, number, **BUSINESS, policy="no-business")
        assert (said, await asked(store, newer)) == ([], [])
    assert await asked(store, case) == [f"{IS_BUSINESS}: {SETTLE}"]
    await told(store, "1004", **CONSUMER)
    assert (await comes(store, case), await asked(store, case)) == (before, [])
    was_business = f"the debtor is a consumer now, and the policy was chosen for a business: {SETTLE}"
    assert await asked(store, newer) == [was_business]


async def test_a_kind_that_somebody_tells_is_asked_about_too_and_a_persons_word_no_invoice_changes(
    store: Store,
) -> None:
    case = await store.invoice("1001")
    before = await comes(store, case)
    await turns_out(store, "business", by=None)
    await told(store, "1002", **CONSUMER)  # so far each is but data, and the latest counts
    assert (await comes(store, case), await asked(store, case)) == (before, [])
    for _ in range(2):
        await turns_out(store, "business")
    assert await asked(store, case) == [f"{IS_BUSINESS}: {SETTLE}"]
    stale, said = await told(store, "1003", **CONSUMER)
    assert said == await asked(store, stale) == [f"{IS_BUSINESS}: {SETTLE}"]
    assert await comes(store, case, 30) == ("wait", None, "policy unsettled")
    await turns_out(store, "consumer")
    assert (await comes(store, case), await asked(store, case), await asked(store, stale)) == (before, [], [])
    kinds = "select value #>> '{}' from life_event where kind = 'kind' order by id"
    assert [kind for (kind,) in await store.rows(kinds)] == ["business", "consumer", "business", "consumer"]


async def test_an_invoice_that_tells_no_kind_changes_none_and_its_own_case_is_asked_about(store: Store) -> None:
    older, _ = await told(store, "1001", **BUSINESS, policy="no-business")
    untold, said = await told(store, "1002")
    assert said == await asked(store, untold) == [f"{IS_BUSINESS}: {SETTLE}"]
    assert await asked(store, older) == []


async def test_who_moves_and_becomes_a_business_is_asked_about_once_in_the_words_of_both(store: Store) -> None:
    case = await store.invoice("1001")
    await told(store, "1002", debtor=debtor(kind="business", country="FI", phone=None))
    both = "the debtor is in FI now and a business, and the policy was chosen for a consumer in NO"
    assert await asked(store, case) == [f"{both}: {SETTLE}"]
    await lives_in(store, "NO")
    assert await asked(store, case) == [f"{IS_BUSINESS}: {SETTLE}"]
    await told(store, "1003", **CONSUMER)
    assert await asked(store, case) == []
    assert (await comes(store, case))[2] != "policy unsettled"


async def test_a_case_that_has_ended_is_asked_about_nothing(store: Store) -> None:
    case = await store.invoice()
    await store.do("update dunning_case set state = 'closed', outcome = 'paid'")
    await lives_in(store, "FI")
    await told(store, "1002", **BUSINESS, policy="no-business")
    assert await asked(store, case) == []


async def test_who_changed_while_the_case_was_paid_is_asked_about_when_its_money_is_taken_back(store: Store) -> None:
    case = await store.invoice()
    await store.pay()
    await store.do("update dunning_case set state = 'closed', outcome = 'paid'")
    await lives_in(store, "FI")
    await turns_out(store, "business", by=None)
    assert await asked(store, case) == []
    await store.pay("p1-back", amount=Decimal("-802.00"))
    both = "the debtor is in FI now and a business, and the policy was chosen for a consumer in NO"
    assert await asked(store, case) == [f"{both}: {SETTLE}"]
    for days in (0, 30, 200):
        assert await comes(store, case, days) == ("wait", None, "policy unsettled")
    await turns_out(store, "consumer")
    await lives_in(store, "NO")
    assert await asked(store, case) == []
    assert (await comes(store, case, 30))[2] != "policy unsettled"


async def test_who_changed_and_is_as_before_is_asked_about_nothing_when_the_case_goes_on(store: Store) -> None:
    case = await store.invoice()
    await store.pay()
    await store.do("update dunning_case set state = 'closed', outcome = 'paid'")
    for country in ("FI", "NO"):
        await lives_in(store, country)
    await store.pay("p1-back", amount=Decimal("-802.00"))
    assert await asked(store, case) == []
    assert (await comes(store, case, 30))[2] != "policy unsettled"


async def test_what_was_doubted_of_a_case_that_was_paid_is_asked_again_when_it_goes_on(store: Store) -> None:
    case, said = await told(store, "1001", **FINLAND)
    await store.pay()
    await store.do("update dunning_case set state = 'closed', outcome = 'paid'")
    await store.do("update task set done_at = :now, done_by = 'purr', result = 'the case has ended: paid'", now=NOW)
    await store.pay("p1-back", amount=Decimal("-802.00"))
    assert await asked(store, case) == said
    assert await comes(store, case, 30) == ("wait", None, "policy unsettled")


async def test_who_moved_before_a_withdrawal_is_undone_is_asked_about(store: Store) -> None:
    case = await store.invoice()
    await store.command(case, "withdraw")
    await store.do("update dunning_case set state = 'closed', outcome = 'withdrawn'")
    await lives_in(store, "FI")
    await store.command(case, "unwithdraw")
    assert await asked(store, case) == [f"{IN_FI}: {SETTLE}"]
    assert await comes(store, case, 30) == ("wait", None, "policy unsettled")


async def test_together_and_alone_they_are_doubted_alike(store: Store) -> None:
    given: list[IncomingInvoice] = [invoice("1"), invoice("2", **FINLAND), invoice("3", debtor=debtor(country="NO"))]
    async with store.database.transaction() as connection:
        await store.intake.invoices(connection, given)
    kept = await store.rows("""select i.number, c.doubt, c.settled_for from dunning_case c
        join invoice i on i.id = c.invoice_id order by i.number""")  # fmt: skip
    assert kept == [
        ("1", None, "NO"),
        ("2", "the creditor has no policy for a consumer in FI", "FI"),
        ("3", None, "NO"),
    ]
    assert isinstance(given[0].debtor, IncomingDebtor)
