"""The commands that read what was recorded: the ledger of answers, and the history of changes."""
