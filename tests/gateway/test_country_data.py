"""Country data in the running gateway: every network right behind a proxy, and nothing that damage can break."""

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
"""The other tests run beside this one."""
GOOGLE = "8.8.8.8"
ASKED = "Dans quel pays êtes-vous?"
ABSENT = "absent"
REFUSED = [*DAMAGED, ABSENT]
OWN_AND_OUTSIDE = [SAMPLES[0], *SAMPLES[4:]]
"""Ours, and the outside one where it is present."""

OpenGateway = Callable[..., tuple[Gateway, Client]]


def networks(sample: Sample) -> Sequence[tuple[str, CountryCode | None]]:
    """Each address that is looked up, and the country where it is used."""
    return [(address, parse_country(country or "")) for address, country in sample.countries().items()]


def told(country: CountryCode | None) -> str:
    """What a page says to somebody in that country."""
    return str(escape(f"Notre partenaire {in_country(country, language='fr')}")) if country else ASKED


def within(condition: Callable[[], bool]) -> float:
    """After how many seconds it comes true; fails where it does not, in ten."""
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
    """Opens a gateway on that file, behind a proxy, with one partner in every country."""
    everywhere = table_bytes(
        who=replace(operator(), covered_countries=frozenset(), covered_regions={}),
        partners=[(ALO_BRASIL, sorted(COUNTRIES))],
    )
    with ExitStack() as stack:

        def open_one(**values: object) -> tuple[Gateway, Client]:
            given = {"geoip_db": file, "trusted_proxies": PROXY, **values}
            chosen = configured(tmp_path / "data", **{name: value for name, value in given.items() if value})
            publish(chosen, content=everywhere)
            gateway = Gateway(chosen, clock=lambda: NOON)
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
            if told(country) not in page:
                wrong.append((address, country))
        assert wrong == []

    def test_from_a_stranger_they_say_nothing(self, opened: OpenGateway) -> None:
        _, client = opened()
        truth = client.get(peer=LONDON)
        assert told(CountryCode("GB")) in truth.text
        for address, _ in networks(SAMPLE)[::10]:
            forged = client.get(peer=LONDON, x_forwarded_for=address, forwarded=f'for="{address}"')
            assert (forged.status, forged.body) == (truth.status, truth.body)


class TestDamage:
    @pytest.mark.parametrize("how", REFUSED, ids=str)
    def test_no_visitor_notices(self, opened: OpenGateway, file: Path, how: Damaged | str) -> None:
        gateway, client = opened()
        assert gateway.country_data.status.problem == ""
        damage(file, how)
        replies = []

        def noticed() -> bool:
            replies.append(client.get(peer=PROXY, x_forwarded_for=LONDON))
            return bool(gateway.country_data.status.problem)

        within(noticed)
        replies.append(client.get(peer=PROXY, x_forwarded_for=LONDON))
        assert {(reply.status, told(CountryCode("GB")) in reply.text) for reply in replies} == {(200, True)}
        assert str(file) in gateway.country_data.status.problem
        assert f"The last good data, of {BUILT_ON}, serve on." in gateway.country_data.status.problem

    @pytest.mark.parametrize("how", REFUSED, ids=str)
    def test_from_the_start_visitors_are_asked(self, opened: OpenGateway, file: Path, how: Damaged | str) -> None:
        damage(file, how)
        gateway, client = opened()
        reply = client.get(peer=PROXY, x_forwarded_for=LONDON)
        assert (reply.status, ASKED in reply.text) == (200, True)
        assert gateway.country_data.status.problem.endswith("Visitors are asked.")

    def test_it_is_said_in_the_output(self, opened: OpenGateway, file: Path, caplog: pytest.LogCaptureFixture) -> None:
        file.write_bytes(b"junk")
        opened()
        assert "country.mmdb can't be opened" in caplog.text


class TestSwap:
    def test_a_new_file_is_in_force_within_a_second(self, opened: OpenGateway, file: Path, tmp_path: Path) -> None:
        gateway, client = opened()

        def place(address: str, country: str | None) -> bool:
            page = client.get(peer=PROXY, x_forwarded_for=address).text
            return told(CountryCode(country) if country else None) in page

        assert place(GOOGLE, None)
        elsewhere = config(data_dir=tmp_path / "elsewhere")
        import_files(range_files(tmp_path), config=elsewhere)
        (tmp_path / "elsewhere" / "geo" / "countries").replace(file)
        assert within(lambda: place(GOOGLE, "US")) <= IN_FORCE_S * BUSY
        assert place(LONDON, None)
        known = gateway.country_data.status.provenance
        assert known is not None
        assert known.source == "IPFire Project"

    def test_what_is_imported_is_too(self, opened: OpenGateway, tmp_path: Path) -> None:
        _, client = opened(geoip_db="")
        assert ASKED in client.get(peer=GOOGLE).text
        import_files(range_files(tmp_path), config=config(data_dir=tmp_path / "data"))
        assert within(lambda: told(CountryCode("US")) in client.get(peer=GOOGLE).text) <= IN_FORCE_S * BUSY


def damage(file: Path, how: Damaged | str) -> None:
    """By a rename, as an operator's cron job does."""
    if isinstance(how, str):
        file.unlink()
        return
    other = file.with_name("other")
    other.write_bytes(how.make())
    other.replace(file)
