"""Every report by its name: a new one is its spec and a line here."""

from collections.abc import Mapping
from typing import Final

from views.reports.agreements import AGREED, DISPUTED
from views.reports.automated_decisions import AUTOMATED
from views.reports.channels import CHANNELS
from views.reports.churn import CHURN
from views.reports.contacts_add import CONTACTS_ADD
from views.reports.content_read import CONTENT_READ
from views.reports.goals import GOALS_REACHED
from views.reports.hand_offs import FEES, HAND_OFFS_AVOIDED, HANDED_OFF
from views.reports.receivables import AGEING, DSO, EFFECTIVENESS, FORECAST, ROLL_RATES, WRITE_OFFS
from views.reports.report import ReportSpec
from views.reports.rising_reasons import RISING
from views.reports.staffing import STAFFING
from views.reports.steps import EFFORT, STEPS
from views.reports.time_thieves import CONTACTS, KEPT, THIEVES, UNMATCHED_MONEY
from views.reports.what_comes_in import ANSWERS, PROPOSALS

REPORTS: Final[Mapping[str, ReportSpec]] = {
    spec.name: spec
    for spec in (
        GOALS_REACHED,
        *(AGEING, DSO, EFFECTIVENESS, ROLL_RATES, FORECAST, WRITE_OFFS),
        *(STEPS, CONTACTS_ADD, CHANNELS, CONTENT_READ, EFFORT, AGREED, DISPUTED),
        *(FEES, HANDED_OFF, HAND_OFFS_AVOIDED, CONTACTS, RISING, STAFFING, ANSWERS, PROPOSALS),
        *(THIEVES, UNMATCHED_MONEY, KEPT, CHURN, AUTOMATED),
    )
}
