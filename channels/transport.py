"""One request to a provider over pooled connections, never repeated, and what its failure proves."""

import ssl
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError

from channels.outcomes import NotSent, OutcomeUnknown

CONNECT_TIMEOUT: Final = 5.0  # seconds
POOLED_CONNECTIONS: Final = 32
_TRY_LATER: Final = frozenset({408, 429, 503})


class Transport:
    """Thread-safe HTTP connections to one provider.

    The connections and the TLS context are kept, since building them costs more than a send does.
    """

    def __init__(self, timeout: float) -> None:
        """Prepare connections that wait at most `timeout` seconds for an answer."""
        self._pool = urllib3.PoolManager(
            maxsize=POOLED_CONNECTIONS,
            retries=False,
            timeout=urllib3.Timeout(connect=min(CONNECT_TIMEOUT, timeout), read=timeout),
            ssl_context=ssl.create_default_context(),
        )

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None
    ) -> urllib3.BaseHTTPResponse:
        """Give the provider's answer when it is a clear one (below 500, and not "later").

        Raises NotSent for 408, 429, 503 and a connection that never came about; OutcomeUnknown for other
        5xx and for anything that breaks once the request may have left.
        """
        try:
            answer = self._pool.request(method, url, headers=headers, body=body, redirect=False)
        except (NewConnectionError, ConnectTimeoutError) as error:
            raise NotSent(f"no connection to the provider ({type(error).__name__})") from error
        except SSLError as error:
            if _certificate_refused(error):
                raise NotSent("the provider's certificate could not be verified") from error
            raise OutcomeUnknown("the encrypted connection broke before an answer came") from error
        except HTTPError as error:
            raise OutcomeUnknown(f"no answer came after the request ({type(error).__name__})") from error
        if answer.status in _TRY_LATER:
            raise NotSent(f"the provider answered {answer.status}: later", _retry_after(answer.headers))
        if answer.status >= 500:
            raise OutcomeUnknown(f"the provider answered {answer.status}")
        return answer


def _certificate_refused(error: SSLError) -> bool:
    """Tell whether `error` came from checking the certificate, which is before anything is sent."""
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in (*error.args, error.__cause__))


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Give how long the provider asks us to wait: `Retry-After` in seconds, else SendGrid's reset time."""
    seconds = headers.get("Retry-After", "")
    if seconds.isdecimal():
        return timedelta(seconds=min(int(seconds[:9]), 86_400))
    reset = headers.get("X-RateLimit-Reset", "")
    if reset.isdecimal():
        return timedelta(seconds=min(max(int(reset[:12]) - int(time.time()), 1), 86_400))
    return None
