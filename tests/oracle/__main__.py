"""Live through any number of random debtors and count what was done wrong, by rule: `python -m tests.oracle 20000 SE`.

On every processor at once. Most debtors have one invoice or two, as in a creditor's book, and one in twenty has ten.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from tests.oracle.debtors import live
from tests.oracle.reading import faults

SHOWN = 5  # of each rule
SHARE = 250  # debtors at a time
INVOICES = (1,) * 10 + (2,) * 6 + (3, 3, 4, 10)


def main(debtors: int, country: str) -> int:
    """Print each rule that was broken, how often and for whom first; gives how often in all."""
    broken: Counter[str] = Counter()
    messages = seen = 0
    shares = [range(first, min(first + SHARE, debtors)) for first in range(0, debtors, SHARE)]
    with ProcessPoolExecutor() as processes:
        for share, (told, found) in zip(shares, processes.map(judge, shares, [country] * len(shares)), strict=True):
            seen, messages = seen + len(share), messages + told
            for seed, fault in found:
                rule = fault.partition(":")[0]
                broken[rule] += 1
                if broken[rule] <= SHOWN:
                    print(f"debtor {seed}: {fault}")
            print(f"{seen} debtors, {messages} messages, {broken.total()} faults", file=sys.stderr)
    print(f"{country}: {debtors} debtors, {messages} messages: {dict(broken) or 'nothing wrong'}")
    return broken.total()


def judge(seeds: Sequence[int], country: str) -> tuple[int, Sequence[tuple[int, str]]]:
    """How many messages the debtors of these seeds had in a country, and each fault with the seed of its debtor."""
    lives = {seed: live(seed, country, INVOICES) for seed in seeds}
    wrong = [(seed, fault) for seed, life in lives.items() for fault in faults(life)]
    return sum(len(life.told) for life in lives.values()), wrong


if __name__ == "__main__":
    sys.exit(min(main(int(sys.argv[1]), *(sys.argv[2:] or ["NO"])), 1))
