"""What the API answers about visitors: simulated ones, golden ones, and the ledger's entries of real ones."""
