"""The alert rules read the metrics that there are, and each fires when what it tells of has happened, and not before."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest_asyncio
import yaml
from prometheus_client.parser import text_string_to_metric_families

from config.settings import Settings
from facts.database import Database
from facts.operations import running
from tests.facts.builders import NOON, Facts, facts_in
from tests.world import laws_for_years_to_come
from tools.setup import ROOT
from web.app import create_app

RULES = {
    rule["alert"]: rule
    for group in yaml.safe_load((ROOT / "config" / "deploy" / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
}
EXPRESSION = re.compile(
    r'(?P<metric>purr_\w+)(\{(?P<label>\w+)="(?P<value>[\w-]+)"\})? (?P<sign>==|<|>) (?P<limit>\d+)'
)
ABSENT = re.compile(r"absent\((purr_\w+)\)")
AGO = "clock_timestamp() - interval '5 days'"
FLAG = "update dunning_case set flag = '{}'"
WEBHOOK = f"""
with endpoint as (insert into webhook_endpoint (id, creditor_id, url, events, secret_version, happened_at)
  values (gen_random_uuid(), 'acme', 'https://acme.example', '[]', 1, now()) returning id)
insert into webhook_message (id, endpoint_id, type, state, attempts, ready_at, happened_at, recorded_at)
select '{{0}}', id, 'case.closed', '{{0}}', 1, now(), {AGO}, {AGO} from endpoint"""
JOB = f"insert into job_run (job, done_at) values ('{{}}', {AGO}) on conflict (job) do update set done_at = excluded.done_at"
HAPPENS = {
    "PurrWorkerLost": f"insert into worker_process (name, seen_at) values ('host/9', {AGO})",
    "PurrNoWorker": "delete from worker_process",
    "PurrMessagesUnsent": """
        update delivery set state = 'unavailable', accepted_at = null, first_unavailable_at = claimed_at - interval '1 hour';
        update dunning_case set next_kind = 'deliver', next_step = 'reminder-0', next_channel = 'letter'""",
    "PurrTemplateRefused": "update delivery set refused_template = 'HX1', failed_at = claimed_at",
    "PurrFolderNotWritable": """insert into worker_process (name, seen_at, folders)
        values ('host/2', now(), '{"letters": "No space left on device"}')""",
    "PurrJobFailed": "update job_run set failed_at = now(), failure = 'OSError'",
    "PurrHourlyJobsNotDone": JOB.format("sweep"),
    "PurrDailyJobsNotDone": JOB.format("export_hand_offs"),
    "PurrDirectDebitNotDone": JOB.format("plan_claims"),
    "PurrBankFilesNotWatched": JOB.format("arrived_bank_files"),
    "PurrNewsWaits": f"""insert into outbox (case_id, signal, seq, attempts, ready_at, happened_at, recorded_at)
        select id, 'woken', 1, 0, now(), now(), {AGO} from dunning_case""",
    "PurrNewsSetAside": """insert into outbox (case_id, signal, seq, attempts, ready_at, happened_at, dead_at)
        select id, 'woken', 1, 30, now(), now(), now() from dunning_case""",
    "PurrCasesOverdue": f"update dunning_case set next_at = '{NOON}'::timestamptz - interval '1 hour'",
    "PurrCasesNotRunning": FLAG.format("not running"),
    "PurrCasesStuck": FLAG.format("stuck"),
    "PurrCasesBroken": FLAG.format("invariant broken"),
    "PurrAmbiguousDeliveries": "update delivery set state = 'claimed', claimed_at = claimed_at - interval '1 hour'",
    "PurrStopped": """insert into stop_switch (scope, key, by, reason_code, happened_at)
        values ('everything', '', 'anne', 'trouble', now())""",
    "PurrApprovalsOverdue": FLAG.format("approval overdue"),
    "PurrWebhooksLate": WEBHOOK.format("pending"),
    "PurrWebhooksGivenUp": WEBHOOK.format("failed"),
}
"""What happens, in the facts."""


@dataclass
class Scraped:
    """A page of metrics, read as Prometheus reads it."""

    page: str

    def samples(self) -> Iterator[tuple[str, dict[str, str], float]]:
        """Name, labels and value of each number."""
        for family in text_string_to_metric_families(self.page):
            yield from ((sample.name, sample.labels, sample.value) for sample in family.samples)

    def fires(self, alert: str) -> bool:
        """Whether a rule holds for any number."""
        written = RULES[alert]["expr"]
        if absent := ABSENT.fullmatch(written):
            return all(name != absent[1] for name, *_ in self.samples())
        rule = EXPRESSION.fullmatch(written)
        assert rule, written
        values = [
            value
            for name, labels, value in self.samples()
            if name == rule["metric"] and (rule["label"] is None or labels[rule["label"]] == rule["value"])
        ]
        limit = float(rule["limit"])
        return any({"==": value == limit, "<": value < limit, ">": value > limit}[rule["sign"]] for value in values)

    def firing(self) -> set[str]:
        """All that fire."""
        return {alert for alert in RULES if self.fires(alert)}


@pytest_asyncio.fixture
async def facts(postgres_url: str) -> AsyncIterator[Facts]:
    """A case with a dozen messages that were sent, under a worker that runs and does its jobs."""
    async with facts_in(postgres_url, "alerts") as facts:
        await facts.creditor("acme")
        case = await facts.case()
        for number in range(12):
            await facts.delivery(case, step=f"reminder-{number}")
        async with facts.database.transaction() as connection:
            await running.worker_seen(connection, "host/1", {})
            for job in ("sweep", "export_hand_offs", "plan_claims", "arrived_bank_files"):
                await running.job_done(connection, job)
        yield facts


async def scraped(settings: Settings, database: Database) -> Scraped:
    transport = httpx.ASGITransport(create_app(settings, database, laws_for_years_to_come()))
    async with httpx.AsyncClient(transport=transport, base_url="https://purr.example") as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    return Scraped(answer.text)


async def test_each_rule_fires_when_it_has_happened_and_not_before(facts: Facts, web_settings: Settings) -> None:
    before = await scraped(web_settings, facts.database)
    assert before.firing() == {"PurrTemporalAway"}  # no server is there in these tests
    for alert, what in HAPPENS.items():
        assert not before.fires(alert), alert
        for statement in what.split(";"):
            await facts.change(statement)
        before = await scraped(web_settings, facts.database)
        assert before.fires(alert), alert


async def test_without_a_database_the_page_says_so_and_nothing_of_the_facts(web_settings: Settings) -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    page = await scraped(web_settings, database)
    await database.close()
    assert page.firing() == {"PurrDatabaseAway", "PurrTemporalAway"}
    told = {name for name, *_ in page.samples()}
    assert "purr_outbox_waiting" not in told
    assert "purr_workers" not in told


def test_a_page_that_is_not_there_is_told_of_too() -> None:
    assert Scraped("").firing() == {"PurrNotScraped"}


def test_every_rule_is_fired_here_and_says_what_to_do() -> None:
    assert RULES.keys() - HAPPENS.keys() == {"PurrNotScraped", "PurrDatabaseAway", "PurrTemporalAway"}
    for rule in RULES.values():
        told: dict[str, Any] = rule
        assert told.keys() <= {"alert", "expr", "for", "annotations"}
        assert re.fullmatch(r"\d+[mh]", told.get("for", "1m"))
        assert len(told["annotations"]["summary"]) > 20
