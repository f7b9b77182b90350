"""The page of settings is what the settings are."""

import re

from config.settings import Settings, variable
from tools.settings_page import PAGE, page


def test_the_page_tells_of_the_settings_of_today() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m tools.settings_page"


def test_every_setting_has_a_meaning_and_a_reader_and_no_secret_shows_a_default() -> None:
    told = PAGE.read_text(encoding="utf-8")
    rows = {row[0]: row[1:] for row in re.findall(r"^\| `(PURR_\w+)` \| (.*) \| (.*) \| (.*) \|$", told, re.MULTILINE)}
    assert {variable(name) for name in Settings.model_fields} <= rows.keys()
    assert all(meaning.strip() and readers for meaning, _, readers in rows.values())
    assert rows["PURR_LINK_SECRETS"][0].endswith("*(secret, required)*")
    assert rows["PURR_WEB_PORT"][1] == "`8000`"
    assert {default for meaning, default, _ in rows.values() if "*(secret" in meaning} == {""}
