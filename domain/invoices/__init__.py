"""Invoices and credit notes as they come in."""
