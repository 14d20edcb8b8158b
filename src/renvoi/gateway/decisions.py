"""Decide by the table that a gateway serves: it may be the empty one, in force until one has been published."""

from datetime import datetime

from renvoi.domain.places import Language
from renvoi.domain.routing import Decision, Draw, Visitor, decide
from renvoi.domain.table_codec.routing_table import RoutingTable

UNPUBLISHED_GENERATION = 0
"""The generation of the empty table."""


def decide_or_ask(table: RoutingTable, visitor: Visitor, *, at: datetime, draw: Draw) -> Decision:
    """Return the decision for a visitor at a moment (aware); see `domain.routing.decide`.

    By the empty table nothing is known about any country: the visitor is asked for it, instead of being told that
    nobody serves it.
    """
    if table.generation == UNPUBLISHED_GENERATION:
        visitor = visitor._replace(country=None, region=None)
    return decide(table, visitor, at=at, draw=draw)


def ask(table: RoutingTable, language: Language, *, at: datetime) -> Decision:
    """Return the decision for a visitor of whom nothing is known: the country is asked for."""
    visitor = Visitor(country=None, country_source="unknown", region=None, language=language)
    return decide(table, visitor, at=at, draw=_no_draw)


def _no_draw(_: int) -> bytes:
    """Draw no order: a visitor whose country is not known is shown no partner."""
    return b""
