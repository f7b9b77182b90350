"""Which debtors of a creditor that goes live are in.

It follows from the creditor, the debtor and the percentage alone: it is the same in every run and for all of a debtor's
invoices, and who was in stays in as the ramp grows.
"""


def place_of(creditor: str, debtor: str) -> str:
    """SQL: a debtor's place on its creditor's ramp, 0 to 99: it is in where more of a hundred are. Never to be changed."""
    digest = f"encode(sha256(convert_to({creditor} || '/' || {debtor}, 'UTF8')), 'hex')"
    return f"(('x' || left({digest}, 8))::bit(32)::bigint % 100)"


def outside_ramp(creditor: str, debtor: str) -> str:
    """SQL: how many of a hundred debtors are in where this one is not; null where it is.

    Both are given with their table: alone, `creditor_id` would be that of any ramp.
    """
    latest = f"select percent from creditor_ramp where creditor_id = {creditor} order by id desc limit 1"
    return f"""(select r.percent from ({latest}) r
    where {place_of(creditor, debtor)} >= r.percent)"""
