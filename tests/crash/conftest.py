"""What is killed stands on a PostgreSQL server that keeps its promises, as in production."""

from collections.abc import Iterator

import pytest

from tests.conftest import own_postgres


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL server that has on disk what it says is committed."""
    with own_postgres() as url:
        yield url
