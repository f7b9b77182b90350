"""Records the demo's database, named after its schema and its open cases: `python -m tests.dumps.record`.

It reads the state folder of a demo that has ended, or was stopped in the middle of its story. Recorded dumps stand for
the databases of released versions: `tests/facts/test_migrate.py` brings each to the newest schema. None is replaced.
"""

import argparse
import gzip
import re
import subprocess
from pathlib import Path

import psycopg

from config.embedded import owned, start_postgres
from simulator.demo import STATE

FOLDER = Path(__file__).parent
# The machine's own times become the story's, and letters' pages are left out: they would be most of the file.
OF_THE_STORY_ALONE = """
set session_replication_role = replica;
do $$
declare name text;
begin
  for name in select table_name from information_schema.columns
    where table_schema = 'public' and column_name in ('happened_at', 'recorded_at') group by 1 having count(*) = 2
  loop
    execute format('update %I set recorded_at = happened_at', name);
  end loop;
end $$;
update delivery set pdf = '%PDF' where pdf is not null;
update webhook_message set ready_at = happened_at,
  first_at = case when first_at is not null then happened_at end,
  delivered_at = case when delivered_at is not null then happened_at end;
update webhook_attempt a set at = m.happened_at from webhook_message m where m.id = a.message_id;
update clock_offset set seconds = 0;
"""
NAME = """
select format('%s-%s-open-cases', (select version_num from alembic_version),
  (select count(*) from dunning_case where state = 'open'))
"""


def record(state: Path) -> Path:
    """Dump the database of a demo's state folder; gives the new file."""
    with owned(state):
        postgres = start_postgres(state)
        try:
            url = postgres.url.replace("+psycopg", "")
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(OF_THE_STORY_ALONE)
                ((name,),) = connection.execute(NAME).fetchall()
            file = FOLDER / f"{name}.sql.gz"
            file.write_bytes(gzip.compress(_dumped(postgres.server.bin_path / "pg_dump", url).encode(), mtime=0))
        finally:
            postgres.stop()
    return file


def _dumped(pg_dump: Path, url: str) -> str:
    """Schema and rows as statements that any client runs: without the lines that psql alone understands."""
    plain = ("--no-owner", "--no-privileges", "--rows-per-insert=200")
    dump = subprocess.run([pg_dump, *plain, url], check=True, capture_output=True, text=True).stdout
    return re.sub(r"^\\.*\n", "", dump, flags=re.MULTILINE)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.dumps.record", description=__doc__)
    parser.add_argument("--state", type=Path, default=STATE, help="the folder of the demo's servers")
    print(record(parser.parse_args().state))
