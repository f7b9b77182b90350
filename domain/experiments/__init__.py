"""Experiments with contacts: how many debtors one needs, what its figures say on any day, and when an arm must stop."""
