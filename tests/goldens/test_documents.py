"""What is said to debtors, creditors and collection partners stays the same, character by character."""

from difflib import unified_diff
from pathlib import Path

import pytest

from tests.goldens.record_documents import FOLDER, HOW, documents


async def test_every_document_is_what_it_was(postgres_url: str, tmp_path: Path) -> None:
    now = await documents(postgres_url, tmp_path)
    kept = {file.name: file.read_text("utf-8") for file in FOLDER.iterdir()}
    differs = [
        line
        for name in sorted(kept | now)
        for line in unified_diff(
            kept.get(name, "").splitlines(), now.get(name, "").splitlines(), name, name, lineterm="", n=1
        )
    ]
    advice = f"documents differ; where that is wanted, record them anew with `{HOW}` and read `git diff`:"
    if differs:
        pytest.fail("\n".join([advice, *differs[:80]]), pytrace=False)
