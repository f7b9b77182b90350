"""For billing systems: the cases of a creditor through Temporal. One module, which stands alone."""
