"""The country of an address as a proxy writes it is that of the address, whatever the text."""

from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renvoi.geo.conversion import convert
from renvoi.geo.database import CountryDatabase, open_database
from renvoi.geo.public import Address
from renvoi.web.trusted_proxies import parse_address
from tests.corpora.naughty import NAUGHTY
from tests.geo.cast import SAMPLE, Sample
from tests.geo.networks import LONDON


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> CountryDatabase:
    folder = tmp_path_factory.mktemp("geo")
    return convert(SAMPLE.write(folder / "sample.mmdb"), keep_as=folder / "ranges", is_stopping=lambda: False)


def agrees(database: CountryDatabase, text: bytes) -> bool:
    address = parse_address(text.decode("latin-1"))
    return database.country_of_text(text) == (None if address is None else database.lookup(address))


class TestText:
    """`country_of_text` has the answer of `lookup(parse_address(text))`."""

    @given(address=st.ip_addresses())
    @settings(deadline=None, max_examples=300)
    def test_any_address(self, database: CountryDatabase, address: Address) -> None:
        forms = [
            str(address),
            address.exploded,
            str(address).upper(),
            f"{address}:80",
            f"[{address}]",
            f"[{address}]:9",
        ]
        forms += [f" {address}", f"{address} ", f"{address}%eth0", f"::ffff:{address}", f"::{address}"]
        assert [form for form in forms if not agrees(database, form.encode())] == []

    @given(text=st.text(alphabet="0123456789abcdefx:.[]% ", max_size=20) | st.text(max_size=8))
    @settings(deadline=None, max_examples=500)
    def test_any_text(self, database: CountryDatabase, text: str) -> None:
        assert agrees(database, text.encode("utf-8", "surrogatepass"))

    @given(text=st.binary(max_size=20))
    @settings(deadline=None)
    def test_any_bytes(self, database: CountryDatabase, text: bytes) -> None:
        assert agrees(database, text)

    def test_naughty_strings(self, database: CountryDatabase) -> None:
        texts = [text.encode("utf-8", "surrogatepass") for text in NAUGHTY]
        assert [text for text in texts if not agrees(database, text)] == []

    @pytest.mark.parametrize("sample", [SAMPLE], ids=str)
    def test_each_address_of_the_sample(self, database: CountryDatabase, sample: Sample) -> None:
        looked_up = {address: database.country_of_text(address.encode()) for address in sample.countries()}
        assert looked_up == sample.countries()

    @given(parts=st.lists(st.sampled_from(["0", "00", "1", "01", "255", "256", "0x1", "1 "]), min_size=3, max_size=5))
    @settings(deadline=None, max_examples=300)
    def test_ipv4_that_is_not_parsed_is_canonical(self, parts: list[str]) -> None:
        """What is drawn for a visitor depends on `str(address)`: a text that is not parsed must be that."""
        text = ".".join(parts)
        address = parse_address(text)
        assert address is None or str(address) == text

    def test_database_that_is_not_converted(self, tmp_path: Path) -> None:
        with closing(open_database(SAMPLE.write(tmp_path / "sample.mmdb"))) as unconverted:
            texts = (LONDON.encode(), b"[::ffff:%b]:80" % LONDON.encode(), b"junk", b"10.0.0.1")
            assert [unconverted.country_of_text(text) for text in texts] == ["GB", "GB", None, None]
