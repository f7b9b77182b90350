"""The ways to reach a debtor: email, SMS, direct message and letter, each behind the same small protocol."""
