"""Whole journeys in a real Chromium on a real server, each server with a data folder of its own."""

import os

import pytest

pytest.register_assert_rewrite(
    *(f"tests.browser.{name}" for name in ("manual", "manual_exports", "journeys", "phone", "pages"))
)

FULL = os.environ.get("FULL", "") not in {"", "0"}
"""Whether to test every combination, instead of those that find most."""
