"""How fast Renvoi is beside a reference that runs in the same minutes. `python -m tools.bench`; `make bench`."""
