"""A worker says that it runs, and which of its folders it cannot write: who looks from outside sees what is gone."""

import asyncio
import os
import socket
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy.exc import DBAPIError

from connectors.whole_files import open_to_others, why_not_writable
from facts.database import Database
from facts.operations import running
from relays.away import Away

log = structlog.get_logger()

EVERY = timedelta(seconds=15)


class WorkerWatch:
    """Watches one worker from its start to its end. `folders` are those it writes, each by its name in metrics."""

    def __init__(self, database: Database, folders: Mapping[str, Path]) -> None:
        self._database = database
        self._folders = folders
        self._name = f"{socket.gethostname()}/{os.getpid()}"
        self._told: dict[str, str] = {}
        self._away = Away()

    async def run(self) -> None:
        """Say it until cancelled, and then that it stops. A folder that anybody may read is warned of at the start."""
        for name, folder in self._folders.items():
            if open_to_others(folder):
                log.warning("folder_open_to_others", folder=name)
        try:
            while True:
                await self._try_to_say()
                await asyncio.sleep(EVERY.total_seconds())
        finally:
            async with self._database.transaction() as connection:
                await running.worker_stopped(connection, self._name)

    async def say(self) -> None:
        """The worker runs, and this is how its folders are; what is new of them is logged."""
        wrong = {name: why for name, folder in self._folders.items() if (why := why_not_writable(folder))}
        for name, why in wrong.items():
            if self._told.get(name) != why:
                log.error("folder_not_writable", folder=name, error=why)
        self._told = wrong
        async with self._database.transaction() as connection:
            await running.worker_seen(connection, self._name, wrong)

    async def _try_to_say(self) -> None:
        try:
            await self.say()
            if self._away.ends():
                log.info("worker_seen")
        except (OSError, DBAPIError) as error:
            if self._away.begins():
                log.warning("worker_not_seen", error=type(error).__name__)
