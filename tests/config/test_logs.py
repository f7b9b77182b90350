"""What the logs say of people: nothing, at any level, in the commands of docker-compose.yml with all their libraries."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from signal import SIGTERM
from urllib.parse import quote

import httpx
import pytest
import structlog
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from config.logs import OURS, configure_logs
from config.settings import Settings
from config.temporal import connect, quiet_runtime
from connectors.links import Link, Links
from facts import clock
from facts.parties.creditors import issue_api_key
from facts.refusals import Refused
from simulator.emulators.twilio import signed
from tests.crash.programs import ROOT
from tests.crash.test_kills import Stage, patiently, stage
from tests.web.door import invoice as written

# The lowest level says all that can be said: in each form by one program, and with the full numbers at each level by both.
LOWEST = [("debug", {"worker": "json", "web": "console"})]
EACH = [
    (level, dict.fromkeys(("worker", "web"), form))
    for level, form in (("debug", "json"), ("info", "console"), ("warning", "json"), ("error", "console"))
]
EMAIL, PHONE, OTHER_PHONE = "solveig.hemmeligsen@privat.example", "+4740506070", "+4740506080"
SECRETS = ("hemmelig", "solveig", "privat.example", "4050607", "4050608", "storgata", "kari", "nordmann")


@pytest.mark.asyncio
@pytest.mark.timeout(420)
async def test_no_production_command_says_who_a_debtor_is_or_where_the_page_is(postgres_url: str, full: bool) -> None:
    async with stage(postgres_url, "logs") as here:
        for level, forms in EACH if full else LOWEST:
            for program, form in forms.items():
                here.programs.environment |= {"PURR_LOG_LEVEL": level, "PURR_LOG_FORMAT": form}
                await here.programs.start_again(program, says_so=level in ("debug", "info"))
            tokens = await a_day_at_the_doors(here, level)
            for program, form in forms.items():
                assert here.programs.stop(program) in (0, -SIGTERM)  # uvicorn ends by the signal it was asked with
                said = here.programs.log(program).read_text().lower()
                assert form == "console" or all(map(json.loads, said.splitlines())), (program, level)
                assert [secret for secret in (*SECRETS, *tokens) if secret.lower() in said] == [], (program, level)
        assert "request_handled" in here.programs.log("web").read_text()
        assert "worker_started" in here.programs.log("worker").read_text()


async def a_day_at_the_doors(here: Stage, level: str) -> list[str]:
    """Invoices come in, messages go out, the page is read and paid on, and strangers send nonsense; gives the links' tokens."""
    async with here.database.transaction() as connection:
        now = await clock.now(connection)
        key = await issue_api_key(connection, "acme", level, now)
    environment, base = here.programs.environment, f"http://127.0.0.1:{here.programs.web_port}"
    links = Links([environment["PURR_LINK_SECRETS"]], base)
    async with httpx.AsyncClient(base_url=base, trust_env=False, headers={"Authorization": f"Bearer {key}"}) as client:

        async def is_up() -> bool:
            try:
                return (await client.get("/healthz")).is_success
            except httpx.TransportError:
                return False

        await patiently(is_up)
        for number, contact in ((1, {"email": EMAIL, "phone": PHONE}), (2, {"email": None, "phone": OTHER_PHONE})):
            person = {"name": "Solveig Hemmeligsen", "address_lines": ["Hemmelivegen 17"], "birth_date": "1980-05-17"}
            debtor = written()["debtor"] | person | contact | {"customer_number": f"{level}-{number}"}
            new = written(f"{level}-{number}", debtor=debtor, reference=None, account="12345678903")
            assert (await client.post("/v1/invoices", json=new)).status_code == 201
            assert (
                await client.post("/v1/invoices", json=new | {"debtor": debtor | {"email": ["x"]}})
            ).status_code == 422
        ids = await invoices(here, level)
        addresses = [links.url(Link(each, 0), now.date()).removeprefix(base) for each in ids]
        for address in addresses:
            for path in (address, f"{address}?back=1", f"{address}/nothing-here", f"{address}x", quote(address)):
                await client.get(path)
            for path in (f"{address}/pay/stripe", f"{address}/promise", f"{address}/plan", f"{address}/pay/{EMAIL}"):
                await client.post(path, content=f"name=Solveig Hemmeligsen&phone={PHONE}".encode())
        await client.patch(f"/v1/debtors/{level}-1", json={"phone": PHONE, "email": f"new.{EMAIL}"})
        await client.get(f"/v1/debtors/{EMAIL}", params={"phone": PHONE})
        await client.post("/v1/invoices", content=f'{{"name": "Solveig Hemmeligsen", {EMAIL}'.encode())
        inbound = "/webhooks/twilio/inbound"
        form = {"From": PHONE, "Body": "Hilsen Solveig Hemmeligsen", "MessageSid": f"SM-{level}"}
        body, headers = signed(
            environment["PURR_TWILIO_AUTH_TOKEN"], f"{environment['PURR_PUBLIC_URL']}{inbound}", form
        )
        assert (await client.post(inbound, content=body, headers=headers)).is_success
        if level == "debug":  # what is not said here is said at no level
            await here.programs.misbehave(rate_lost_answer=0.2, rate_429=0.2, seed=7)
            await here.settle(events_arrive=False)
        case = here.client.get_workflow_handle(f"dunning/acme/{level}-1")

        async def runs() -> bool:
            try:
                return (await case.describe()).run_id is not None
            except RPCError:
                return False

        await patiently(runs)
        await case.signal("hold", {"by": "Solveig Hemmeligsen", "until": EMAIL})
        await case.signal("payment_received", [PHONE])
        await case.signal("hold", args=["Solveig Hemmeligsen", PHONE, EMAIL])
        for body in (
            {"by": f"{EMAIL}, Oslo", "reason_code": "x"},
            {"by": "x", "reason_code": "x", "until": f"{EMAIL} 12:00"},
        ):
            with pytest.raises(WorkflowUpdateFailedError):
                await case.execute_update("hold", body, rpc_timeout=timedelta(seconds=20))
    return [address.removeprefix("/i/") for address in addresses]


