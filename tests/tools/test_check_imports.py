"""Arrows point one way: the rule catches what breaks it."""

from pathlib import Path

import pytest

from tools.check_imports import broken_imports


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("domain/planner/planner.py", "import facts.ledger"),
        ("domain/planner/planner.py", "import sqlmodel"),
        ("domain/planner/planner.py", "from config.settings import Settings"),
        ("facts/cases/load.py", "from channels import email"),
        ("facts/money/ledger.py", "from config.settings import Settings"),
        ("messages/words.py", "from facts.ledger import balance"),
        ("channels/email.py", "import activities.deliver"),
        ("workflows/case.py", "import domain.planner"),
        ("workflows/case.py", "import structlog"),
        ("activities/cases/deliver.py", "from workflows.case import Case"),
        ("activities/cases/deliver.py", "from workflows import case"),
        ("activities/cases/deliver.py", "import config.settings"),
        ("activities/cases/deliver.py", "from composition import Parts"),
        ("composition.py", "from web.services import Services"),
        ("config/settings.py", "import facts.ledger"),
        ("domain/deep/er.py", "from ...facts import ledger"),
        ("facts/cases/load.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import web.app"),
        ("facts/cases/load.py", "def late() -> None:\n    import starter"),
        ("web/app.py", "import tests.builders"),
        ("purr_client/client.py", "from workflows import contracts"),
        ("purr_client/client.py", "import pydantic"),
        ("web/app.py", "from purr_client.client import PurrClient"),
        ("facts/parties/debtors.py", "from facts.money import ledger"),
        ("facts/money/ledger.py", "import facts.invoices.invoices"),
        ("facts/outbox.py", "from facts.cases.load import load_case"),
    ],
)
def test_an_arrow_that_points_outwards_is_found(file: str, source: str, tmp_path: Path) -> None:
    write(tmp_path / file, source)
    (broken,) = broken_imports(tmp_path)
    assert str(broken).startswith(
        f"{file}:{len(source.splitlines())}: {Path(file).with_suffix('').parts[0]} may not import "
    )


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("domain/planner/planner.py", "import decimal\nimport holidays\nfrom domain.money import Money"),
        ("domain/planner/planner.py", "from .money import Money"),
        ("facts/cases/load.py", "import sqlmodel\nfrom domain import money"),
        ("facts/parties/debtors.py", "from facts import outbox\nfrom facts.parties.contacts import ELSEWHERE"),
        ("facts/agreements/plans.py", "from facts.money import postings"),
        ("facts/migrations/env.py", "from config.settings import read_settings"),
        ("workflows/case.py", "from temporalio import workflow\nfrom workflows import contracts"),
        ("workflows/case.py", "from config.search_attributes import STEP"),
        ("activities/cases/deliver.py", "from workflows import contracts\nfrom channels.email import send"),
        ("composition.py", "import config.settings, facts.database, channels.email"),
        ("worker.py", "from composition import Parts"),
        ("worker.py", "import activities.deliver, facts.ledger, config.settings"),
        ("tests/test_all.py", "import worker"),
    ],
)
def test_an_arrow_that_points_inwards_is_fine(file: str, source: str, tmp_path: Path) -> None:
    write(tmp_path / file, source)
    assert broken_imports(tmp_path) == []


def write(file: Path, source: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source)
