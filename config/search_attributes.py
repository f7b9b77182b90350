"""The one registry of what cases can be searched by in Temporal; no personal data."""

from typing import Any

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

CREDITOR = SearchAttributeKey.for_keyword("Creditor")
DEBTOR = SearchAttributeKey.for_keyword("Debtor")
COUNTRY = SearchAttributeKey.for_keyword("Country")
SEGMENT = SearchAttributeKey.for_keyword("Segment")
STEP = SearchAttributeKey.for_keyword("Step")
AMOUNT_DUE = SearchAttributeKey.for_float("AmountDue")
"""For display and search alone: money itself is Decimal and lives in the ledger."""
DUE_DATE = SearchAttributeKey.for_datetime("DueDate")
NEXT_ACTION_AT = SearchAttributeKey.for_datetime("NextActionAt")
ON_HOLD = SearchAttributeKey.for_bool("OnHold")
FLAG = SearchAttributeKey.for_keyword("Flag")
OUTCOME = SearchAttributeKey.for_keyword("Outcome")
CUSTOMER_NUMBER = SearchAttributeKey.for_keyword("CustomerNumber")
"""The creditor's own number of its customer, as long as it is no more than a number."""

ALL: tuple[SearchAttributeKey[Any], ...] = (
    CREDITOR,
    DEBTOR,
    COUNTRY,
    SEGMENT,
    STEP,
    AMOUNT_DUE,
    DUE_DATE,
    NEXT_ACTION_AT,
    ON_HOLD,
    FLAG,
    OUTCOME,
    CUSTOMER_NUMBER,
)


class SearchAttributeError(Exception):
    """The namespace lacks an attribute and takes it not from us, or has it with another type; the message says what to do."""


async def ensure(client: Client) -> None:
    """Register the attributes the client's namespace lacks; harmless when none is missing.

    Raises `SearchAttributeError`: a case that sets an attribute which is not there would stand still.
    """
    missing = await _missing(client)
    if not missing:
        return
    request = AddSearchAttributesRequest(namespace=client.namespace)
    for key in missing:
        request.search_attributes[key.name] = IndexedValueType.ValueType(key.indexed_value_type.value)
    try:
        await client.operator_service.add_search_attributes(request)
    except RPCError as error:
        if error.status != RPCStatusCode.ALREADY_EXISTS:
            commands = "\n  ".join(
                f"temporal operator search-attribute create --namespace {client.namespace} "
                f"--name {key.name} --type {type_name(key)}"
                for key in missing
            )
            raise SearchAttributeError(
                f"the Temporal server says: {error.message}. Create them first:\n  {commands}"
            ) from error


async def _missing(client: Client) -> list[SearchAttributeKey[Any]]:
    request = ListSearchAttributesRequest(namespace=client.namespace)
    known = (await client.operator_service.list_search_attributes(request)).custom_attributes
    for key in ALL:
        if key.name in known and known[key.name] != key.indexed_value_type.value:
            raise SearchAttributeError(
                f"the search attribute {key.name} of namespace {client.namespace} is "
                f"{IndexedValueType.Name(known[key.name])}, not {type_name(key)}: "
                "remove it or use another namespace"
            )
    return [key for key in ALL if key.name not in known]


def type_name(key: SearchAttributeKey[Any]) -> str:
    """The attribute's type as the Temporal CLI writes it: Keyword, Double, Datetime or Bool."""
    return key.indexed_value_type.name.title()


def cli_flags() -> list[str]:
    """The flags that make `temporal server start-dev` register every attribute."""
    return [part for key in ALL for part in ("--search-attribute", f"{key.name}={type_name(key)}")]
