"""What the collection partner says of the cases that it has."""
