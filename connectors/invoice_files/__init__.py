"""Invoices and credit notes that billing systems leave in files."""
