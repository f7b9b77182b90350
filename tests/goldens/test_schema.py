"""The tables as the code knows them are the tables that the migrations make."""

from tests.goldens.schema import differences
from tests.world import fresh_database


def test_the_migrated_database_is_the_one_that_the_tables_describe(postgres_url: str) -> None:
    assert differences(fresh_database(postgres_url, "schema")) == []
