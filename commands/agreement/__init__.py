"""Commands about what is agreed with a debtor: promises to pay and instalment plans."""
