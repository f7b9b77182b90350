"""The production compose file is valid, and everything it names exists in the project."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from config import search_attributes
from config.settings import PREFIX, REQUIRED_IN_PRODUCTION, Settings, variable
from tools.go_build import go_from_pypi, go_on_path
from tools.setup import ROOT, SetupError
from web.payment_methods.registry import METHODS

TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EXAMPLE = (ROOT / ".env.example").read_text()
OF_COMPOSE_ALONE = {"FACTS_PASSWORD", "TEMPORAL_PASSWORD"}
FIELDS = {
    variable(name, kind): field for kind in (Settings, *METHODS.values()) for name, field in kind.model_fields.items()
}
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::(\?|-)([^}]*))?\}")
NEEDED = {name for name, kind, _ in VARIABLE.findall(TEXT) if kind == "?"}


@pytest.fixture(scope="module")
def schema() -> Any:
    """The compose specification's own JSON schema, out of the Go module pinned in `tools/compose`."""
    try:
        go = go_on_path(ROOT / "tools" / "compose") or go_from_pypi()
    except SetupError as error:
        pytest.skip(f"the compose specification's schema comes with a Go module: {error}")
    module = subprocess.run(
        (go, "mod", "download", "-json"),
        cwd=ROOT / "tools" / "compose",
        capture_output=True,
        text=True,
        check=False,
    )
    if module.returncode != 0:
        pytest.skip(f"the compose specification's schema cannot be downloaded: {module.stderr or module.stdout}")
    return json.loads((Path(json.loads(module.stdout)["Dir"]) / "schema" / "compose-spec.json").read_text())


def test_it_is_valid_by_the_compose_specification(schema: Any) -> None:
    jsonschema.validate(COMPOSE, schema)


def test_the_schema_would_find_a_mistake(schema: Any) -> None:
    wrong = COMPOSE | {"services": {"web": {"imgae": "purr"}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema)


def test_every_variable_it_passes_to_purr_is_a_setting() -> None:
    passed = {name for service in SERVICES.values() for name in service.get("environment", {})}
    assert {name for name in passed if name.startswith(PREFIX)} <= FIELDS.keys()


def test_every_variable_it_reads_is_in_the_example() -> None:
    read = {name for name, _, _ in VARIABLE.findall(TEXT)}
    assert read - FIELDS.keys() == OF_COMPOSE_ALONE
    assert read <= set(re.findall(r"^(?:# )?([A-Z_]+)=", EXAMPLE, re.MULTILINE))


def test_the_example_shows_every_setting_and_nothing_else() -> None:
    assert set(re.findall(r"^(?:# )?([A-Z_]+)=", EXAMPLE, re.MULTILINE)) == FIELDS.keys() | OF_COMPOSE_ALONE


def test_what_the_example_leaves_to_fill_in_is_what_it_refuses_to_start_without() -> None:
    assert set(re.findall(r"^([A-Z_]+)=$", EXAMPLE, re.MULTILINE)) == NEEDED


def test_it_gives_everything_production_requires() -> None:
    given = SERVICES["worker"]["environment"].keys()
    assert {variable(field) for field in REQUIRED_IN_PRODUCTION} <= given


def test_no_secret_is_written_in_it() -> None:
    secrets = re.compile(r"SECRET|PASSWORD|TOKEN|KEY|PWD")
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if secrets.search(name):
                assert re.fullmatch(VARIABLE, value), name


def test_defaults_in_it_are_the_settings_own() -> None:
    deliberately_other = {"PURR_TEMPORAL_ADDRESS"}
    for name, kind, default in VARIABLE.findall(TEXT):
        if kind == "-" and name not in deliberately_other:
            own = FIELDS[name].get_default() or ""
            assert str(getattr(own, "get_secret_value", lambda own=own: own)()) in (
                default,
                f"{default}.0",
            ), name


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_is_pinned(name: str) -> None:
    assert re.search(r":\d+\.\d+(\.\d+)?(-\w+)?$", SERVICES[name]["image"])


def test_temporal_is_one_version_everywhere() -> None:
    images = {service["image"] for service in SERVICES.values() if "temporalio/" in service["image"]}
    assert images == {"temporalio/admin-tools:1.32.0", "temporalio/server:1.32.0", "temporalio/ui:2.54.1"}


def test_only_localhost_is_published() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_published_ports_are_the_ones_the_settings_serve() -> None:
    settings = {field: Settings.model_fields[field].default for field in ("web_port", "metrics_port")}
    assert SERVICES["web"]["ports"] == [f"127.0.0.1:{settings['web_port']}:{settings['web_port']}"]
    first = settings["metrics_port"]
    assert SERVICES["worker"]["ports"] == [f"127.0.0.1:{first}-{first + 15}:{first}"]  # for `--scale worker=16`
    assert SERVICES["web"]["environment"]["PURR_WEB_PORT"] == settings["web_port"]
    assert SERVICES["worker"]["environment"]["PURR_METRICS_PORT"] == settings["metrics_port"]
    assert SERVICES["web"]["command"] == ["python", "-m", "web"]  # which serves where the settings say


def test_every_file_it_names_exists() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source, target = volume.split(":")[:2]
            if not source.startswith("."):
                assert source in COMPOSE["volumes"]
                continue
            inside = [*service.get("command", []), *map(str, service["environment"].values())]
            named = [path.removeprefix(target + "/") for path in inside if path.startswith(target + "/")]
            assert named
            assert all((ROOT / source / path).is_file() for path in named)
    assert (ROOT / SERVICES["web"]["build"] / "Dockerfile").is_file()


def test_more_workers_can_run_beside_each_other() -> None:
    worker = SERVICES["worker"]
    assert not {"container_name", "hostname"} & worker.keys()  # a name that two would have
    for port in worker["ports"]:
        published = port.split(":")[1]
        assert "-" in published, "one port for all of them"


@pytest.mark.parametrize("name", ["migrate", "worker", "web"])
def test_what_each_of_our_services_starts_exists(name: str) -> None:
    path = ROOT / SERVICES[name]["command"][-1].removesuffix(".py").replace(".", "/")
    assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()


def test_the_dockerfile_copies_files_that_exist_and_does_not_run_as_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    for source in re.findall(r"^COPY (\S+) ", dockerfile, re.MULTILINE):
        assert (ROOT / source).exists()
    assert re.search(r"^USER purr$", dockerfile, re.MULTILINE)


def test_production_registers_the_same_search_attributes_as_the_embedded_server() -> None:
    script = (ROOT / "config" / "deploy" / "temporal-namespace.sh").read_text()
    registered = re.findall(r"\b([A-Z][A-Za-z]+)=([A-Z][a-z]+)\b", script)
    assert registered == [(key.name, search_attributes.type_name(key)) for key in search_attributes.ALL]
