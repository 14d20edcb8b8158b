"""One function says what leads to this site: hosts, origins, targets of redirects and addresses of partners."""

from typing import Any

import pytest
from ada_url import URL

from renvoi.web.origins import OwnSite
from tests.corpora import corpus
from tests.visitor.cast import config

PUBLIC = "https://référence.example:8443"
ASCII = "xn--rfrence-byab.example"
OWN_HOSTS = [
    ASCII,
    ASCII.upper(),
    f"{ASCII}.",
    f"{ASCII}:8443",
    f"{ASCII}.:8443",
    "référence.example".encode().decode("latin-1"),
    "alias.example",
    "ALIAS.example.",
    "boreale.example",
    "go.boreale.example.",
    "10.0.0.5:8000",
    "[::ffff:10.0.0.5]",
    "localhost:8000",
    "localhost.",
    "renvoi.localhost",
    "127.0.0.1:8000",
    "[::1]:8000",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]:8000",
    "0.0.0.0:8000",
    "[::]:8000",
]
OTHER_HOSTS = [
    "",
    "evil.example",
    f"{ASCII}.evil.example",
    f"evil{ASCII}",
    "notboreale.example",
    "boreale.example.org",
    ".boreale.example",
    f"{ASCII}..",
    "localhost.evil.example",
    "localhost@evil.example",
    "10.0.0.6",
    "[::2]",
]


def site(**values: Any) -> OwnSite:
    defaults = {"public_url": PUBLIC, "allowed_hosts": "alias.example. .boreale.example 10.0.0.5:80"}
    return OwnSite(config(**(defaults | values)))


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_own_host_is_recognised_in_every_spelling(host: str) -> None:
    assert site().is_own_host(host)


@pytest.mark.parametrize("host", OTHER_HOSTS)
def test_other_host_is_not_own(host: str) -> None:
    assert not site().is_own_host(host)


def test_star_accepts_every_host_but_names_none() -> None:
    anyone = site(allowed_hosts="*")
    assert anyone.is_own_host("evil.example")
    assert not anyone.is_own_host("evil.example@")
    assert not anyone.is_own_address("partner.example", port=443)


class TestAddress:
    """An address of a partner may not lead to this Renvoi under any of its names or ports."""

    @pytest.mark.parametrize(
        "address",
        [
            "https://référence.example:8443/go/1",
            "https://référence.example/",
            "http://RÉFÉRENCE.example./",
            f"http://{ASCII}:9/",
            "https://alias.example./x",
            "https://boreale.example/",
            "https://go.boreale.example:444/",
            "http://10.0.0.5/",
            "http://0xa.5/",
            "http://[::ffff:a00:5]/",
            "http://localhost:8443/",
            "http://127.0.0.2:8000/",
            "http://2130706433:8000/",
            "http://[::ffff:7f00:1]:8000/",
            "http://foo.localhost.:8000/",
            "http://0:8000/",
        ],
    )
    def test_address_that_leads_here_is_own(self, address: str) -> None:
        url = URL(address)
        port = int(url.port or (80 if url.protocol == "http:" else 443))
        assert site().is_own_address(url.hostname, port=port, own_ports={8000})

    @pytest.mark.parametrize(
        ("host", "port"),
        [
            ("partner.example", 8443),
            ("notboreale.example", 443),
            (f"www.{ASCII}", 443),
            (f"{ASCII}.evil.example", 443),
            ("10.0.0.6", 8000),
            # Another program of this machine.
            ("127.0.0.1", 9000),
            ("localhost", 80),
        ],
    )
    def test_address_that_leads_elsewhere_is_not_own(self, host: str, port: int) -> None:
        assert not site().is_own_address(host, port=port, own_ports={8000})


