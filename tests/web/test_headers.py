"""Headers, cookies and fields are read as browsers write them."""

import pytest

from renvoi.web.headers import Headers, parse_cookies


def cookies(*values: bytes) -> dict[str, str]:
    return dict(parse_cookies(Headers({"headers": [(b"cookie", value) for value in values]})))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"a=1; b=2", {"a": "1", "b": "2"}),
        (b" a =\t1 ;b=2", {"a": "1", "b": "2"}),
        (b'a="1"; b=""', {"a": "1", "b": ""}),
        (b"a=1; a=2", {"a": "1"}),
        (b"a=b=c", {"a": "b=c"}),
        (b"a; =1;;", {"": "1"}),
        (b"", {}),
    ],
)
def test_cookies_of_a_header(value: bytes, expected: dict[str, str]) -> None:
    assert cookies(value) == expected


def test_first_of_a_repeated_cookie_counts_across_headers() -> None:
    assert cookies(b"a=1", b"a=2; b=3") == {"a": "1", "b": "3"}


@pytest.mark.parametrize("space", [b"\xa0", b"\x85", b"\x1c", b"\x1f", b"\x0b", b"\x0c"])
def test_name_behind_unusual_white_space_is_another_name(space: bytes) -> None:
    """A site on the same domain may set a cookie of such a name, which the browser does not take for `__Host-`."""
    assert "__Host-renvoi_country" not in cookies(space + b"__Host-renvoi_country=BR")
