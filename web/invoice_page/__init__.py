"""The page behind the link in every message, and its forms."""
