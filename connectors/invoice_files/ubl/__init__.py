"""Invoices and credit notes in UBL 2.1, as Peppol BIS Billing 3.0 and EHF write them.

One document a file, bare or inside a StandardBusinessDocument. XML from outside: no document type, no
entities, no network, bounded in bytes, whatever is in them. What is owed is PayableAmount, and
only where the document's own sums lead to it (EN 16931 BR-CO-10 to BR-CO-16). What a credit note gives is its total:
its PayableAmount tells what of it is still to be settled. The type code (UNTDID 1001) tells what a document is.
"""
