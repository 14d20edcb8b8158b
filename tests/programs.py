"""Skips a test whose program is not installed, and fails it on CI, where every program can be installed.

A test names what it needs with `@pytest.mark.needs("nginx")`, or calls `require`. The names are those of
`tools.programs.PROGRAMS`; `make programs` installs them.
"""

import pytest

from tools.programs import PROGRAMS, is_on_ci


def require(name: str) -> None:
    """Skips the running test where the program is missing; fails it on CI."""
    program = PROGRAMS[name]
    if program.is_installed:
        return
    reason = f"{name} is not installed (on Debian: {program.packages}; make programs)"
    if is_on_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def require_marked(item: pytest.Item) -> None:
    """The same for all that the test's marks name."""
    for mark in item.iter_markers("needs"):
        for name in mark.args:
            require(name)
