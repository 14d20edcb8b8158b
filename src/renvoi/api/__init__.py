"""The REST API at /api/v1: what staff do in the console, for programs. See docs/api.md."""
