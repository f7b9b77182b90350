"""What anybody reads: status, invoice page, reports. Nothing here changes a fact."""
