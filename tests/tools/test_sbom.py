"""The check of licences notices a package that names none, or one that does not allow Renvoi to be passed on."""

from typing import Any

import pytest

from tools.sbom import READ, refused


def component(*choices: dict[str, Any], name: str = "some-package") -> dict[str, Any]:
    return {"name": name, "version": "1.0", "licenses": list(choices)}


@pytest.mark.parametrize(
    "choices",
    [
        [{"license": {"id": "MIT"}}],
        [{"expression": "Apache-2.0 OR BSD-3-Clause"}],
        [{"expression": "MPL-2.0 AND (MIT OR ISC)"}],
        [{"license": {"name": "declared license of 'some-package'"}}, {"license": {"id": "BSD-2-Clause"}}],
    ],
)
def test_free_licence_is_allowed(choices: list[dict[str, Any]]) -> None:
    assert list(refused([component(*choices)])) == []


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ([], "some-package names no licence: read it, and add it to READ."),
        ([{"license": {"id": "AGPL-3.0-only"}}], "some-package: AGPL-3.0-only is not allowed."),
        ([{"expression": "MIT AND SSPL-1.0"}], "some-package: MIT AND SSPL-1.0 is not allowed."),
        ([{"license": {"name": "Proprietary"}}], "some-package: Proprietary is not allowed."),
    ],
)
def test_missing_or_other_licence_is_refused(choices: list[dict[str, Any]], sentence: str) -> None:
    assert list(refused([component(*choices)])) == [sentence]


def test_package_whose_licence_was_read_is_allowed() -> None:
    assert list(refused([component(name=name) for name in READ])) == []
