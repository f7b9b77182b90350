"""`make run`: one command starts everything, stops cleanly, and goes on after a crash."""

import signal
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psycopg
import pytest

from config.embedded import PortTakenError
from config.files import HOME
from config.settings import Settings, SettingsError
from domain.moment import moment_in
from tests.embedded import Embedded, until
from tools.run_embedded import exports, listening, port_taken, temporal_port


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the database's own user may reach when the tests are run by root."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def looked_at(url: str) -> list[str]:
    """The invoices whose case a worker has looked at."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        query = "select number from dunning_case c join invoice i on i.id = c.invoice_id where looked_at is not null"
        return [row[0] for row in connection.execute(f"{query} order by number")]


def invoices(place: Path, *numbers: str) -> str:
    today = moment_in(HOME, datetime.now(UTC)).day
    rows = [
        f"{number},{today},{today + timedelta(days=14)},802.00,NOK,Kari Nordmann,kari@example.no" for number in numbers
    ]
    file = place / f"{numbers[0]}.csv"
    file.write_text("\n".join(["number,issue_date,due_date,amount,currency,debtor_name,debtor_email", *rows]) + "\n")
    return str(file)


def test_it_runs_stops_and_goes_on_after_a_crash(place: Path) -> None:
    purr = Embedded(place)
    with purr.running() as (process, where):
        assert "A sample creditor is registered: sample" in purr.output.read_text()
        assert httpx.get(f"{where['web_url']}/healthz").status_code == 200
        assert httpx.get(where["temporal_ui_url"]).status_code == 200
        assert "Purr already runs on" in purr.refusal()
        purr.terminal("import", invoices(place, "1001"), "--creditor", "sample")
        until(lambda: looked_at(where["database_url"]) == ["1001"], process, purr.output)
        kept = (purr.state / "secrets.json").read_text()
        process.kill()  # kill -9: the servers stay behind
    with purr.running() as (process, where):
        purr.terminal("import", invoices(place, "1002"), "--creditor", "sample")
        until(lambda: looked_at(where["database_url"]) == ["1001", "1002"], process, purr.output)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert not (purr.state / "run.json").exists()
    assert not (purr.state / "postgres" / "postmaster.pid").exists()
    assert (purr.state / "secrets.json").read_text() == kept
    assert (purr.state / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_port_of_another_program_is_told_before_anything_starts(place: Path) -> None:
    purr = Embedded(place)
    port = int(purr.environment["PURR_TEMPORAL_ADDRESS"].rpartition(":")[2])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        words = purr.refusal()
    assert words.startswith(f"port {port} (Temporal) is taken by another program")
    assert not (purr.state / "postgres").exists()


def test_each_port_that_is_taken_is_told_with_the_setting_to_change() -> None:
    settings = Settings(web_port=8010, temporal_address="localhost:7300")
    assert "port 8010 (the web app) is taken by another program" in port_taken(8010, settings)
    assert "PURR_WEB_PORT=8001 make run" in port_taken(8010, settings)
    assert "port 7300 (Temporal) is taken" in port_taken(7300, settings)
    assert "port 8300 (Temporal's web UI) is taken" in port_taken(8300, settings)
    assert "PURR_TEMPORAL_ADDRESS=127.0.0.1:7333 make run" in port_taken(8300, settings)
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        with pytest.raises(PortTakenError):
            listening(Settings(web_port=taken.getsockname()[1]))


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("temporal.example:7233", "brings a Temporal server of its own and uses no other"),
        ("10.0.0.5:7233", "brings a Temporal server of its own and uses no other"),
        ("127.0.0.1:65000", "there is none"),
    ],
)
def test_it_uses_no_temporal_server_of_anybody_else(address: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        temporal_port(Settings(temporal_address=address))


@pytest.mark.parametrize("port", [7333, 8333])
def test_the_web_app_cannot_have_a_port_that_temporal_takes(port: int) -> None:
    with pytest.raises(SettingsError, match="PURR_WEB_PORT: Temporal takes 7333, and its web UI 8333"):
        temporal_port(Settings(temporal_address="127.0.0.1:7333", web_port=port))


def test_where_it_is_told_to_another_terminal_as_it_must_be_exported() -> None:
    assert exports(Settings()) == {}
    assert exports(Settings(state_folder=Path("/var/purr"))) == {"PURR_STATE_FOLDER": "/var/purr"}


def test_it_is_not_for_production(place: Path) -> None:
    purr = Embedded(place)
    purr.environment["PURR_ENVIRONMENT"] = "production"
    assert "PURR_DATABASE_URL" in purr.refusal()
