"""The files that go to the centre of a creditor's country: what each holds is told in that centre's own layout."""

from collections.abc import Callable, Sequence
from datetime import date

from connectors.direct_debit import autogiro_orders
from connectors.direct_debit.autogiro_orders import Draw, NewMandate, Payee
from connectors.direct_debit.avtalegiro import DrawnClaim, Sender, write_file
from connectors.direct_debit.unwritable import Unwritable
from domain.countries.registry import country_of
from facts.direct_debit.files import Agreement, Kind, Wanted
from facts.direct_debit.mandate_orders import MandateOrders

Write = Callable[[Agreement, Kind, int, date, Sequence[Wanted]], bytes]


def content(agreement: Agreement, kind: Kind, number: int, day: date, wanted: Sequence[Wanted]) -> bytes:
    """A file of claims or cancellations, sent on a day. Raises Unwritable where something does not fit its field."""
    return _WRITERS[country_of(agreement.country).direct_debit](agreement, kind, number, day, wanted)


def mandates(agreement: Agreement, day: date, orders: MandateOrders) -> bytes:
    """A file of mandates to register and to end, sent on a day. Raises Unwritable."""
    new = [NewMandate(each.payer_number, each.account, each.holder) for each in orders.new]
    return autogiro_orders.write_mandates(_payee(agreement, day), new, orders.ended)


def _of_nets(agreement: Agreement, kind: Kind, number: int, _day: date, wanted: Sequence[Wanted]) -> bytes:
    sender = Sender(agreement.data_sender, agreement.account)
    if kind == "mandate orders":
        raise Unwritable("mandates are made in the payer's bank, and none is brought to Nets")
    return write_file(kind, sender, number, number, [_drawn(each) for each in wanted])


def _drawn(wanted: Wanted) -> DrawnClaim:
    """A claim in the words that the debtor sees on the account statement and, if told by the bank, in its notice."""
    part = f" avdrag {wanted.instalment}" if wanted.instalment else ""
    shown_as = f"Faktura {wanted.number}{part}"
    return DrawnClaim(
        reference=wanted.reference,
        due_on=wanted.due_on,
        amount=wanted.amount,
        payer=wanted.debtor_name,
        shown_as=shown_as,
        bank_notifies=wanted.bank_tells,
        text=(f"{shown_as}, forfall {wanted.due_on:%d.%m.%Y}",) if wanted.bank_tells else (),
    )


def _of_bankgirot(agreement: Agreement, kind: Kind, _number: int, day: date, wanted: Sequence[Wanted]) -> bytes:
    draws = [
        Draw(
            each.payer_number,
            each.reference,
            each.amount,
            each.moved_from or each.due_on,
            each.moved_from and each.due_on,
        )
        for each in wanted
    ]
    write = autogiro_orders.write_payments if kind == "claims" else autogiro_orders.write_changes
    return write(_payee(agreement, day), draws)


def _payee(agreement: Agreement, day: date) -> Payee:
    return Payee(agreement.data_sender, agreement.account, day)


_WRITERS: dict[str, Write] = {"AvtaleGiro": _of_nets, "Autogiro": _of_bankgirot}
"""By what direct debit is called in the creditor's country."""
