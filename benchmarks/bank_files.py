"""Bank files: transactions a second on one core, beside the plainest other reader, and memory for a long file."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import netsgiro
from lxml import etree

from connectors.bank_files import reader

TRANSACTIONS = 20_000
ROUNDS = 3
LONG_FILE = 100_000_000  # bytes
SHORT_FILE = 5_000_000

_ACCOUNT = "99991042764"
_BATCH = 1000  # transactions in an assignment, and in an entry
_CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"


def ocr_giro() -> dict[str, float]:
    """OCR giro beside netsgiro, both over the same file, in CPU time."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ocr"
        _write(path, _Ocr(), TRANSACTIONS)
        return _beside(
            lambda: _exhaust(reader.payments(path)),
            lambda: netsgiro.parse(path.read_text("latin-1")),
            "netsgiro",
            goal=5,
        )


def camt() -> dict[str, float]:
    """camt.054 beside a pass of lxml that reads nothing but amounts and references."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "camt"
        _write(path, _Camt(), TRANSACTIONS)
        return _beside(lambda: _exhaust(reader.payments(path)), lambda: _bare_camt(path), "bare_pass", goal=0.7)


def memory() -> dict[str, float]:
    """The most memory that a process needs for a short and for a long file, in MB, of each format."""
    figures: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        for name, pieces in (("ocr", _Ocr()), ("camt", _Camt())):
            for size, words in ((SHORT_FILE, "short"), (LONG_FILE, "long")):
                _write(path, pieces, size // len(pieces.transaction(0)))
                figures[f"{name}_{words}_file_mb"] = round(path.stat().st_size / 1e6)
                figures[f"{name}_{words}_memory_mb"] = _peak(path)
    return figures


class _Pieces(Protocol):
    """The pieces of a generated file."""

    def transaction(self, number: int) -> str:
        """One transaction."""
        ...

    def file(self, transactions: int) -> Iterator[str]:
        """The whole file."""
        ...


class _Ocr(_Pieces):
    """An OCR giro file: 1,000 transactions an assignment."""

    def transaction(self, number: int) -> str:
        sequence = number % _BATCH + 1
        return (
            f"NY091030{sequence:07}20112613201014640{_cents(number):017}{number:>25}000000\n"
            f"NY091031{sequence:07}{number:010}{number:09}000000020112699990512341{0:022}\n"
        )

    def file(self, transactions: int) -> Iterator[str]:
        records, total = 2, 0
        yield "NY000010000080800170031000102".ljust(80, "0") + "\n"
        for start in range(0, transactions, _BATCH):
            batch = range(start, min(start + _BATCH, transactions))
            ore = sum(_cents(number) for number in batch)
            yield f"NY090020001008566{start // _BATCH:07}{_ACCOUNT}".ljust(80, "0") + "\n"
            yield from (self.transaction(number) for number in batch)
            end = f"NY090088{len(batch):08}{2 * len(batch) + 2:08}{ore:017}201126201126201126"
            yield end.ljust(80, "0") + "\n"
            records, total = records + 2 * len(batch) + 2, total + ore
        yield f"NY000089{transactions:08}{records:08}{total:017}201126".ljust(80, "0") + "\n"


class _Camt(_Pieces):
    """A camt.054 with batches of 1,000 transactions, each with what Norwegian banks send."""

    def transaction(self, number: int) -> str:
        amount = f'<Amt Ccy="NOK">{_kroner(_cents(number))}</Amt>'
        address = "<PstlAdr><StrtNm>Storgata 1</StrtNm><PstCd>0155</PstCd><TwnNm>Oslo</TwnNm><Ctry>NO</Ctry></PstlAdr>"
        return f"""
          <TxDtls>
            <Refs><AcctSvcrRef>{number:012}</AcctSvcrRef><EndToEndId>NOTPROVIDED</EndToEndId><TxId>{number}</TxId></Refs>
            {amount}<CdtDbtInd>CRDT</CdtDbtInd><AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>
            <RltdPties>
              <Dbtr><Pty><Nm>Kari Nordmann</Nm>{address}</Pty></Dbtr>
              <DbtrAcct><Id><IBAN>NO5299990512341</IBAN></Id></DbtrAcct>
              <Cdtr><Pty><Nm>Acme Kraft AS</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>NO9386011117947</IBAN></Id></CdtrAcct>
            </RltdPties>
            <RmtInf><Strd><CdtrRefInf>
              <Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{number:012}</Ref>
            </CdtrRefInf></Strd></RmtInf>
          </TxDtls>"""

    def file(self, transactions: int) -> Iterator[str]:
        yield f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{_CAMT}"><BkToCstmrDbtCdtNtfctn>'
        yield "<GrpHdr><MsgId>1</MsgId></GrpHdr><Ntfctn><Acct><Id><IBAN>NO9386011117947</IBAN></Id></Acct>"
        for start in range(0, transactions, _BATCH):
            batch = range(start, min(start + _BATCH, transactions))
            amount = _kroner(sum(_cents(number) for number in batch))
            yield f'<Ntry><Amt Ccy="NOK">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
            yield f"<BookgDt><Dt>2026-11-20</Dt></BookgDt><AcctSvcrRef>E{start}</AcctSvcrRef>"
            yield "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>VCOM</SubFmlyCd></Fmly></Domn></BkTxCd>"
            yield f"<NtryDtls><Btch><NbOfTxs>{len(batch)}</NbOfTxs></Btch>"
            yield from (self.transaction(number) for number in batch)
            yield "</NtryDtls></Ntry>"
        yield "</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"


def _bare_camt(path: Path) -> None:
    """Amount and reference of each transaction and no more, forgotten as it goes."""
    names = {"d": _CAMT}
    for _, transaction in etree.iterparse(str(path), tag=f"{{{_CAMT}}}TxDtls"):
        transaction.findtext("d:Amt", None, names)
        transaction.findtext("d:RmtInf/d:Strd/d:CdtrRefInf/d:Ref", None, names)
        transaction.clear()
        while transaction.getprevious() is not None:
            del transaction.getparent()[0]


def _beside(ours: Callable[[], Any], theirs: Callable[[], Any], name: str, *, goal: float) -> dict[str, float]:
    """Transactions a second of both, the best of some rounds in turn, and how they compare."""
    seconds = [(_seconds(ours), _seconds(theirs)) for _ in range(ROUNDS)]
    our_best, their_best = (min(times) for times in zip(*seconds, strict=True))
    return {
        "transactions_a_second": round(TRANSACTIONS / our_best),
        f"{name}_a_second": round(TRANSACTIONS / their_best),
        "ratio": round(their_best / our_best, 2),
        "goal": goal,
    }


def _seconds(work: Callable[[], Any]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _peak(path: Path) -> float:
    """The most memory of a process that examines the file and then reads its payments."""
    done = subprocess.run([sys.executable, "-m", __name__, str(path)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _write(path: Path, pieces: _Pieces, transactions: int) -> None:
    with path.open("w", encoding="ascii") as file:
        file.writelines(pieces.file(transactions))


def _exhaust(payments: Iterable[object]) -> int:
    return sum(1 for _ in payments)


def _cents(number: int) -> int:
    return 10_000 + number * 7 % 90_000


def _kroner(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _main() -> None:
    path = Path(sys.argv[1])
    found = reader.examine(path)
    if found.flags or _exhaust(reader.payments(path)) != found.transactions:
        raise SystemExit(f"{path} is not read well: {found.flags}")
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())  # getrusage tells the parent's too
    print(round(int(peak[1]) / 1000, 1) if peak else "nan")


if __name__ == "__main__":
    _main()
