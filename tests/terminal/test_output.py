"""What tables say: the clocks of home, in whatever zone the machine is."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from terminal.output import answer_table, speak_json


@pytest.fixture(params=["UTC", "America/New_York"])
def machine_elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose own clock is in another zone."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("machine_elsewhere")
def test_a_table_shows_what_the_clocks_at_home_show(capsys: pytest.CaptureFixture[str]) -> None:
    late = datetime(2035, 7, 5, 22, 30, tzinfo=UTC)
    speak_json(False)
    answer_table([late], [{"asked_at": late}])
    assert "2035-07-06 00:30" in capsys.readouterr().out
