"""The operator's logo on the gateway: its bytes, which a routing table names only, and the response that has them.

The bytes come from memory, the copy in the data folder, or the database. Until they are there, pages have no logo.
"""

import hashlib
import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from renvoi.domain.table import LOGO_KEY_LENGTH, Logo, Operator
from renvoi.gateway.table_source.protocol import TableSource, TableSourceUnavailable
from renvoi.permissions import replace_file
from renvoi.visitor.responses import Response, content_response, if_changed
from renvoi.web.headers import ANY_SITE, Scope

RETRY_AFTER_S = 2.0
_MAX_LOGOS = 8
"""How many logos stay in memory: a page that was opened before a change may still ask for the one before it."""
_PATH = re.compile(rf"/logo/([0-9a-f]{{{LOGO_KEY_LENGTH}}})\.png")
_FOREVER = (b"cache-control", b"public, max-age=31536000, immutable")

_logger = logging.getLogger(__name__)


class Logos:
    """The logos that this process can send. One thread calls `follow` and `retry`; any other reads.

    `_responses` is replaced by a single assignment, so that readers need no lock.
    """

    def __init__(self, *, source: TableSource, copy: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """`source` is that of the routing table, used from the same thread. `copy` is the file of the last logo."""
        self._source = source
        self._copy = copy
        self._clock = clock
        self._responses: dict[str, Response] = {}
        self._missing = ""
        self._retry_at = 0.0

    def follow(self, logo: Logo | None) -> None:
        """Get the bytes of the logo of a table that will be served. If they can't be had, `retry` tries again."""
        self._missing = logo.digest if logo is not None and not self._has(logo.digest) else ""
        self._retry_at = 0.0
        self.retry()

    def retry(self) -> bool:
        """Try to get a logo that is missing, every two seconds. Return whether it is there now and was not before."""
        if not self._missing or self._clock() < self._retry_at:
            return False
        png = self._read_copy(self._missing) or self._fetch(self._missing)
        if png is None:
            self._retry_at = self._clock() + RETRY_AFTER_S
            return False
        last = list(self._responses.items())[-(_MAX_LOGOS - 1) :]
        self._responses = {**dict(last), self._missing[:LOGO_KEY_LENGTH]: _response(png, digest=self._missing)}
        self._missing = ""
        return True

    def shown(self, operator: Operator) -> Operator:
        """Return the operator as pages show it: without its logo as long as its bytes are missing."""
        is_there = operator.logo is None or self._has(operator.logo.digest)
        return operator if is_there else replace(operator, logo=None)

    def respond(self, scope: Scope) -> Response | None:
        """Return the response to GET or HEAD of a logo's path; None if there is none at this path."""
        match = _PATH.fullmatch(scope.get("path", ""))
        response = self._responses.get(match[1]) if match else None
        return None if response is None else if_changed(response, scope)

    def problems(self) -> Iterator[str]:
        """Yield a sentence if the logo of the table is missing."""
        if self._missing:
            yield "The logo that the routing table names can't be read: pages are shown without it."

    def _has(self, digest: str) -> bool:
        return digest[:LOGO_KEY_LENGTH] in self._responses

    def _read_copy(self, digest: str) -> bytes | None:
        try:
            png = self._copy.read_bytes()
        except OSError:
            return None
        return png if _is_of(png, digest) else None

    def _fetch(self, digest: str) -> bytes | None:
        try:
            png = self._source.logo(digest)
        except TableSourceUnavailable:
            # The thread that follows the table reports this.
            return None
        if png is None or not _is_of(png, digest):
            return None
        try:
            replace_file(self._copy, png, durable=True)
        except OSError as error:
            _logger.warning("No local copy of the logo can be kept (%s).", error)
        return png


def _is_of(png: bytes, digest: str) -> bool:
    return hashlib.sha256(png).hexdigest() == digest


def _response(png: bytes, *, digest: str) -> Response:
    # Messengers and the operator's own site may show it.
    headers = (_FOREVER, ANY_SITE, (b"etag", f'"{digest[:32]}"'.encode()))
    return content_response(png, content_type=b"image/png", extra_headers=headers)
