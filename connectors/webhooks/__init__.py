"""Webhooks to creditors' systems."""
