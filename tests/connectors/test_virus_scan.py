"""clamd is asked over its own protocol (INSTREAM); who does not answer has not said that a file is harmless."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors import virus_scan
from connectors.virus_scan import Scanner, ScannerAway

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd(socketserver.StreamRequestHandler):
    """A session with clamd: a command to the end of its line, chunks with their lengths before them, and the verdict."""

    def handle(self) -> None:
        if self.rfile.readline() != b"nINSTREAM\n":
            self.wfile.write(b"UNKNOWN COMMAND\n")
            return
        content = b""
        while length := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
        self.wfile.write(self.verdict(content))

    def verdict(self, content: bytes) -> bytes:
        return b"stream: Eicar-Test-Signature FOUND\n" if EICAR in content else b"stream: OK\n"


class Odd(Clamd):
    """One that cannot look."""

    def verdict(self, content: bytes) -> bytes:
        return {
            b"error": b"stream: Can't allocate memory ERROR\n",
            b"silence": b"",
            b"babble": b"\xff\xfe\n",
            b"limit": b"INSTREAM size limit exceeded. ERROR\n",
        }[content]


class Asleep(Clamd):
    """One that never says a word."""

    def handle(self) -> None:
        self.rfile.read(1 << 30)


@contextmanager
def clamd(kind: type[Clamd] = Clamd) -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield "{}:{}".format(*server.server_address)
        finally:
            server.shutdown()


def test_a_harmless_file_passes_and_a_known_virus_is_found() -> None:
    with clamd() as address:
        scanner = Scanner(address)
        assert [scanner.finds_something(each) for each in (b"hei", b"", EICAR, b"x" * 100_000 + EICAR)] == [
            False,
            False,
            True,
            True,
        ]


def test_over_its_socket_on_the_same_machine_it_is_the_same(tmp_path: Path) -> None:
    place = str(tmp_path / "clamd.ctl")
    with socketserver.ThreadingUnixStreamServer(place, Clamd) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        assert Scanner(f"unix:{place}").finds_something(EICAR)
        server.shutdown()


@pytest.mark.parametrize("said", [b"error", b"silence", b"babble", b"limit"])
def test_whatever_is_no_verdict_is_no_leave(said: bytes) -> None:
    with clamd(Odd) as address, pytest.raises(ScannerAway):
        Scanner(address).finds_something(said)


def test_one_that_is_not_there_or_says_nothing_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virus_scan, "WITHIN", 0.2)
    with pytest.raises(ScannerAway):
        Scanner("127.0.0.1:1").finds_something(b"hei")
    with clamd(Asleep) as address, pytest.raises(ScannerAway):
        Scanner(address).finds_something(b"hei")
