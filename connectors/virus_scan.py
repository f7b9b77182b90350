"""A look for viruses by clamd, where there is one: who cannot be asked says nothing, so that nothing unscanned is kept."""

from io import BytesIO

import structlog
from clamav_client.clamd import ClamdError, ClamdNetworkSocket, ClamdUnixSocket

log = structlog.get_logger()

WITHIN = 20  # seconds


class ScannerAway(Exception):
    """The scanner cannot be asked, or does not answer."""


class Scanner:
    """clamd at `unix:PATH` or HOST:PORT."""

    def __init__(self, address: str) -> None:
        if address.startswith("unix:"):
            self._clamd: ClamdNetworkSocket = ClamdUnixSocket(address.removeprefix("unix:"), WITHIN)
        else:
            host, _, port = address.rpartition(":")
            self._clamd = ClamdNetworkSocket(host, int(port), WITHIN)

    def finds_something(self, content: bytes) -> bool:
        """Whether a file is known to be harmful. It waits for the network: never in the event loop. Raises ScannerAway."""
        try:
            state, found = self._clamd.instream(BytesIO(content)).get("stream", ("", None))
        except (ClamdError, OSError, ValueError) as error:  # what it says may be no text
            log.warning("scanner_away", reason=type(error).__name__)
            raise ScannerAway("the scanner does not answer") from error
        if state == "FOUND":
            log.warning("attachment_refused", reason=found)
        elif state != "OK":
            raise ScannerAway("the scanner gave no verdict")
        return state == "FOUND"
