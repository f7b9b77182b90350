"""The Temporal CLI is taken from the first place that has a usable one."""

from pathlib import Path

import pytest

from tools.go_build import go_version
from tools.setup import SetupError
from tools.temporal_cli import CLI_VERSION, GO_MODULE, is_new_enough, temporal_cli

GOOD = "temporal version 0.0.0-DEV (Server 1.32.0, UI 2.54.1)"
OLD = "temporal version 1.8.0 (Server 1.31.9, UI 2.50.0)"


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing named, nothing on the PATH but the system's own, nothing cached."""
    monkeypatch.delenv("TEMPORAL_CLI", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def program(file: Path, says: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\necho '{says}'\n")
    file.chmod(0o755)
    return file


def test_the_named_program_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "path" / "temporal", GOOD)
    named = program(tmp_path / "named", GOOD)
    monkeypatch.setenv("TEMPORAL_CLI", str(named))
    assert temporal_cli() == named


@pytest.mark.parametrize("says", [OLD, "something else"])
def test_a_named_program_that_will_not_do_is_refused(
    says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_CLI", str(program(tmp_path / "named", says)))
    with pytest.raises(SetupError, match=r"TEMPORAL_CLI names .*: correct or unset it"):
        temporal_cli()


def test_an_installed_program_comes_before_the_cache(tmp_path: Path) -> None:
    program(tmp_path / "cache" / "purr" / f"temporal-{CLI_VERSION}", GOOD)
    installed = program(tmp_path / "path" / "temporal", GOOD)
    assert temporal_cli() == installed


def test_an_installed_program_that_is_too_old_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path / "path" / "temporal", OLD)
    cached = program(tmp_path / "cache" / "purr" / f"temporal-{CLI_VERSION}", GOOD)
    assert temporal_cli() == cached


def test_a_cache_that_cannot_be_written_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(SetupError, match="set XDG_CACHE_HOME"):
        temporal_cli()


def test_a_program_that_is_not_there_is_not_new_enough(tmp_path: Path) -> None:
    assert not is_new_enough(tmp_path / "nowhere")


def test_go_versions_compare_as_numbers() -> None:
    wanted = go_version((GO_MODULE / "go.mod").read_text())
    assert go_version("go1.9.12") < wanted <= go_version("go1.26.8") < go_version("go1.27")
    assert go_version("") < wanted
