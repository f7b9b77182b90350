"""The outside world that is no way to reach a debtor: files, payment providers, partners, signed links."""
