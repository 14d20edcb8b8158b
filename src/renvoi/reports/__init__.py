"""Projections of the ledger: figures that can be dropped and rebuilt from its entries."""
