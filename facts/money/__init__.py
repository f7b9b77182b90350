"""The ledger, payments, and the files and providers that they come from."""
