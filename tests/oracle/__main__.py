"""Live through any number of random debtors and count what was done wrong, by rule: `python -m tests.oracle 20000 SE`."""

import sys
from collections import Counter

from tests.oracle.debtors import live
from tests.oracle.reading import faults

SHOWN = 5  # of each rule


def main(debtors: int, country: str) -> int:
    """Print each rule that was broken, how often and for whom first; gives how often in all."""
    broken: Counter[str] = Counter()
    messages = 0
    for seed in range(debtors):
        life = live(seed, country)
        messages += len(life.told)
        for fault in faults(life):
            rule = fault.partition(":")[0]
            broken[rule] += 1
            if broken[rule] <= SHOWN:
                print(f"debtor {seed}: {fault}")
        if seed % 500 == 499:
            print(f"{seed + 1} debtors, {messages} messages, {broken.total()} faults", file=sys.stderr)
    print(f"{country}: {debtors} debtors, {messages} messages: {dict(broken) or 'nothing wrong'}")
    return broken.total()


if __name__ == "__main__":
    sys.exit(min(main(int(sys.argv[1]), *(sys.argv[2:] or ["NO"])), 1))
