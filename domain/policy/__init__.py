"""Policies: the dunning plan as data, read from its text and checked."""
