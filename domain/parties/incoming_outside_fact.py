"""A fact from outside, as the creditor tells it in a file or over the API: of whom, what, since when, from where and what for."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from domain.countries.regions import postcode_in
from domain.invoices.incoming import Country, Day, Given, SignedAmount, Text
from domain.parties.outside_facts import KINDS, OutsideKind, Purpose


def _digits(postcode: str) -> str:
    if not (digits := postcode_in(postcode)):
        raise ValueError("is no postcode; write its digits, like 0155")
    return digits


class IncomingOutsideFact(Given):
    """One fact about one customer, or about all who live in a postcode."""

    id: Annotated[
        Text, Field(description="Your own id of the fact: the same is stored once.", examples=["bureau-5512"])
    ]
    what: Annotated[
        Text, Field(description=f"What it says: {', '.join(KINDS)}. Nothing else is taken.", examples=["credit score"])
    ]
    number: Annotated[
        SignedAmount | None, Field(description="What it says, of what is a number.", examples=["612"])
    ] = None
    word: Annotated[Text | None, Field(description="What it says, of what is a word.", examples=[None, "card"])] = None
    customer_number: Annotated[
        Text | None, Field(description="Whose it is: your own number for the customer.", examples=["K-1042"])
    ] = None
    country: Annotated[
        Country | None, Field(description="Of a postcode: the country, ISO 3166.", examples=[None, "NO"])
    ] = None
    postcode: Annotated[
        Annotated[Text, AfterValidator(_digits)] | None,
        Field(description="Of whom lives there; in place of customer_number.", examples=[None, "0155"]),
    ] = None
    since: Annotated[
        Day, Field(description="The first day on which it holds; one ahead counts from then.", examples=["2026-01-01"])
    ]
    until: Annotated[
        Day | None,
        Field(description="The first day on which it does not hold any more.", examples=[None, "2027-01-01"]),
    ] = None
    source: Annotated[Text, Field(description="Who says so.", examples=["Eksempel Kredittbyrå AS"])]
    purpose: Annotated[Purpose, Field(description="What it is used for, and nothing else.", examples=["prediction"])]

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        kind = KINDS.get(self.what)
        if kind is None:
            raise ValueError(f"what {self.what!r} is not taken: there are {', '.join(KINDS)}")
        if self.purpose not in kind.purposes:
            raise ValueError(f"purpose of {self.what} may be {' or '.join(sorted(kind.purposes))}, not {self.purpose}")
        if (fault := self._of_nobody(kind)) is not None:
            raise ValueError(fault)
        if (self.number is None) != (kind.told_as == "word") or (self.word is None) != (kind.told_as == "number"):
            raise ValueError(f"{self.what} is told as a {kind.told_as}: give `{kind.told_as}` alone")
        if self.until is not None and self.until <= self.since:
            raise ValueError(f"until {self.until} is not after since {self.since}: it would never hold")
        return self

    def _of_nobody(self, kind: OutsideKind) -> str | None:
        """Why it is not clear whose the fact is; None where it is."""
        if kind.of == "debtor":
            if self.customer_number is None or self.country or self.postcode:
                return f"{self.what} is of one customer: tell customer_number, and neither country nor postcode"
        elif self.customer_number is not None or self.country is None or self.postcode is None:
            return f"{self.what} is of a place: tell country and postcode, and no customer_number"
        return None
