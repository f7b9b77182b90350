"""Which cases go on, for every list and count: one that has ended may be open until its last word to the debtor has left."""

STEP_NAMED = "split_part(next_step, '#', 1)"
"""Of a case: the name of its next step, without the number of what happened (`plan-broken#12`)."""
GOES_ON = "c.state = 'open' and c.outcome is null"
"""Of a case `c`: something is still wanted of its debtor."""
