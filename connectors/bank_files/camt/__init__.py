"""ISO 20022 statements and notifications: their XML, the payments in it, and the sums they are held against."""
