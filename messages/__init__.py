"""The words: one folder per language, one file per message and tone."""
