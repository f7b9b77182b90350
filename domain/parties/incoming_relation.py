"""What happened to a customer's relation, as the creditor's system tells it in a file or over the API."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.invoices.incoming import Currency, Day, Given, SignedAmount, Text
from domain.parties.relations import RelationEvent, RelationKind


class IncomingRelation(Given):
    """One event of a relation: it started, was renewed or ended."""

    id: Annotated[Text, Field(description="Your own id of the event: the same is stored once.", examples=["crm-90017"])]
    customer_number: Annotated[
        Text,
        Field(description="Your own number for the customer, known here as a debtor or not yet.", examples=["K-1042"]),
    ]
    kind: Annotated[RelationKind, Field(description="What happened. `renewed` also takes an end back.")]
    on: Annotated[
        Day,
        Field(description="The day. Of an end: the first day without the relation.", examples=["2024-03-01"]),
    ]
    product: Annotated[
        Text | None,
        Field(description="Which of several; an end without one ends them all.", examples=["broadband"]),
    ] = None
    monthly_margin: Annotated[
        SignedAmount | None, Field(description="What is earned with it in a month.", examples=["149.00"])
    ] = None
    currency: Annotated[Currency | None, Field(description="ISO 4217 code of the margin.", examples=["NOK"])] = None
    contract_end: Annotated[
        Day | None, Field(description="Until when the customer is bound.", examples=["2027-03-01"])
    ] = None
    payment_method: Annotated[
        Text | None, Field(description="How the customer pays, in your words.", examples=["avtalegiro"])
    ] = None
    reason: Annotated[Text | None, Field(description="Why it ended, as a short code.", examples=["price"])] = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.monthly_margin is None) != (self.currency is None):
            raise ValueError("monthly_margin and currency go together")
        if self.reason is not None and self.kind is not RelationKind.ENDED:
            raise ValueError("reason says why a relation ended: leave it out of others")
        if self.contract_end is not None and self.contract_end < self.on:
            raise ValueError(f"contract_end {self.contract_end} is before on {self.on}")
        return self

    @property
    def event(self) -> RelationEvent:
        """The event, as rules read it."""
        told = self.model_dump(exclude={"customer_number", "product"})
        return RelationEvent(**told, product=self.product or "")
