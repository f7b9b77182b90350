"""The registry of events is whole: each has its data, its family can be asked for, and its example is as its schema says."""

from typing import get_args

import jsonschema
import pytest

from facts.webhooks.events import EVENTS, FIELDS, PATTERNS, EventType, schema_of


def test_every_event_is_in_the_registry_and_its_family_can_be_asked_for() -> None:
    assert set(EVENTS) == set(get_args(EventType))
    assert {f"{event.split('.')[0]}.*" for event in EVENTS} | {"*"} | set(EVENTS) == PATTERNS


def test_every_field_is_of_an_event_and_null_only_where_it_is_there() -> None:
    assert set(FIELDS) == {name for spec in EVENTS.values() for name in spec.fields}
    assert all(spec.may_be_null <= spec.fields for spec in EVENTS.values())


@pytest.mark.parametrize("event", EVENTS)
def test_an_example_is_as_the_schema_says(event: EventType) -> None:
    schema = schema_of(event)
    data = {name: FIELDS[name].example for name in EVENTS[event].fields}
    told = {"type": event, "timestamp": "2026-11-22T10:00:00+00:00", "data": data}
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(told, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told | {"data": dict.fromkeys(data)}, schema)
