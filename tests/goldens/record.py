"""Record the goldens anew: `python -m tests.goldens.record`. What is gone from names was in use: old cases need it."""

import asyncio
import tempfile
from pathlib import Path

from tests.goldens.golden import FOLDER, api, names, written
from tests.world import fresh_database, postgres, world


async def main() -> None:
    """Record in a world of its own."""
    (FOLDER / "openapi.json").write_text(written(api()), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        async with world(fresh_database(postgres(Path(folder)), "goldens"), Path(folder)) as here:
            (FOLDER / "names.json").write_text(written(await names(here)), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