async def invoices(here: Stage, level: str) -> list[int]:
    """The ids of the invoices of a level."""
    query = text("select id from invoice where starts_with(number, :level) order by id")
    async with here.database.transaction() as connection:
        return list((await connection.execute(query, {"level": f"{level}-"})).scalars())


# --- one process -----------------------------------------------------------------------------------------------


@pytest.fixture
def logs_of_our_own() -> Iterator[None]:
    """Loggers that are as they were when the test ends."""
    names = ["", "uvicorn", "uvicorn.error", "uvicorn.access", "temporalio", *OURS]
    before = [(each, each.level, each.handlers, each.propagate) for each in map(logging.getLogger, names)]
    configured = structlog.get_config()
    yield
    structlog.configure(**configured)
    for logger, level, handlers, propagate in before:
        logger.setLevel(level)
        logger.handlers, logger.propagate = handlers, propagate


def test_each_room_of_ours_is_heard_at_the_level_that_is_set() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {path.stem for path in ROOT.glob("*.py")}
    assert rooms - {"tests", "benchmarks", "purr_client"} <= OURS


class Person(BaseModel):
    name: int


@pytest.mark.usefixtures("logs_of_our_own")
@pytest.mark.parametrize("form", ["json", "console"])
def test_an_error_is_told_with_its_place_and_without_what_a_library_quotes(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(Settings(log_level="debug", log_format=form))
    try:
        try:
            Person.model_validate({"name": EMAIL})
        except ValueError as error:
            raise Refused("no such policy") from error
    except Refused:
        logging.getLogger("web.somewhere").exception("it_broke")
        logging.getLogger("urllib3.connectionpool").debug("GET /Messages.json?To=%s", PHONE)
        logging.getLogger("uvicorn.access").info('%s - "GET /i/%s"', "127.0.0.1", "token")
    said = capsys.readouterr().err
    assert "it_broke" in said
    assert "facts.refusals.Refused: no such policy" in said
    assert "pydantic_core._pydantic_core.ValidationError" in said
    assert "test_logs.py" in said
    assert EMAIL not in said
    assert PHONE not in said
    assert "/i/" not in said


@pytest.mark.usefixtures("logs_of_our_own")
@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize(
    "failure",
    [
        ConnectionRefusedError(111, "Connection refused"),
        OperationalError("select 1", {"name": EMAIL}, Exception(f"no connection, and {EMAIL}")),
        RPCError("the server is away", RPCStatusCode.UNAVAILABLE, b""),
        ApplicationError("not sent: the provider answered 503: later", type="ProviderUnavailable"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_what_fails_because_something_else_is_away_is_one_line(
    form: str, failure: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(Settings(log_level="info", log_format=form))
    try:
        raise failure
    except Exception:
        logging.getLogger("temporalio.activity").warning("Completing activity as failed", exc_info=True)
    said = capsys.readouterr().err
    assert len(said.strip().splitlines()) <= (
        1 if form == "json" else 2
    )  # a console shows the kind on a line of its own
    assert len(said) < 400
    assert type(failure).__name__ in said
    assert "test_logs.py" not in said
    assert EMAIL not in said


@pytest.mark.usefixtures("logs_of_our_own")
def test_a_task_that_failed_unheard_is_told_without_what_its_error_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(Settings(log_format="json"))
    said = f"Task exception was never retrieved\nfuture: <Task finished exception=ValueError('{EMAIL}')>"
    logging.getLogger("asyncio").error(said)
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert json.loads(line)["event"] == "Task exception was never retrieved"


@pytest.mark.asyncio
async def test_whoever_connects_has_a_core_that_speaks_through_our_logs() -> None:
    client = await connect(Settings(temporal_address="127.0.0.1:1"), lazy=True)
    assert client.service_client.config.runtime is quiet_runtime()
