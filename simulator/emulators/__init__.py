"""Providers as they look on the wire."""
