"""The outside world: providers of email, SMS and letters, payment sources, behind small protocols."""
