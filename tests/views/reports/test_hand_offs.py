"""Hand-offs: which were wrongful, and which were not needed, with what that saved."""

from datetime import timedelta

from domain.vocabulary import Channel
from tests.store import NOW, Store
from tests.views.reports.test_receivables import report
from tests.views.reports.test_steps import paid, sent

HAND_OFF = """insert into hand_off (creditor_id, case_id, state, reason, happened_at)
values ('acme', :case, :state, :reason, :at)"""


async def warned(store: Store, number: str) -> int:
    """A case whose collection notice left ten days ago."""
    case = await store.invoice(number, reference=None)
    delivery = await sent(store, case, "collection-notice", Channel.LETTER, NOW - timedelta(days=10), "9.60")
    await store.do("update delivery set message = 'collection-notice' where id = :id", id=delivery)
    return case


async def test_a_case_that_settles_after_its_notice_did_not_have_to_go(store: Store) -> None:
    cases = [await warned(store, number) for number in ("1001", "1002", "1003")]
    await paid(store, "1001", NOW - timedelta(days=5))
    await store.do(HAND_OFF, case=cases[1], state="accepted", reason=None, at=NOW - timedelta(days=1))
    await store.do(
        """update creditor set handling_costs = '{"collection": "350.00", "hand_off": "80"}' where id = 'acme'"""
    )
    made = await report(store, "hand-offs-avoided")
    (row,) = made.rows
    assert [row[name] for name in ("warned", "settled", "agreed", "went", "open")] == [3, 1, 0, 1, 1]
    assert (row["saved_debtors"], row["saved_creditor"]) == (350, 80)
    assert made.sentences["acme"] == (
        "1 of 3 cases with a collection notice did not have to go, which saved debtors 350.00 NOK"
    )


async def test_wrongful_hand_offs_are_told_with_their_reasons_but_not_in_the_partners_words(store: Store) -> None:
    for number, state, reason in (
        ("1001", "accepted", None),
        ("1002", "rejected", "Kari Nordmann is dead"),
        ("1003", "recalled", "paid in time"),
        ("1004", "rejected", "Kari Nordmann is dead"),
    ):
        case = await store.invoice(number, reference=None)
        await store.do(HAND_OFF, case=case, state=state, reason=reason, at=NOW)
    await store.do("update hand_off set reason_code = 'deceased' where case_id = :case", case=case)
    made = await report(store, "hand-offs")
    assert [(row["state"], row["reason"], row["cases"]) for row in made.rows] == [
        ("accepted", None, 1),
        ("recalled", "paid in time", 1),
        ("rejected", "deceased", 1),
        ("rejected", None, 1),
    ]
    assert made.sentences["acme"].endswith("3 of them wrongly")
