"""A portfolio as it might be in life: people by plausible shares, with Purr and under the usual one email and one letter."""
