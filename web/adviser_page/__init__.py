"""The adviser's page: whoever stands in for debtors proves it by a code, and asks for each of them."""
