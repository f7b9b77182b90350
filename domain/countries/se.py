"""Sweden, as far as a debtor who lives there meets it: who gives free advice."""

from domain.countries.country import Country, DebtAdvice

SWEDEN = Country(
    "SE",
    debt_advice=DebtAdvice("kommunens budget- och skuldrådgivning", page="https://www.hallakonsument.se/"),
)
