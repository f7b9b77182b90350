"""Commands about what debtors say."""
