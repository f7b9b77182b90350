"""What carries stored facts outwards: news to cases, webhooks to creditors, and the end of the law to people."""
