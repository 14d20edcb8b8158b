"""Wishes: visitors from a country without a partner who would use the service, as counts. Nothing else of them."""
