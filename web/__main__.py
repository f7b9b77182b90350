"""`python -m web` serves the web app where the settings say, and waits for nobody for long."""

import sys

import uvicorn

from config.logs import configure_logs
from config.settings import Settings, SettingsError, read_settings
from domain.located_yaml import FileError
from web.app import create_app
from web.patience import Patient


def serving(settings: Settings) -> uvicorn.Config:
    """How the web app is served. Raises SettingsError or FileError."""
    return uvicorn.Config(
        create_app(settings),
        host=settings.web_host,
        port=settings.web_port,
        http=Patient,
        log_config=None,
        access_log=False,
    )


def main() -> None:
    """Serve until told to stop; what stands in the way is one sentence."""
    try:
        settings = read_settings()
        configure_logs(settings)
        server = uvicorn.Server(serving(settings))
    except (SettingsError, FileError) as error:
        sys.exit(str(error))
    server.run()


if __name__ == "__main__":
    main()
