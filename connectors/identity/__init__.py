"""Who somebody is, as a provider of electronic identities tells."""
