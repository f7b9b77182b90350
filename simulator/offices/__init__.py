"""Bank, centres, offices and systems around the cases."""
