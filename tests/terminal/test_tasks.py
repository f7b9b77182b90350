"""Tasks for a person."""

from tests.begin import BEGIN
from tests.terminal.office import Office


def test_a_task_is_listed_and_done_and_an_approval_is_left_to_approve(office: Office) -> None:
    office.invoices("y1")
    call, approval = (
        office.rows(
            f"""insert into task (creditor_id, case_id, round, step, kind, why, happened_at)
            select creditor_id, id, 1, 'call', '{kind}', 'much is owed', timestamptz '{BEGIN}' from dunning_case
            where creditor_id = '{office.creditor}' returning id"""
        )[0][0]
        for kind in ("call", "approval")
    )
    mine = ("--creditor", office.creditor)
    assert [task["id"] for task in office.typed("tasks", "list", *mine, "--json").json["tasks"]] == [call, approval]
    done = office.typed("tasks", "done", call, "--by", "kim", "--result", "pays on Friday", *mine)
    assert done.code == 0, done.err
    again = office.typed("tasks", "done", call, "--by", "kim")
    assert (again.code, "is done" in again.err) == (1, True)
    refused = office.typed("tasks", "done", approval, "--by", "kim")
    assert (refused.code, "finish it with `approve`" in refused.err) == (1, True)
    assert office.typed("tasks", "list", *mine, "--kind", "call", "--json").json == {"tasks": []}
    everything = office.typed("tasks", "list", *mine, "--all").out
    assert "kim" in everything
    assert "pays on Friday" in everything
    timeline = office.typed("status", f"{office.creditor}/y1", "--json").json["timeline"]
    assert "task_done" in [entry["what"] for entry in timeline]
