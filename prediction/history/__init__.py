"""What happened, as columns: a past that may be read as of any moment, from Purr's own facts or another system's."""
