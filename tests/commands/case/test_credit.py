"""Credit used by a policy and by hand, lived by the real acts: what the debtor owes, hears, and gets back."""

from pathlib import Path

from domain.vocabulary import Channel
from tests.goldens.stage import stage

LATER = {"number": "1002", "due_date": "2026-04-20", "amount": "300.00"}


async def test_the_debtor_hears_of_credit_and_is_reminded_of_the_rest_alone(postgres_url: str, tmp_path: Path) -> None:
    async with stage(postgres_url, tmp_path, ()) as on:
        life = await on.life({}, LATER, policy="no-gentle")
        await on.change("update policy_text set text = text || E'\ncredit: use\n'")
        life.reads = Channel.EMAIL
        await life.until("2026-03-05")
        await life.pay("802.00")
        await life.credit("100.00")
        await life.until("2026-05-20")
        sent = await on.rows(
            """select s.step, d.message, d.document ->> 'subject' as subject from delivery d
            join delivery_case s on s.delivery_id = d.id join dunning_case c on c.id = s.case_id
            join invoice i on i.id = c.invoice_id where i.number = '1002' and i.creditor_id = :c order by d.serial""",
            c=life.creditor,
        )
        messages = [each.message for each in sent]
        assert messages.count("credit-used") == 1
        asked = "\n".join(str(each.subject) for each in sent if each.message in ("due-date-reminder", "reminder"))
        assert "200,00" in asked
        assert "300,00" not in asked
        (left,) = await on.rows(
            "select balance from dunning_case where invoice_id = (select id from invoice where number = '1002' "
            "and creditor_id = :c)",
            c=life.creditor,
        )
        assert str(left.balance) == "200.00"
