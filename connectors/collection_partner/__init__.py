"""What a collection partner is given."""
