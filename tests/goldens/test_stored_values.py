"""What rows of years ago say is known today, and what nobody has agreed on is not stored."""

import re
from collections.abc import Iterable

import psycopg
import pytest

from domain.money import sources
from domain.money.charges import ChargeKind
from domain.parties.who_may_change import AddressState
from domain.planner.action import ACTIONS
from domain.planner.case_facts import DeliveryState, HandOffState
from domain.planner.occasions import OCCASIONS
from domain.policy.policy import Tone
from domain.vocabulary import CHANNELS
from messages.specs import SPECS
from tests.goldens.stored import STORED, values
from tests.world import fresh_database

READ_AS: dict[str, Iterable[str]] = {
    "decision.kind": ACTIONS,
    "delivery.channel": CHANNELS,
    "delivery.message": SPECS,
    "delivery.tone": Tone,
    "delivery.fee_kind": ChargeKind,
    "contact_point.state": AddressState,
    "hand_off.state": HandOffState,
}
OF_SQL_ALONE = {"withdrawn"}  # a letter that was pulled: no fact of a case


@pytest.mark.parametrize("column", READ_AS)
def test_every_value_that_was_ever_stored_is_still_known(column: str) -> None:
    assert values(column) == set(READ_AS[column])


def test_the_states_of_deliveries_and_the_names_of_occasions_are_still_known() -> None:
    assert values("delivery.state") == {state.value for state in DeliveryState} | OF_SQL_ALONE
    steps = STORED["shapes"]["delivery_case.step"]
    assert [name for name in OCCASIONS if not re.fullmatch(steps, f"{name}#12")] == []


def test_a_payment_has_the_source_it_always_had() -> None:
    ours = [sources.BANK_FILE, sources.BY_HAND, sources.API, sources.WEBHOOK]
    assert ours == STORED["payment_sources"]


@pytest.mark.parametrize(
    "row",
    [
        "case_event (case_id, kind, by, detail, happened_at) values (1, 'held', 'kim', '{}', date '2026-07-01')",
        "outbox (case_id, signal, seq, attempts, ready_at, happened_at) "
        "values (1, 'paid', 1, 0, date '2026-07-01', date '2026-07-01')",
        "ledger_entry (creditor_id, invoice_id, kind, part, amount, currency, booked_on, source, source_id, happened_at) "
        "values ('acme', 1, 'reversal', 'fee', -38, 'NOK', date '2026-07-01', 'write-off', 'fee of 1', date '2026-07-01')",
    ],
)
def test_what_is_spelt_otherwise_is_not_stored(row: str, postgres_url: str) -> None:
    url = fresh_database(postgres_url, "stored_values").replace("+psycopg", "")
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.CheckViolation, match="stored values"):
        connection.execute(f"insert into {row}")  # type: ignore[arg-type]
