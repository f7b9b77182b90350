"""What a debtor agreed to: promises to pay, instalment plans, direct debit."""
