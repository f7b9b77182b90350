"""What became of letters."""

from pathlib import Path

from tests.begin import BEGIN, TODAY
from tests.terminal.office import Office


def test_letters_and_hand_offs_that_are_not_there_are_refused(office: Office) -> None:
    assert office.typed("letters", "posted", "no-such-batch", "2026-03-02").code == 1
    assert office.typed("letters", "returned", "6a2f41a3-c54c-fce8-32d2-0324e1c32e22").code == 1
    assert office.typed("letters", "list", "--creditor", office.creditor, "--json").json == {"batches": []}
    assert office.typed("hand-offs", "answer", "999999", "accepted").code == 1
    assert office.typed("hand-offs", "list", "--creditor", office.creditor, "--json").json == {"hand_offs": []}


def test_a_letter_is_confirmed_as_posted_and_comes_back(office: Office) -> None:
    office.invoices("t1")
    batch = f"batch-{office.creditor}"
    ((delivery,),) = office.rows(
        f"""insert into delivery (id, serial, creditor_id, debtor_id, channel, message, tone, language, alert, state,
          attempt, fee, cost, currency, claimed_at, accepted_at, batch, happened_at)
        select gen_random_uuid(), nextval('delivery_serial'), creditor_id, debtor_id, 'letter', 'reminder', 'kind', 'nb',
          false, 'accepted', 1, 0, 9.60, 'NOK', timestamptz '{BEGIN}', timestamptz '{BEGIN}', '{batch}', timestamptz '{BEGIN}'
        from dunning_case where creditor_id = '{office.creditor}' returning id"""
    )
    office.rows(
        f"""insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
        select '{delivery}', id, 1, 'reminder', 'letter', false from dunning_case
        where creditor_id = '{office.creditor}' returning case_id"""
    )
    (listed,) = office.typed("letters", "list", "--creditor", office.creditor, "--json").json["batches"]
    assert (listed["batch"], listed["letters"], listed["posted_on"]) == (batch, 1, None)
    assert office.typed("letters", "posted", batch, TODAY, "--json").json["letters"] == 1
    assert office.typed("letters", "posted", batch, TODAY, "--json").json["letters"] == 0
    assert office.typed("letters", "returned", delivery, "--json").json["changed"]
    assert "known from before" in office.typed("letters", "returned", delivery).out


def test_a_status_file_is_taken_whole_or_refused(office: Office, tmp_path: Path) -> None:
    office.invoices("t2")
    ((delivery,),) = office.rows(
        f"""with sent as (
          insert into delivery (id, serial, creditor_id, debtor_id, channel, message, tone, language, alert, state, document,
            attempt, fee, cost, currency, claimed_at, accepted_at, batch, happened_at)
          select gen_random_uuid(), nextval('delivery_serial'), creditor_id, debtor_id, 'letter', 'reminder', 'kind', 'nb',
            false, 'accepted', '{{"ways": ["digital mailbox", "paper"], "needs_paper": false}}', 1, 0, 9.60, 'NOK',
            timestamptz '{BEGIN}', timestamptz '{BEGIN}', 'b-h1', timestamptz '{BEGIN}'
          from dunning_case where creditor_id = '{office.creditor}' limit 1 returning id, debtor_id)
        insert into delivery_case (delivery_id, case_id, round, step, channel, carries_fee)
        select sent.id, c.id, 1, 'reminder', 'letter', false from sent join dunning_case c on c.debtor_id = sent.debtor_id
        returning delivery_id"""
    )
    file = tmp_path / "status.csv"
    file.write_text(f"creditor,letter,status,at\n{office.creditor},{delivery},delivered digitally,{TODAY}\n")
    assert office.typed("letters", "statuses", file, "--json").json["new"] == 1
    assert "0 lines new, 1 known from before" in office.typed("letters", "statuses", file).out
    file.write_text(f"creditor,letter,status,at\nnobody,{delivery},posted,{TODAY}\n")
    refused = office.typed("letters", "statuses", file)
    assert (refused.code, "line 2: nobody has no letter" in refused.out + refused.err) == (1, True)
