"""stripe-mock is taken from the first place that has a usable one."""

from pathlib import Path

import pytest

from tools.setup import SetupError
from tools.stripe_mock import VERSION, is_new_enough, stripe_mock


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing named, nothing on the PATH but the system's own, nothing cached."""
    monkeypatch.delenv("STRIPE_MOCK", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def program(file: Path, says: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\necho '{says}'\n")
    file.chmod(0o755)
    return file


def test_named_comes_before_installed_and_installed_before_cached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = program(tmp_path / "cache" / "purr" / f"stripe-mock-{VERSION}", "")
    assert stripe_mock() == cached
    installed = program(tmp_path / "path" / "stripe-mock", f"stripe-mock v{VERSION}")
    assert stripe_mock() == installed
    named = program(tmp_path / "named", "stripe-mock 1.0.0")
    monkeypatch.setenv("STRIPE_MOCK", str(named))
    assert stripe_mock() == named


@pytest.mark.parametrize("says", ["stripe-mock v0.202.9", "stripe-mock master", "something else"])
def test_a_program_that_is_too_old_is_passed_over_and_refused_by_name(
    says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = program(tmp_path / "cache" / "purr" / f"stripe-mock-{VERSION}", "")
    old = program(tmp_path / "path" / "stripe-mock", says)
    assert stripe_mock() == cached
    monkeypatch.setenv("STRIPE_MOCK", str(old))
    with pytest.raises(SetupError, match="STRIPE_MOCK names"):
        stripe_mock()


def test_a_program_that_is_not_there_is_not_new_enough(tmp_path: Path) -> None:
    assert not is_new_enough(tmp_path / "nowhere")
