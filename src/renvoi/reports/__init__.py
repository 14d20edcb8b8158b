"""Hides what the ledger adds up to: projections that can be dropped, and are made anew from its entries."""
