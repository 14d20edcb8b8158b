"""Sign-in by OpenID Connect: the exchange with the provider, what it says of a person, and the account it leads to."""
