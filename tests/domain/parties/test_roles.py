"""Who at a business gets which message: the contact of the role that a step names, else the nearest."""

import pytest

from domain.parties.roles import NO_ROLE, ROLES, ContactRole, nearest_first
from domain.planner.case_facts import Contact
from domain.vocabulary import Channel
from tests.domain.builders import INVOICE_READ, decide, facts, local, policy

STEPS = """
  - {id: step, at: due date + 14 days, message: MESSAGE, TO reach: [email, letter], read_within: 2 days}
"""


@pytest.mark.parametrize("role", ROLES)
def test_every_contact_is_used_before_nobody_is(role: ContactRole) -> None:
    assert nearest_first(role)[:2] == (role, NO_ROLE)
    assert set(nearest_first(role)) == {*ROLES, NO_ROLE}


@pytest.mark.parametrize(
    ("message", "to", "role"),
    [
        ("invoice", "", "invoice"),
        ("reminder", "", "reminder"),
        ("reminder", "to: approver,", "approver"),
        ("invoice", "to: reminder,", "reminder"),
    ],
)
def test_a_step_names_the_role_else_its_message_does(message: str, to: str, role: str) -> None:
    (step,) = policy(STEPS.replace("MESSAGE", message).replace("TO", to)).steps
    assert step.role == role


def test_a_fee_by_email_asks_whether_the_one_who_gets_it_wrote_lately() -> None:
    ladder = policy("""
  - {id: invoice, at: issue date, reach: [email]}
  - {id: fee, at: due date + 14 days, message: reminder, fee: statutory, reach: [email, letter], read_within: 2 days,
     deadline: 14 days}
""")
    wrote = Contact(Channel.EMAIL, usable=True, wrote_from_at=local("2026-06-20 12:00"), role="invoice")
    everything, paper = Contact(Channel.EMAIL, usable=True), Contact(Channel.LETTER, usable=True)
    quiet = decide(facts(INVOICE_READ, contacts=(wrote, everything, paper)), "2026-06-29 09:00", ladder)
    assert (quiet.step, quiet.channel) == ("fee", Channel.LETTER)
    nearest = decide(facts(INVOICE_READ, contacts=(wrote, paper)), "2026-06-29 09:00", ladder)
    assert (nearest.step, nearest.channel) == ("fee", Channel.EMAIL)
