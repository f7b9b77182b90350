"""The fees and compensation of an invoice that are still unpaid, as its ledger has them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from domain.money.charges import Charge, ChargeKind, unpaid

CHARGED = """
(select json_agg(json_build_array(f.kind, f.amount::text, f.booked_on, dl.message = 'collection-notice')
    order by f.booked_on, f.id)
  from ledger_entry f left join delivery dl on dl.id = cast(case f.source when 'delivery' then f.source_id end as uuid)
  where f.invoice_id = i.id and f.kind in ('fee', 'compensation')
    and (select r.id from ledger_entry r where r.reverses = f.id limit 1) is null)
"""
"""SQL: what was charged on invoice `i` and not taken back, oldest first; read by `left_of`."""


def left_of(charged: Sequence[tuple[str, str, str, bool | None]] | None, left: Decimal) -> tuple[Charge, ...]:
    """What is unpaid of the rows of `CHARGED`, where `left` of them all is."""
    rows = charged or ()
    charges = [
        Charge(ChargeKind(kind), Decimal(amount), date.fromisoformat(day), bool(of_notice))
        for kind, amount, day, of_notice in rows
    ]
    return unpaid(charges, left)
