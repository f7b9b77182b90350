"""What the API tells its callers is what it told them before."""

from tests.goldens.golden import api, kept, written


def test_the_api_is_the_one_that_its_callers_know() -> None:
    assert written(api()) == kept("openapi.json"), "meant? `python -m tests.goldens.record`, and say it in CHANGELOG.md"
