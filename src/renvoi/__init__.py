"""Renvoi sends each prospect from outside a telephony provider's coverage to the partner who serves their country."""

__version__ = "0.1.0"
