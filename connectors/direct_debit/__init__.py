"""Direct debit: files to and from the centres that draw money for creditors."""
