"""What a credit manager reads: each report has columns with units, rows, a sentence, and its formula in docs/reports.md."""
