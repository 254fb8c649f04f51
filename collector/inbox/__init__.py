"""From the broker into the ledger: commit, then acknowledge, then the receipt. Holds no page."""
