"""Set a complete ledger aside, so that an empty one can begin. Nothing is ever removed from a chain."""
