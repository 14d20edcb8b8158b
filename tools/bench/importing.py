"""A member of staff who imports files in the console: uploads one, waits for its check, imports it, and so on."""

import re
import time
from collections.abc import Iterator
from itertools import islice, repeat
from urllib.parse import urlsplit

import httpx

from tools.fill import generate_partners

ROWS = 10_000
_IMPORT = "/console/import/"
_DIGEST = re.compile(r'name="digest" value="(\w+)"')
_UNDER_WAY, _DONE = 'id="progress"', "Importation terminée"
_PATIENCE_S, _POLL_S = 120, 0.3


def files(partners: int) -> Iterator[bytes]:
    """Yield files without end, each of which changes the reference of the first 10,000 stored partners."""
    names = [fields["name"] for fields, _countries in islice(generate_partners(partners), ROWS)]
    for number, _ in enumerate(repeat(None)):
        yield "\r\n".join(["name,agreement_reference", *(f"{name},ENT-{number}" for name in names)]).encode()


def import_file(client: httpx.Client, content: bytes, *, token: str) -> None:
    """Import one file. `token` is against forged requests. Raises RuntimeError if it is not imported."""
    headers = {"Referer": f"{client.base_url}{_IMPORT}"}
    fields = {"csrfmiddlewaretoken": token}
    files_ = {"file": ("Partners.csv", content)}
    uploaded = client.post(_IMPORT, data=fields | {"pasted": ""}, files=files_, headers=headers, follow_redirects=True)
    path = urlsplit(str(uploaded.raise_for_status().url)).path
    digest = _DIGEST.search(_settled(client, path))
    if digest is None:
        raise RuntimeError("the check offers no import")
    count = str(content.count(b"\r\n"))
    confirmation = {"digest": digest[1], "confirm_count": count, "act": "import"}
    client.post(path, data=fields | confirmation, headers=headers)
    if _DONE not in _settled(client, path):
        raise RuntimeError("the file was not imported")


def _settled(client: httpx.Client, path: str) -> str:
    """Return the page once nothing is under way."""
    deadline = time.monotonic() + _PATIENCE_S
    while _UNDER_WAY in (page := client.get(path).raise_for_status().text):
        if time.monotonic() > deadline:
            raise RuntimeError("an import does not end")
        time.sleep(_POLL_S)
    return page
