"""The gateway's speed against a reference that runs in the same minutes (`python -m tools.bench`, `make bench`)."""
