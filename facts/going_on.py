"""Which cases go on, for every list and count: one that has ended may be open until its last word to the debtor has left."""

GOES_ON = "c.state = 'open' and c.outcome is null"
"""Of a case `c`: something is still wanted of its debtor."""
