"""Check that what is stored can be used by this version and on this machine: rows, published tables, the local copy."""

from collections.abc import Iterator

from renvoi.cli.checks import Finding
from renvoi.cli.setup import counted
from renvoi.config import Config
from renvoi.domain.places import LANGUAGES
from renvoi.domain.table_codec.content import TableDamaged
from renvoi.domain.table_codec.routing_table import RoutingTable
from renvoi.visitor.unusable_values import unusable_values

_SUBJECT = "Stored values"
_NOT_AN_OBJECT = {
    "sqlite": "SELECT count(*) FROM partners_change WHERE json_type({0}) <> 'object' AND json_type({0}) <> 'null'",
    "postgresql": "SELECT count(*) FROM partners_change WHERE jsonb_typeof({0}) NOT IN ('object', 'null')",
}


def check_stored_values(config: Config) -> Iterator[Finding]:
    """Check the business rows, which must have this version's tables, and the copy of the routing table."""
    problems = [*_of_routing(), *_of_partners(), *_of_accounts(), *_of_history(), *_of_tables(config)]
    yield from (Finding(_SUBJECT, problem.removesuffix(".")) for problem in problems)
    if not problems:
        yield Finding("All stored values can be used")


def _of_routing() -> Iterator[str]:
    from renvoi.partners.models import Operator
    from renvoi.partners.routing_table import build_table

    yield from unusable_values(build_table())
    # Published tables have the values that apply instead of these.
    for name, known in (("mode", Operator.Mode.values), ("default_language", LANGUAGES)):
        stored = Operator.objects.values_list(name, flat=True).get(id=1)
        if stored not in known:
            yield f"This version does not know the {name} {stored!r} of the operator: the usual one applies."


def _of_partners() -> Iterator[str]:
    from renvoi.partners.models import Partner

    unknown = Partner.objects.filter(trashed_at=None).exclude(status__in=Partner.Status.values)
    for id_, status in unknown.order_by("id").values_list("id", "status")[:1]:
        yield f"Partner {id_} has the status {status!r}, which this version does not know: it counts as paused."


def _of_accounts() -> Iterator[str]:
    from renvoi.people.models import User

    for name, choices in (("language", User.Language), ("theme", User.Theme), ("csv_separator", User.Separator)):
        unknown = User.objects.exclude(**{f"{name}__in": choices.values}).values_list(name, flat=True).first()
        if unknown is not None:
            yield f"An account has the {name} {unknown!r}, which this version does not know: the default applies."


def _of_history() -> Iterator[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        for column in ("before", "after"):
            cursor.execute(_NOT_AN_OBJECT[connection.vendor].format(column))
            if count := cursor.fetchone()[0]:
                entries = counted(count, one="entry", many="entries")
                yield f"{entries} of the history can't be read: what was there {column} is not known."


def _of_tables(config: Config) -> Iterator[str]:
    from renvoi.publication.models import PublishedTable

    published = PublishedTable.objects.order_by("-generation").first()
    if published is not None and (problem := _damage(bytes(published.content))):
        yield f"The routing table {published.generation} is damaged ({problem}): the next save replaces it."
    try:
        copy = config.table_copy_path.read_bytes()
    except OSError:
        return  # there is none yet
    if problem := _damage(copy):
        yield f"The copy of the routing table, {config.table_copy_path}, is damaged ({problem}): remove it."


def _damage(content: bytes) -> str:
    try:
        RoutingTable(content)
    except TableDamaged as error:
        return str(error)
    return ""
