"""stripe-mock as a server for tests: Stripe's own mock of its API, which checks every parameter."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tools.setup import SetupError
from tools.stripe_mock import stripe_mock


@contextmanager
def stripe_mock_server() -> Iterator[str]:
    """Where stripe-mock listens; the test is skipped where it can neither be found nor built."""
    try:
        program = stripe_mock()
    except SetupError as missing:
        pytest.skip(str(missing))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen((program, "-http", "-port", str(port)), stdout=subprocess.DEVNULL) as server:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
        server.terminate()
