"""Every way to pay is known by its name, and has words in every language."""

import pytest

from config.settings import SettingsError, read
from messages.languages import every_locale
from web.payment_methods.registry import METHODS, payment_methods


def test_every_way_to_pay_has_its_name_and_its_words() -> None:
    methods = payment_methods()
    assert [method.name for method in methods] == list(METHODS)
    for method in methods:
        for way in method.ways:
            assert way.words.keys() == set(every_locale())
            assert all("{amount}" in words.pay for words in way.words.values())


def test_a_setting_that_is_not_understood_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURR_VIPPS_API_BASE", "api.vipps.no")
    with pytest.raises(SettingsError, match="PURR_VIPPS_API_BASE"):
        read(METHODS["vipps"])
