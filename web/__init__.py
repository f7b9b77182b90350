"""The web doors: billing API, webhooks and the invoice page."""
