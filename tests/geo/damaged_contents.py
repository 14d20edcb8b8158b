"""Databases with a damaged search tree or damaged records, and databases of something else. None may be opened."""

from dataclasses import replace

from tests.geo.damaging import DATABASE, NETWORKS, damaged, node_count, with_record, with_right_of_root
from tools.mmdb import Database, Record, Type, control, country_record, encode, node_bytes, pointer

# The tree.


@damaged
def tree_leads_into_the_separator() -> bytes:
    return with_right_of_root(node_count(DATABASE.parts()) + 7)


@damaged
def tree_leads_behind_the_records() -> bytes:
    parts = DATABASE.parts()
    return with_right_of_root(node_count(parts) + len(parts.separator) + len(parts.records))


@damaged
def tree_leads_behind_the_file() -> bytes:
    return with_right_of_root(2**24 - 1)


@damaged
def tree_leads_to_its_root() -> bytes:
    return with_right_of_root(0)


@damaged
def tree_without_ends() -> bytes:
    """Each node leads to the next, the last to itself."""
    parts = DATABASE.parts()
    last = node_count(parts) - 1
    steps = [min(number + 1, last) for number in range(last + 1)]
    tree = b"".join(node_bytes(step, step, record_size=24) for step in steps)
    return replace(parts, tree=tree).joined()


# Values.


@damaged
def pointer_to_itself() -> bytes:
    return with_record(control(Type.MAP, 1) + encode("country") + pointer(0))


@damaged
def pointer_behind_the_records() -> bytes:
    return with_record(control(Type.MAP, 1) + encode("country") + pointer(2**31))


@damaged
def pointers_in_a_circle() -> bytes:
    first = control(Type.MAP, 1) + encode("a")
    second = control(Type.MAP, 1) + encode("b")
    length = len(first) + len(pointer(0))
    return with_record(first + pointer(length) + second + pointer(0))


@damaged
def text_longer_than_the_file() -> bytes:
    return with_record(control(Type.MAP, 1) + encode("country") + control(Type.STRING, 16_000_000) + b"GB")


@damaged
def text_that_is_not_utf_8() -> bytes:
    return with_record(control(Type.MAP, 1) + encode("country") + control(Type.STRING, 2) + b"\xc3\x28")


@damaged
def bytes_longer_than_the_file() -> bytes:
    return with_record(control(Type.MAP, 1) + encode("country") + control(Type.BYTES, 16_000_000))


@damaged
def map_longer_than_the_file() -> bytes:
    return with_record(control(Type.MAP, 16_000_000) + encode("country"))


@damaged
def array_longer_than_the_file() -> bytes:
    return with_record(control(Type.MAP, 1) + encode("country") + control(Type.ARRAY, 16_000_000))


@damaged
def number_of_too_many_bytes() -> bytes:
    return with_record(control(Type.MAP, 1) + encode("country") + control(Type.UINT32, 9) + bytes(9))


@damaged
def double_of_three_bytes() -> bytes:
    return with_record(control(Type.MAP, 1) + encode("latitude") + control(Type.DOUBLE, 3) + bytes(3))


@damaged
def type_that_there_is_not() -> bytes:
    return with_record(control(Type.MAP, 1) + encode("country") + control(200, 1) + b"x")


@damaged
def maps_nested_without_end() -> bytes:
    return with_record((control(Type.MAP, 1) + encode("a")) * 20_000)


@damaged
def maps_nested_too_deeply() -> bytes:
    return with_record((control(Type.MAP, 1) + encode("a")) * 5_000 + encode("GB"))


@damaged
def arrays_nested_too_deeply() -> bytes:
    return with_record(control(Type.ARRAY, 1) * 5_000 + encode("GB"))


# Whole files that are no country database, or a wrong one.


@damaged
def without_networks() -> bytes:
    return Database({}).encoded()


@damaged
def without_countries() -> bytes:
    return Database(dict.fromkeys(NETWORKS, country_record("", registered="GB"))).encoded()


@damaged
def of_autonomous_systems() -> bytes:
    record: Record = {"autonomous_system_number": 64_496, "autonomous_system_organization": "Example"}
    return Database(dict.fromkeys(NETWORKS, record), database_type="Renvoi-Test-ASN").encoded()


@damaged
def of_connection_types() -> bytes:
    record: Record = {"connection_type": "Cellular"}
    return Database(dict.fromkeys(NETWORKS, record), database_type="Renvoi-Test-Connection-Type").encoded()


@damaged
def countries_in_a_foreign_type() -> bytes:
    return replace(DATABASE, database_type="Renvoi-Test-Places").encoded()


@damaged
def universities_in_other_countries() -> bytes:
    return Database(dict.fromkeys(NETWORKS, country_record("TV"))).encoded()
