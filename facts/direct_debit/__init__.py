"""Mandates and claims."""
