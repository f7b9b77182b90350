"""A past with planted truths, for whoever learns and for whoever judges what was learned: same seed, same bytes."""
