"""A Python client that is generated from the description works against the app, and needs nothing but the description."""

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser.errors import ErrorLevel

from tests.web.door import Door, invoice, paid
from web.openapi import operations

NAME = "purr_generated"


@pytest.fixture(scope="module")
def generated(web_app: FastAPI, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a client made from what the app serves at /openapi.json."""
    folder = tmp_path_factory.mktemp("client")
    description, out = folder / "openapi.json", folder / NAME
    description.write_text(json.dumps(web_app.openapi()), encoding="utf-8")
    wanted = ConfigFile(post_hooks=[])  # no formatter: nobody reads it
    odd = generate(config=Config.from_sources(wanted, MetaType.NONE, description, "utf-8", True, out))
    assert [each for each in odd if each.level is ErrorLevel.ERROR] == []
    sys.path.insert(0, str(folder))
    yield out
    sys.path.remove(str(folder))


def part(name: str) -> Any:
    """A module of the client."""
    return import_module(f"{NAME}.{name}")


def test_every_operation_of_the_api_is_a_function_of_its_own_name(generated: Path, web_app: FastAPI) -> None:
    named = {path.stem for path in (generated / "api").rglob("*.py")}
    of_api = {what["operationId"] for path, _, what in operations(web_app.openapi()) if path.startswith("/v1/")}
    assert of_api - named == set()


async def test_an_invoice_is_created_read_and_paid_and_its_replies_are_listed(generated: Path, door: Door) -> None:
    models = part("models")
    key = door.client.headers["authorization"].removeprefix("Bearer ")
    transport = httpx.ASGITransport(door.app)
    client = part("client").AuthenticatedClient("https://purr.example", token=key, httpx_args={"transport": transport})
    async with client:
        made = await part("api.invoices.create_invoice").asyncio(
            client=client, body=models.IncomingInvoice.from_dict(invoice()), idempotency_key="a"
        )
        assert (made.number, str(made.status)) == ("1001", "new")
        again = await part("api.invoices.create_invoice").asyncio_detailed(
            client=client, body=models.IncomingInvoice.from_dict(invoice()), idempotency_key="a"
        )
        assert (again.parsed, again.headers["idempotent-replayed"]) == (made, "true")
        stands = await part("api.invoices.get_invoice").asyncio("1001", client=client)
        assert (str(stands.state), stands.balance, str(stands.due_date)) == ("open", "802.00", invoice()["due_date"])
        booked = await part("api.payments.create_payments").asyncio(
            client=client, body=models.IncomingPayment.from_dict(paid(amount="800.00"))
        )
        assert [(each.id, str(each.status), each.balance) for each in booked.payments] == [("p-1", "booked", "2.00")]
        listed = await part("api.debtors.list_replies").asyncio(client=client)
        assert listed.replies == []
        missing = await part("api.invoices.get_invoice").asyncio("none", client=client)
        assert (missing.status, missing.type_) == (404, "urn:purr:problem:not-found")
        wrong = await part("api.payments.create_payments").asyncio(
            client=client, body=models.IncomingPayment.from_dict(paid("p-2", booked_on="2999-01-01"))
        )
        assert [each.field for each in wrong.errors] == ["booked_on"]
