"""Sign-in by the OpenID Connect provider."""
