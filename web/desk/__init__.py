"""The desk: where customer service and credit control see everything of a case and act on it."""
