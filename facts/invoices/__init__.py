"""Invoices and credit notes, stored with everything that begins with them."""
