"""Signing in by OpenID Connect, with a real provider: a process of the package oidc-provider-mock."""
