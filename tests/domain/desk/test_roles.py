"""What each role may do at the desk."""

from pathlib import Path

import pytest

from domain.desk.roles import MAY, OUTSIDE, Act, Role, may, why_not_together

CHANGES = frozenset(Act) - {Act.LOOK, Act.REPORTS, Act.SYSTEM, Act.AUDIT}


def test_every_role_stands_in_the_table_and_sees_cases() -> None:
    assert set(MAY) == set(Role)
    assert all(Act.LOOK in acts for acts in MAY.values())


def test_an_auditor_changes_nothing() -> None:
    assert not MAY[Role.AUDITOR] & CHANGES


@pytest.mark.parametrize("role", sorted(OUTSIDE))
def test_who_works_for_somebody_else_neither_reads_mail_nor_decides(role: Role) -> None:
    assert MAY[role] <= {Act.LOOK, Act.CALL}


def test_every_act_is_somebodys_and_a_credit_manager_may_all_that_others_may() -> None:
    assert set().union(*MAY.values()) == set(Act) == MAY[Role.CREDIT_MANAGER]


def test_an_agent_moves_no_money() -> None:
    assert not any(may([Role.AGENT], act) for act in (Act.PAY_OUT, Act.WRITE_OFF, Act.CHANGE_AMOUNT, Act.MANY))


@pytest.mark.parametrize(
    ("roles", "fit"),
    [
        ([], False),
        ([Role.AGENT, Role.SUPERVISOR], True),
        ([Role.AUDITOR], True),
        ([Role.AUDITOR, Role.AGENT], False),
        ([Role.CALL_AGENCY, Role.AGENT], False),
        ([Role.COLLECTION_PARTNER, Role.CALL_AGENCY], False),
    ],
)
def test_which_roles_one_person_may_have(roles: list[Role], fit: bool) -> None:
    assert (why_not_together(roles) is None) is fit


def test_the_guide_tells_the_table_as_it_is() -> None:
    lines = Path("docs/desk.md").read_text("utf-8").splitlines()
    for act in Act:
        told = next(line for line in lines if line.startswith(f"| {act.value} |")).split("|")[2:-2]
        assert [cell.strip() == "✓" for cell in told] == [act in MAY[role] for role in Role]
