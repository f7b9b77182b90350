"""The environment is read whole, complained about whole, and never shown."""

import re

import pytest

from config.settings import REQUIRED_IN_PRODUCTION, Settings, SettingsError, read_settings, variable

COMPLETE = {
    "PURR_ENVIRONMENT": "production",
    "PURR_DATABASE_URL": "postgresql+psycopg://purr:word@facts/purr",
    "PURR_PUBLIC_URL": "https://pay.example.com",
    "PURR_SENDGRID_API_KEY": "SG.key",
    "PURR_SENDGRID_PUBLIC_KEY": "MFkwEw==",
    "PURR_EMAIL_SENDER": "invoice@example.com",
    "PURR_TWILIO_ACCOUNT_SID": "AC0",
    "PURR_TWILIO_AUTH_TOKEN": "token",
    "PURR_TWILIO_SMS_FROM": "+4790000000",
    "PURR_LINK_SECRETS": f"{'a' * 32}, {'b' * 32}",
    "PURR_PAYMENT_WEBHOOK_SECRETS": "acme:whsec_bmV3 acme:whsec_b2xk, beta:whsec_YmV0YQ==",
}


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(variable(field), raising=False)


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)


def test_embedded_needs_nothing() -> None:
    assert read_settings().environment == "embedded"


@pytest.mark.usefixtures("production")
def test_production_starts_when_everything_is_given() -> None:
    assert read_settings().environment == "production"


def test_production_names_every_missing_variable_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURR_ENVIRONMENT", "production")
    with pytest.raises(SettingsError) as error:
        read_settings()
    assert set(re.findall(r"PURR_[A-Z_]+", str(error.value))) == set(map(variable, REQUIRED_IN_PRODUCTION))


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("field", REQUIRED_IN_PRODUCTION)
def test_an_empty_variable_is_a_missing_one_in_production(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable(field), "")
    with pytest.raises(SettingsError, match=variable(field)):
        read_settings()


@pytest.mark.usefixtures("production")
def test_lists_are_split_at_commas_and_spaces_in_order() -> None:
    settings = read_settings()
    assert [secret.get_secret_value() for secret in settings.link_secrets] == ["a" * 32, "b" * 32]


@pytest.mark.usefixtures("production")
def test_the_secrets_of_payment_sources_belong_to_their_creditors() -> None:
    by_creditor = read_settings().payment_webhook_secrets
    assert {creditor: [secret.get_secret_value() for secret in of] for creditor, of in by_creditor.items()} == {
        "acme": ["whsec_bmV3", "whsec_b2xk"],
        "beta": ["whsec_YmV0YQ=="],
    }


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("unbound", ["whsec_bmV3", "acme:whsec_bmV3 whsec_b2xk", ":whsec_bmV3", "acme:"])
def test_a_secret_that_is_no_creditors_is_refused_with_what_to_write(
    unbound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PURR_PAYMENT_WEBHOOK_SECRETS", unbound)
    with pytest.raises(SettingsError, match=r"PURR_PAYMENT_WEBHOOK_SECRETS: .*CREDITOR:SECRET") as error:
        read_settings()
    assert "whsec_b" not in str(error.value)


@pytest.mark.usefixtures("production")
def test_secrets_show_neither_in_print_nor_in_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "SG.key" not in repr(read_settings())
    monkeypatch.setenv("PURR_LINK_SECRETS", "too-short-to-sign")
    with pytest.raises(SettingsError, match="PURR_LINK_SECRETS") as error:
        read_settings()
    assert "too-short-to-sign" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PURR_WEB_PORT", "70000"),
        ("PURR_SMS_PER_SECOND", "0"),
        ("PURR_PUBLIC_URL", "https://pay.example.com/"),
        ("PURR_ENVIRONMENT", "staging"),
        ("PURR_LOG_FORMAT", "xml"),
    ],
)
def test_a_value_that_is_not_understood_is_refused_by_name(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PURR_TEMPORAL_ADDRESS", "foo:bar"),
        ("PURR_TEMPORAL_ADDRESS", "7233"),
        ("PURR_TEMPORAL_ADDRESS", "http://127.0.0.1:7233"),
        ("PURR_TEMPORAL_ADDRESS", "host:70000"),
        ("PURR_TEMPORAL_ADDRESS", "host:"),
        ("PURR_DATABASE_URL", "secret place"),
        ("PURR_DATABASE_URL", "mysql://secret@host/purr"),
        ("PURR_DATABASE_URL", "postgresql://secret@host:port/purr"),
        ("PURR_DATABASE_URL", "postgresql://secret@host:99999/purr"),
        ("PURR_DATABASE_URL", "postgresql+psycopg://secret@host"),
    ],
)
def test_a_malformed_address_is_a_sentence_that_shows_no_secret(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=rf"{name}: .*is no (address|database URL): write ") as told:
        read_settings()
    assert "secret" not in str(told.value)


def test_a_database_behind_a_socket_or_a_port_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("postgresql+psycopg://postgres:@/postgres?host=/tmp/socket", "postgresql://purr:x@db:5433/purr"):
        monkeypatch.setenv("PURR_DATABASE_URL", url)
        assert read_settings().database_url.get_secret_value() == url


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("whose", ["IDENTITY", "DESK"])
@pytest.mark.parametrize("issuer", ["http://127.0.0.1:9400", "http://bankid.example"])
def test_production_refuses_an_identity_provider_of_a_world_on_one_machine(
    issuer: str, whose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ({"ISSUER": issuer, "CLIENT_ID": "purr", "CLIENT_SECRET": "secret"}).items():
        monkeypatch.setenv(f"PURR_{whose}_{name}", value)
    with pytest.raises(SettingsError, match=f"PURR_{whose}_ISSUER is a provider of a world on one machine"):
        read_settings()
    monkeypatch.setenv(f"PURR_{whose}_ISSUER", "https://provider.example")
    assert getattr(read_settings(), f"{whose.lower()}_issuer") == "https://provider.example"
    monkeypatch.setenv(f"PURR_{whose}_CLIENT_ID", "")
    with pytest.raises(SettingsError, match=f"PURR_{whose}_ISSUER needs PURR_{whose}_CLIENT_ID"):
        read_settings()
