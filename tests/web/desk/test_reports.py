"""Reports, policies and the days ahead, as the desk shows them: of one's own creditors alone."""

import json
from dataclasses import astuple

import pytest

from domain.automated_decisions import REGISTER
from domain.desk.roles import Role
from tests.begin import BEGIN, TODAY
from tests.web.desk.conftest import Staff
from views.reports.registry import REPORTS
from web.desk.sentences import translated


async def test_a_report_stands_beside_another_period_with_plot_table_and_sentence(staff: Staff) -> None:
    await staff.door.send_invoice()
    bente = await staff.sign_in(Role.SUPERVISOR)
    mine = staff.door.creditor
    listed = (await bente.get("/desk/reports")).text
    assert all(f"/desk/reports/{name}" in listed for name in REPORTS)
    assert listed.count("?</p>") == len(REPORTS)  # each says in a sentence what it answers
    page = (await bente.get("/desk/reports/ageing", creditor=mine, beside=mine, beside_as_of=str(TODAY))).text
    assert (page.count("<table"), "802.00" in page, "<svg" in page) == (2, True, True)


async def test_a_report_is_in_the_creditors_own_currency_where_that_is_ticked(staff: Staff) -> None:
    await staff.door.send_invoice()
    bente = await staff.sign_in(Role.SUPERVISOR)
    mine = staff.door.creditor
    page = (await bente.get("/desk/reports/ageing", creditor=mine, own_currency="yes")).text
    assert "converted from" in page
    assert 'name="own_currency" value="yes" checked' in page
    assert "converted_from" in (await bente.get("/desk/reports/ageing.csv", creditor=mine, own_currency="yes")).text
    assert "converted from" not in (await bente.get("/desk/reports/ageing", creditor=mine)).text


def test_the_register_of_automated_decisions_and_what_reports_say_of_columns_is_said_in_bokmaal() -> None:
    said = {text for each in REGISTER for text in astuple(each) if isinstance(text, str)} - {"words"}
    for report in REPORTS.values():
        said |= {report.title, *(column.says for column in report.columns)}
    assert sorted(text for text in said if translated(text, "nb") is None) == []


@pytest.mark.parametrize("typed", ["31/12", "2999-99-99", "x" * 150])
async def test_what_is_no_day_is_told_and_kept(staff: Staff, typed: str) -> None:
    bente = await staff.sign_in(Role.SUPERVISOR)
    answer = await bente.get("/desk/reports/ageing", as_of=typed)
    assert (answer.status_code, "is no day" in answer.text, f'value="{typed}"' in answer.text) == (422, True, True)


async def test_nobody_reads_a_report_of_another_creditor(staff: Staff) -> None:
    await staff.door.send_invoice()
    await staff.door.register(f"{staff.door.creditor}-reports")
    other = await staff.sign_in(Role.SUPERVISOR, creditors=(f"{staff.door.creditor}-reports",))
    page = (await other.get("/desk/reports/ageing", creditor=staff.door.creditor, beside=staff.door.creditor)).text
    assert f'value="{staff.door.creditor}"' not in page
    assert (await other.get("/desk/reports/ageing.csv", creditor=staff.door.creditor)).status_code == 404
    assert (await other.get("/desk/reports/nothing")).status_code == 404
    mine = await other.get("/desk/reports/ageing.csv", creditor=f"{staff.door.creditor}-reports")
    assert mine.text.startswith("creditor,")


async def test_a_policy_is_a_calendar_and_the_days_ahead_are_counted(staff: Staff) -> None:
    await staff.door.send_invoice()
    bente = await staff.sign_in(Role.SUPERVISOR)
    page = (await bente.get("/desk/policies/no-gentle")).text
    assert page.count("<tr") > 4
    assert "Sent yesterday" in page
    assert (await bente.get("/desk/policies/none-such")).status_code == 404
    await staff.door.rows(
        "update dunning_case set next_kind = 'deliver', next_step = 'reminder', next_channel = 'sms', "
        "next_at = happened_at + interval '1 day' where creditor_id = :c returning id",
        c=staff.door.creditor,
    )
    ahead = (await bente.get("/desk/policies")).text
    assert "reminder by sms" in ahead
    assert "Experiments" not in ahead


async def test_what_experiments_have_shown_stands_with_the_policies_for_who_may_see_their_creditor(
    staff: Staff,
) -> None:
    await staff.door.send_invoice()
    await staff.door.register(f"{staff.door.creditor}-other")
    arm = {
        "share": 0.5,
        "waiting": 0,
        "troubled": {"complaint": 0, "opt-out": 1, "dispute": 2},
        "stop": None,
        "words": "",
    }
    base = arm | {"arm": "nothing", "debtors": 200, "paid": 80, "verdict": "base", "low": 0.0, "high": 0.0}
    sms = arm | {"arm": "usual", "debtors": 200, "paid": 130, "verdict": "better", "low": 0.081, "high": 0.419}
    result = {"policy": "no-tried", "step": "nudge", "decided": True, "more_debtors_needed": 0, "arms": [base, sms]}
    await staff.door.rows(
        "insert into experiment_look (creditor_id, experiment, result, happened_at) "
        "values (:c, 'nudged', cast(:result as jsonb), :at) returning id",
        c=staff.door.creditor,
        result=json.dumps(result),
        at=BEGIN,
    )
    bente = await staff.sign_in(Role.SUPERVISOR)
    page = (await bente.get("/desk/policies")).text
    for said in ("Experiments", "nudged", "65 %", "+8.1 … +41.9", "better", "0, 1, 2", "All arms are decided."):
        assert said in page, said
    other = await staff.sign_in(Role.SUPERVISOR, creditors=(f"{staff.door.creditor}-other",))
    assert "nudged" not in (await other.get("/desk/policies")).text
