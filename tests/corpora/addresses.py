"""Addresses as people and attackers write them, and what a browser makes of each (the URL Standard of WHATWG).

The addresses are the project's own. What becomes of each follows from the standard, not from a library.
"""

from collections.abc import Iterator
from typing import TypedDict
from urllib.parse import urlsplit

from tests.corpora.outside import outside_cases


class AddressCase(TypedDict, total=False):
    """One address: either `failure`, or what a browser makes of `input`."""

    input: str
    failure: bool
    href: str
    protocol: str
    username: str
    password: str
    host: str


# Typed → what a browser makes of it. Both are http or https, without credentials.
_ACCEPTED = {
    "https://alo.example": "https://alo.example/",
    "HTTPS://ALO.EXAMPLE/Inscription": "https://alo.example/Inscription",
    "https:alo.example": "https://alo.example/",
    "https:/alo.example/fr": "https://alo.example/fr",
    "https:////alo.example/fr": "https://alo.example/fr",
    "https:\\\\alo.example\\fr": "https://alo.example/fr",
    "https://alo.example\\@evil.example/": "https://alo.example/@evil.example/",
    " https://alo.example/ ": "https://alo.example/",
    "\u0000\u001fhttps://alo.example/": "https://alo.example/",
    "ht\ntps://alo.exa\tmple/\r\nfr": "https://alo.example/fr",
    "https://alo.example:443/": "https://alo.example/",
    "https://alo.example:80/": "https://alo.example:80/",
    "http://alo.example:80/": "http://alo.example/",
    "http://alo.example:0/": "http://alo.example:0/",
    "http://alo.example:00008080/": "http://alo.example:8080/",
    "http://alo.example:/fr": "http://alo.example/fr",
    "http://alo.example:65535/": "http://alo.example:65535/",
    "https://alo.example?q=1": "https://alo.example/?q=1",
    "https://alo.example#fr": "https://alo.example/#fr",
    "https://alo.example/?": "https://alo.example/?",
    "https://alo.example/#": "https://alo.example/#",
    "https://alo.example/?#": "https://alo.example/?#",
    "https://@alo.example/": "https://alo.example/",
    "https://:@alo.example/": "https://alo.example/",
    "https://alo.example/a/./b": "https://alo.example/a/b",
    "https://alo.example/a/../b": "https://alo.example/b",
    "https://alo.example/../../b": "https://alo.example/b",
    "https://alo.example/a/..": "https://alo.example/",
    "https://alo.example/a/.": "https://alo.example/a/",
    "https://alo.example/a/%2e%2E/b": "https://alo.example/b",
    "https://alo.example/.%2e/b": "https://alo.example/b",
    "https://alo.example/a//b": "https://alo.example/a//b",
    "https://alo.example/...": "https://alo.example/...",
    "https://alo.example/a%2fb": "https://alo.example/a%2fb",
    "https://alo.example/%zz%": "https://alo.example/%zz%",
    "https://alo.example/a b": "https://alo.example/a%20b",
    "https://alo.example/é": "https://alo.example/%C3%A9",
    "https://alo.example/\U0001f600": "https://alo.example/%F0%9F%98%80",
    'https://alo.example/<>"`{}|^': "https://alo.example/%3C%3E%22%60%7B%7D|%5E",
    "https://alo.example/?<>\"'`{}|^": "https://alo.example/?%3C%3E%22%27`{}|^",
    "https://alo.example/#<>\"'`{}|^": "https://alo.example/#%3C%3E%22'%60{}|^",
    "https://alo.example/'": "https://alo.example/'",
    "https://alo.example/?q=é&r=a b": "https://alo.example/?q=%C3%A9&r=a%20b",
    "https://alo.example/?a#b?c#d": "https://alo.example/?a#b?c#d",
    "https://alo.example/\u007f": "https://alo.example/%7F",
    "https://alo.example/http://evil.example": "https://alo.example/http://evil.example",
    "https://alo%2Eexample/": "https://alo.example/",
    "https://%61lo.example/": "https://alo.example/",
    "https://ALO.ÉXAMPLE/": "https://alo.xn--xample-9ua/",
    "https://bücher.example/": "https://xn--bcher-kva.example/",
    "https://BÜCHER.example/": "https://xn--bcher-kva.example/",
    "https://xn--bcher-kva.example/": "https://xn--bcher-kva.example/",
    "https://straße.example/": "https://xn--strae-oqa.example/",
    "https://日本。example/": "https://xn--wgv71a.example/",
    "https://ａｌｏ．example/": "https://alo.example/",
    "https://alo\u00ad.example/": "https://alo.example/",
    "https://alo.example./": "https://alo.example./",
    "https://a_b.example/": "https://a_b.example/",
    "https://-alo-.example/": "https://-alo-.example/",
    "https://alo!$&'()*+,;=.example/": "https://alo!$&'()*+,;=.example/",
    "https://localhost/": "https://localhost/",
    "http://127.1/": "http://127.0.0.1/",
    "http://0x7F000001/": "http://127.0.0.1/",
    "http://2130706433/": "http://127.0.0.1/",
    "http://0177.0.0.1/": "http://127.0.0.1/",
    "http://127.0.0.1./": "http://127.0.0.1/",
    "http://１２７.0.0.1/": "http://127.0.0.1/",
    "http://256/": "http://0.0.1.0/",
    "http://1.2.3.4.example/": "http://1.2.3.4.example/",
    "http://[::1]/": "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]:81/": "http://[::1]:81/",
    "http://[2001:DB8::0001]/": "http://[2001:db8::1]/",
    "http://[1:0:0:2::3]/": "http://[1:0:0:2::3]/",
    "http://[::127.0.0.1]/": "http://[::7f00:1]/",
    "http://[::ffff:1.2.3.4]/": "http://[::ffff:102:304]/",
}
# These have no host that can be parsed, or a port that there is not.
_FAILING = (
    "",
    "alo.example",
    "/fr",
    "//alo.example/",
    "?q=1",
    "#fr",
    "://alo.example/",
    "1http://alo.example/",
    "ht tp://alo.example/",
    "https://",
    "https:",
    "https:///",
    "https://?q",
    "https://#fr",
    "https://@/",
    "https://ana@/",
    "https://ana:secret@",
    "https://:443/",
    "https://alo.example:99999/",
    "https://alo.example:65536/",
    "https://alo.example:80a/",
    "https://alo.example:-1/",
    "https://alo.example:8 0/",
    "https://a b/",
    "https://a<b/",
    "https://a>b/",
    "https://a^b/",
    "https://a|b/",
    "https://a%b/",
    "https://a%20b/",
    "https://a%00b/",
    "https://a%2fb/",
    "https://a%3ab/",
    "https://a\u0000b/",
    "https://a\u007fb/",
    "https://[/",
    "https://]/",
    "https://[]/",
    "https://[::1/",
    "https://::1]/",
    "https://[::1]x/",
    "https://[:1]/",
    "https://[1::2::3]/",
    "https://[1:2:3:4:5:6:7]/",
    "https://[1:2:3:4:5:6:7:8:9]/",
    "https://[12345::]/",
    "https://[::g]/",
    "https://[::1%25eth0]/",
    "https://[::1.2.3]/",
    "https://[::1.2.3.256]/",
    "https://[v1.x]/",
    "http://256.0.0.1/",
    "http://1.2.3.4.5/",
    "http://1.2.3.08/",
    "http://0x100000000/",
    "http://4294967296/",
    "http://alo.0xg.1.2.3.256/",
    "https://xn--a\u00ad/",
    "https://\u00ad/",
)
_CREDENTIALS = (
    "https://ana@alo.example/",
    "https://ana:secret@alo.example/",
    "https://:secret@alo.example/",
    "https://alo.example@evil.example/",
    "https://alo.example:443@evil.example/",
    "https:ana@alo.example",
    "https:\\\\ana@alo.example\\",
    "https://a@b@alo.example/",
    "http://ana%40alo.example@evil.example/",
)
# Addresses to a browser, though not of a page on the Web.
_OTHER_SCHEMES = (
    "ftp://alo.example/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "javascript://alo.example/%0aalert(1)",
    "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:,https://alo.example/",
    "blob:https://alo.example/0",
    "view-source:https://alo.example/",
    "about:blank",
    "mailto:ana@alo.example",
    "tel:+15145550100",
    "sms:+15145550100",
    "ws://alo.example/",
    "wss://alo.example/",
    "gopher://alo.example/",
    "httpss://alo.example/",
    "xhttps://alo.example/",
    "urn:isbn:0",
    "x:",
    "a+b-c.d:e",
)


def address_cases() -> list[AddressCase]:
    """Each address, with the outside ones where they are present."""
    return [*_own_cases(), *outside_cases("urls.json")]


def _own_cases() -> Iterator[AddressCase]:
    for typed, href in _ACCEPTED.items():
        parts = urlsplit(href)
        yield {
            "input": typed,
            "href": href,
            "protocol": f"{parts.scheme}:",
            "username": "",
            "password": "",
            "host": parts.netloc,
        }
    for typed in _FAILING:
        yield {"input": typed, "failure": True}
    for typed in _CREDENTIALS:
        yield {"input": typed, "href": typed, "protocol": "https:", "username": "ana", "password": "", "host": "x"}
    for typed in _OTHER_SCHEMES:
        yield {"input": typed, "href": typed, "protocol": "other:", "username": "", "password": "", "host": ""}
