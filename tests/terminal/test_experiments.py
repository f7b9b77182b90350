"""`experiments`: how many debtors one needs, what each has shown, and an end to one; what cannot be is one sentence."""

from tests.begin import BEGIN
from tests.terminal.office import Office, Typed
from tests.trials import POLICY, policy


def assigned(office: Office) -> None:
    """The one debtor is in an arm of an experiment."""
    hash = policy().text_hash
    quoted = POLICY.replace("'", "''")
    office.rows(f"""with policy as (insert into policy_text (hash, name, text, happened_at)
      values ('{hash}', 'no-tried', '{quoted}', '{BEGIN}') on conflict (hash) do update set name = excluded.name returning hash)
      insert into experiment_assignment (creditor_id, experiment, policy_hash, debtor_id, arm, share, assigned_at)
      select d.creditor_id, 'nudged', p.hash, d.id, 'usual', 0.5, '{BEGIN}' from debtor d cross join policy p
      where d.creditor_id = '{office.creditor}' returning id""")


def test_an_experiment_is_listed_shown_and_stopped_once(office: Office) -> None:
    creditor = office.creditor
    assert "no debtor is in an experiment" in office.typed("experiments", "list", creditor).out
    office.invoices("x1")
    assigned(office)
    (listed,) = office.typed("experiments", "list", creditor, "--json").json["experiments"]
    assert (listed["experiment"], listed["step"], listed["debtors_assigned"]) == ("nudged", "nudge", 1)
    shown = office.typed("experiments", "show", creditor, "nudged").out.splitlines()
    assert shown[0] == "nudged at nudge of no-tried: debtors in it: 1"
    assert shown[2] == "nothing: nobody counted yet; the others are judged beside it"
    assert "undecided: too few debtors to say anything" in shown[3]
    alone = office.typed("experiments", "stop", creditor, "nudged", "--arm", "usual", "--by", "kim")
    assert "usual cannot be stopped alone: usual is the step as it is written" in alone.err
    both = office.typed("experiments", "stop", creditor, "nudged", "--arm", "usual", "--goes-on", "nothing")
    assert (both.code, "give one of them" in both.err) == (2, True)
    stopped = office.typed("experiments", "stop", creditor, "nudged", "--by", "kim", "--reason", "summer")
    assert stopped.out.strip() == (
        "nudged is stopped: the step goes as it is written from now on; debtors who were in it: 1, with open cases: 1"
    )
    last = office.typed("experiments", "show", creditor, "nudged").out.splitlines()[-1]
    assert last.endswith("by kim, summer: the step goes as it is written")
    for typed, said in (
        (("stop", creditor, "nudged", "--by", "kim"), "was stopped on"),
        (("stop", creditor, "nudged", "--by", "kim", "--goes-on", "both"), "has no arm 'both'"),
        (("show", creditor, "gone"), "is in an experiment 'gone'"),
        (("list", "nobody"), "nobody"),
    ):
        refused = office.typed("experiments", *typed)
        assert (refused.code, said in refused.err) == (1, True), refused


def test_how_many_debtors_are_needed_is_told_before_anything_begins(typed: Typed) -> None:
    said = typed("experiments", "size", "50", "50", "--usual", "0.4", "--smallest", "0.1", "--json").json
    assert said["of_arm"] == {"arm 1": said["debtors"] / 2, "arm 2": said["debtors"] / 2}
    assert 1200 < said["debtors"] < 1700
    assert "however often somebody looks before" in typed("experiments", "size", "80", "10", "10").out
    for shares in (("50",), ("50", "60"), ("100", "0")):
        assert "two shares or more that come to 100" in typed("experiments", "size", *shares).err
