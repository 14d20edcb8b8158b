"""Findings about the coverage: what staff may have overlooked in a routing table, as a pure function of it and the day.

See docs/adr/0050.
"""
