"""The fifteen acceptance cases of the practice, each lived by one or two of the demo's people."""
