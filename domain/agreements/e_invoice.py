"""E-invoices that a debtor orders in the own bank: what a creditor has to tell for that, by country."""

from collections.abc import Mapping

from domain.countries.registry import country_of


def faults_of_e_invoice(country: str, told: Mapping[str, str]) -> list[str]:
    """What is wrong with where a creditor's e-invoices come from, as sentences."""
    fields = country_of(country).e_invoice
    if not told:
        return []
    if not fields:
        return [f"no e-invoices are ordered in banks in {country}: leave it out"]
    faults = [
        f"{name} is missing: {field.words}" for name, field in fields.items() if field.needed and name not in told
    ]
    for name, value in told.items():
        field = fields.get(name)
        if field is None:
            faults.append(f"{name} is not of an e-invoice in {country}: leave it out")
        elif not (field.shape.fullmatch(value) and field.holds(value)):
            faults.append(f"{name} cannot be {value!r}: {field.words}")
    return faults
