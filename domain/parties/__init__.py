"""Debtors and creditors: who may change what is known of them, and what their own words mean."""
