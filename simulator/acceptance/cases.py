"""All fifteen acceptance cases, in the order of the practice."""

from simulator.acceptance.letters import BROKEN_PLAN, FAULTY_RUN, MIGRATED, NOT_ME, RETURNED
from simulator.acceptance.lives import ADVISER, BANKRUPTCY, DEATH, MINOR, PROTECTED
from simulator.acceptance.money import ALREADY_PAID, CHARGEBACK, LAST_DAY, OLD_KID, ONE_ACCOUNT

CASES = (
    OLD_KID, ALREADY_PAID, RETURNED, DEATH, BANKRUPTCY, MINOR, ADVISER, PROTECTED, NOT_ME, MIGRATED, FAULTY_RUN,
    ONE_ACCOUNT, LAST_DAY, CHARGEBACK, BROKEN_PLAN,
)  # fmt: skip
