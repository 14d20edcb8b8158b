"""Write a valid country database and spoil one thing in it. `damaged` registers each function that does so."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from tools.mmdb import Database, Parts, Value, country_record, encode

NETWORKS = {
    "131.111.0.0/16": country_record("GB"),
    "129.199.0.0/16": country_record("FR"),
    "200.160.0.0/20": country_record("BR", registered="US"),
    "2001:660::/32": country_record("FR"),
}
DATABASE = Database(NETWORKS)
NODE_BYTES = 6
"""Bytes of a node where records have 24 bits."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """A file that must be refused."""

    name: str
    make: Callable[[], bytes]

    def __str__(self) -> str:
        """Its name, for the test's id."""
        return self.name


MADE: list[Damaged] = []


def damaged(make: Callable[[], bytes]) -> Callable[[], bytes]:
    MADE.append(Damaged(make.__name__, make))
    return make


def make_whole() -> bytes:
    """The file before it is damaged."""
    return DATABASE.encoded()


def with_metadata(**changes: Value | None) -> bytes:
    """The file with other metadata; what is None is left out."""
    parts = DATABASE.parts()
    metadata = {**DATABASE.metadata(node_count=node_count(parts)), **changes}
    present = {key: value for key, value in metadata.items() if value is not None}
    return replace(parts, metadata=encode(present)).joined()


def node_count(parts: Parts) -> int:
    return len(parts.tree) // NODE_BYTES


def with_record(encoded: bytes) -> bytes:
    """The file with one more network, whose record is these bytes. It comes first among the records, at 0."""
    return Database({"44.0.0.0/8": encoded, **NETWORKS}).encoded()


def with_right_of_root(record: int) -> bytes:
    """The file with this in its first node as what follows on a 1, where a whole file has nothing."""
    parts = DATABASE.parts()
    return replace(parts, tree=parts.tree[:3] + record.to_bytes(3, "big") + parts.tree[NODE_BYTES:]).joined()
