"""Payments that banks report in files."""
