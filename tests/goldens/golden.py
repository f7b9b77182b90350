"""What the world outside relies on, read from the code: the API's schema, and the names in Temporal's histories."""

import inspect
import json
import re
from pathlib import Path
from typing import Any, TypeGuard, get_type_hints

from pydantic import BaseModel
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

import worker
from activities.schedules import SPECS
from config import search_attributes
from config.settings import Settings
from prediction.contacts import learning as helping
from prediction.effects import judging
from prediction.payments import finding, refresh
from tests.workflows.test_learning import LEARNER, SORTING
from tests.world import World
from web.app import create_app
from workflows import contracts

FOLDER = Path(__file__).parent
OF_LOCAL_ACTIVITIES = {"Look", "Incoming", "RecordOrder"}  # their inputs lie in no history


def written(golden: Any) -> str:
    """A golden as its file has it."""
    return json.dumps(golden, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def kept(name: str) -> str:
    """What a golden's file says."""
    return (FOLDER / name).read_text(encoding="utf-8")


def api() -> dict[str, Any]:
    """The web app's OpenAPI."""
    nowhere: Any = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    return create_app(
        Settings(database_url=nowhere, link_secrets=("a-link-secret-of-32-characters-and-more",))
    ).openapi()


async def names(world: World) -> dict[str, Any]:
    """What the workers of `worker.py` answer to, and the fields of what is sent to them."""
    target, namespace = world.client.service_client.config.target_host, world.client.namespace
    client = await Client.connect(target, namespace=namespace, data_converter=pydantic_data_converter)
    learning = worker.learning_of(client, world.parts, SORTING, LEARNER, refresh, finding, helping, judging)
    workers = [each.config() for each in (*worker.workers_of(client, world.parts), learning)]
    return {
        "activities": {each["task_queue"]: sorted(map(_activity, each["activities"])) for each in workers},
        "workflows": {each["task_queue"]: dict(map(_workflow, each["workflows"])) for each in workers},
        "acts of the loop itself": [contracts.WAIT, contracts.CLOSE],
        "payloads": {each.__name__: fields(each) for each in vars(contracts).values() if _lies_in_histories(each)},
        "schedules": sorted(SPECS),
        "search attributes": {key.name: search_attributes.type_name(key) for key in search_attributes.ALL},
    }


def _lies_in_histories(thing: object) -> TypeGuard[type[BaseModel]]:
    if not (isinstance(thing, type) and issubclass(thing, BaseModel) and thing.__module__ == contracts.__name__):
        return False
    return not thing.__name__.startswith("_") and thing.__name__ not in OF_LOCAL_ACTIVITIES


def fields(payload: type[BaseModel]) -> dict[str, str]:
    """A payload's fields: each with its type, and with its default where it has one."""
    kinds = get_type_hints(payload)
    return {
        name: _kind(kinds[name]) + ("" if field.is_required() else f" = {field.get_default()!r}")
        for name, field in payload.model_fields.items()
    }


def _kind(annotation: Any) -> str:
    plain = re.sub(r"\b(?:\w+\.)+", "", inspect.formatannotation(annotation))
    return re.sub(r"^Optional\[(.*)\]$", r"\1 | None", plain)


def _activity(registered: Any) -> str:
    name = activity._Definition.must_from_callable(registered).name
    assert name, "no activity takes every name"
    return name


def _workflow(registered: Any) -> tuple[str, dict[str, list[str]]]:
    known = workflow._Definition.must_from_class(registered)
    assert known.name, "no workflow takes every name"
    answers = {"signals": known.signals, "updates": known.updates, "queries": known.queries}
    return known.name, {kind: sorted(name or "(any other)" for name in handlers) for kind, handlers in answers.items()}
