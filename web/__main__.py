"""`python -m web` serves the web app where the settings say, and waits for nobody for long."""

import uvicorn

from config.logs import configure_logs
from config.settings import Settings, read_settings
from web.app import create_app
from web.patience import Patient


def serving(settings: Settings) -> uvicorn.Config:
    """How the web app is served. Raises LawError or PolicyError."""
    return uvicorn.Config(
        create_app(settings),
        host=settings.web_host,
        port=settings.web_port,
        http=Patient,
        log_config=None,
        access_log=False,
    )


def main() -> None:
    """Serve until told to stop. Raises SettingsError, LawError or PolicyError."""
    settings = read_settings()
    configure_logs(settings)
    uvicorn.Server(serving(settings)).run()


if __name__ == "__main__":
    main()
