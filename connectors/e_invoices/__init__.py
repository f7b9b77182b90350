"""E-invoices that go out, in the forms of their networks."""
