"""Country data in a running gateway: correct behind a proxy for every network, and safe against damaged files."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from markupsafe import escape

from renvoi.domain.places import COUNTRIES, CountryCode, in_country, parse_country
from renvoi.gateway.app import Gateway
from renvoi.geo.importing import import_files
from tests.gateway.client import Client, configured, publish, running
from tests.geo.cast import BUILT_ON, SAMPLE, SAMPLES, Sample, range_files
from tests.geo.damaged import DAMAGED, Damaged
from tests.geo.networks import LONDON
from tests.visitor.cast import ALO_BRASIL, NOON, PROXY, config, operator, table_bytes

IN_FORCE_S = 1.0
BUSY = 3
"""A factor for the time that other tests take from this one."""
GOOGLE = "8.8.8.8"
ASKED = "Dans quel pays êtes-vous?"
ABSENT = "absent"
REFUSED = [*DAMAGED, ABSENT]
OWN_AND_OUTSIDE = [SAMPLES[0], *SAMPLES[4:]]
"""Ours, and the outside one where it is present."""

OpenGateway = Callable[..., tuple[Gateway, Client]]


def networks(sample: Sample) -> Sequence[tuple[str, CountryCode | None]]:
    """Return each address that is looked up and the country where it is used."""
    return [(address, parse_country(country or "")) for address, country in sample.countries().items()]


def heading(country: CountryCode | None) -> str:
    """Return the heading of the page for a visitor in that country."""
    return str(escape(f"Notre partenaire {in_country(country, language='fr')}")) if country else ASKED


def seconds_until(condition: Callable[[], bool]) -> float:
    """Return after how many seconds the condition becomes true; fail after ten."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < 10
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return SAMPLE.write(tmp_path / "country.mmdb")


@pytest.fixture
def opened(tmp_path: Path, file: Path) -> Iterator[OpenGateway]:
    """Return a function that opens a gateway with that file, a trusted proxy and one partner in every country."""
    everywhere = table_bytes(
        operator_=replace(operator(), covered_countries=frozenset(), covered_regions={}),
        partners=[(ALO_BRASIL, sorted(COUNTRIES))],
    )
    with ExitStack() as stack:

        def open_one(**values: object) -> tuple[Gateway, Client]:
            options = {"geoip_db": file, "trusted_proxies": PROXY, **values}
            gateway_config = configured(tmp_path / "data", **{name: value for name, value in options.items() if value})
            publish(gateway_config, content=everywhere)
            gateway = Gateway(gateway_config, clock=lambda: NOON)
            return gateway, stack.enter_context(running(gateway))

        yield open_one


class TestBehindAProxy:
    @pytest.mark.parametrize("sample", OWN_AND_OUTSIDE, ids=str)
    @pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded"])
    def test_every_network_has_its_country(self, opened: OpenGateway, file: Path, header: str, sample: Sample) -> None:
        sample.write(file)
        _, client = opened()
        wrong = []
        for address, country in networks(sample):
            node = f'for="{f"[{address}]" if ":" in address else address}"' if header == "forwarded" else address
            page = client.get(peer=PROXY, **{header: node}).text
            if heading(country) not in page:
                wrong.append((address, country))
        assert wrong == []

    def test_headers_of_an_untrusted_peer_are_ignored(self, opened: OpenGateway) -> None:
        _, client = opened()
        truth = client.get(peer=LONDON)
        assert heading(CountryCode("GB")) in truth.text
        for address, _ in networks(SAMPLE)[::10]:
            forged = client.get(peer=LONDON, x_forwarded_for=address, forwarded=f'for="{address}"')
            assert (forged.status, forged.body) == (truth.status, truth.body)


class TestDamage:
    @pytest.mark.parametrize("how", REFUSED, ids=str)
    def test_damage_at_run_time_keeps_the_last_data(self, opened: OpenGateway, file: Path, how: Damaged | str) -> None:
        gateway, client = opened()
        assert gateway.country_data.status.problem == ""
        damage(file, how)
        replies = []

        def noticed() -> bool:
            replies.append(client.get(peer=PROXY, x_forwarded_for=LONDON))
            return bool(gateway.country_data.status.problem)

        seconds_until(noticed)
        replies.append(client.get(peer=PROXY, x_forwarded_for=LONDON))
        assert {(reply.status, heading(CountryCode("GB")) in reply.text) for reply in replies} == {(200, True)}
        assert str(file) in gateway.country_data.status.problem
        assert f"The last good data, of {BUILT_ON}, serve on." in gateway.country_data.status.problem

    @pytest.mark.parametrize("how", REFUSED, ids=str)
    def test_damage_at_start_asks_visitors_for_their_country(
        self, opened: OpenGateway, file: Path, how: Damaged | str
    ) -> None:
        damage(file, how)
        gateway, client = opened()
        reply = client.get(peer=PROXY, x_forwarded_for=LONDON)
        assert (reply.status, ASKED in reply.text) == (200, True)
        assert gateway.country_data.status.problem.endswith("Visitors are asked.")

    def test_damage_is_logged(self, opened: OpenGateway, file: Path, caplog: pytest.LogCaptureFixture) -> None:
        file.write_bytes(b"junk")
        opened()
        assert "country.mmdb can't be opened" in caplog.text


class TestSwap:
    def test_new_file_is_in_force_within_a_second(self, opened: OpenGateway, file: Path, tmp_path: Path) -> None:
        gateway, client = opened()

        def place(address: str, country: str | None) -> bool:
            page = client.get(peer=PROXY, x_forwarded_for=address).text
            return heading(CountryCode(country) if country else None) in page

        assert place(GOOGLE, None)
        elsewhere = config(data_dir=tmp_path / "elsewhere")
        import_files(range_files(tmp_path), config=elsewhere)
        (tmp_path / "elsewhere" / "geo" / "countries").replace(file)
        assert seconds_until(lambda: place(GOOGLE, "US")) <= IN_FORCE_S * BUSY
        assert place(LONDON, None)
        provenance = gateway.country_data.status.provenance
        assert provenance is not None
        assert provenance.source == "IPFire Project"

    def test_imported_data_is_in_force_within_a_second(self, opened: OpenGateway, tmp_path: Path) -> None:
        _, client = opened(geoip_db="")
        assert ASKED in client.get(peer=GOOGLE).text
        import_files(range_files(tmp_path), config=config(data_dir=tmp_path / "data"))
        assert seconds_until(lambda: heading(CountryCode("US")) in client.get(peer=GOOGLE).text) <= IN_FORCE_S * BUSY


def damage(file: Path, how: Damaged | str) -> None:
    """Replace the file by a rename, as an operator's cron job does."""
    if isinstance(how, str):
        file.unlink()
        return
    other = file.with_name("other")
    other.write_bytes(how.make())
    other.replace(file)