class TestForm:
    """A form comes from this site's own page if the page has the public origin or that of the request."""

    @pytest.mark.parametrize(
        ("origin", "host"),
        [
            (f"https://{ASCII}:8443", ASCII),
            (f"https://{ASCII}.:8443", f"{ASCII}."),
            ("https://référence.example:8443", ""),
            ("https://alias.example", "alias.example"),
            ("https://alias.example.", "alias.example."),
            ("https://Go.Boreale.example", "go.boreale.example"),
            ("https://alias.example:8443", "alias.example:8443"),
            ("https://alias.example", "alias.example:443"),
        ],
    )
    def test_own_origin_is_accepted(self, origin: str, host: str) -> None:
        assert site().is_from_own_page(origin=origin, host=host, scheme="http")

    @pytest.mark.parametrize(
        ("origin", "host"),
        [
            ("", ASCII),
            ("null", ASCII),
            (f"https://{ASCII}", f"{ASCII}:8443"),
            (f"http://{ASCII}:8443", ASCII),
            (f"https://{ASCII}:8444", ASCII),
            ("https://evil.example", ASCII),
            ("https://alias.example", "boreale.example"),
            ("https://a.boreale.example", "b.boreale.example"),
            ("http://alias.example", "alias.example"),
            ("https://alias.example:1", "alias.example"),
            (f"https://{ASCII}:8443.evil.example", ASCII),
            (f"https://evil.example\\@{ASCII}:8443", ASCII),
            (f"https://{ASCII}:8443/", ASCII),
        ],
    )
    def test_other_origin_is_refused(self, origin: str, host: str) -> None:
        assert not site().is_from_own_page(origin=origin, host=host, scheme="http")

    @pytest.mark.parametrize(
        ("origin", "host", "is_own"),
        [
            ("http://localhost:8000", "localhost:8000", True),
            ("http://[::1]:8000", "[0::1]:8000", True),
            ("http://127.0.0.1", "127.1:80", True),
            ("http://localhost:8000", "localhost", False),
            ("https://localhost", "localhost", False),
        ],
    )
    def test_without_a_public_url_the_scheme_is_that_of_the_request(
        self, origin: str, host: str, *, is_own: bool
    ) -> None:
        assert site(public_url="").is_from_own_page(origin=origin, host=host, scheme="http") is is_own

    @pytest.mark.parametrize(("fetch_site", "is_own"), [("same-origin", True), ("same-site", False), ("none", False)])
    def test_browser_that_says_same_origin_is_believed(self, fetch_site: str, *, is_own: bool) -> None:
        assert site().is_from_own_page(origin="null", host=ASCII, scheme="http", fetch_site=fetch_site) is is_own


class TestTarget:
    """A redirect after signing in stays in the console."""

    def is_own(self, target: str) -> bool:
        return site().is_own_target(target, host=f"{ASCII}:8443", scheme="https", prefix="/console/")

    @pytest.mark.parametrize(
        "target",
        [
            "/console/",
            "/console/partners/?name=a%2Fb&next=//evil.example",
            "/console/go/7",
            f"https://{ASCII}:8443/console/trash/",
            "https://référence.example.:8443/console/trash/",
        ],
    )
    def test_page_of_the_console_is_a_target(self, target: str) -> None:
        assert self.is_own(target)

    @pytest.mark.parametrize(
        "target",
        [
            "/",
            "/go/7?country=BR",
            "/go/",
            "/partners/",
            "/console",
            "/consolation/",
            "/Console/",
            "//evil.example/console/",
            "///evil.example/console/",
            "\\\\evil.example\\console\\",
            "/\\evil.example/console/",
            "/\t/evil.example/console/",
            "/console/../go/7",
            "/console/%2e%2E/go/7",
            "/console/.\t./go/7",
            "/console\\..\\go\\7",
            "/console/..%2fgo/7",
            "/console/%5c../go/7",
            "https://evil.example/console/",
            "https:evil.example/console/",
            "http:evil.example/console/",
            "https:/evil.example/console/",
            "partners/",
            "?lang=en",
            "",
            f"http://{ASCII}:8443/console/",
            f"https://{ASCII}:8444/console/",
            f"https://ana@{ASCII}:8443/console/",
            "https://localhost:8443/console/",
            "javascript:alert(1)//console/",
            "data:text/html,/console/",
            "http://[",
        ],
    )
    def test_everything_else_is_not_a_target(self, target: str) -> None:
        assert not self.is_own(target)

    def test_no_open_redirect_is_a_target(self) -> None:
        for payload in corpus("open_redirects"):
            if self.is_own(payload):
                assert URL(payload, base=f"https://{ASCII}:8443/console/").origin == f"https://{ASCII}:8443", payload
