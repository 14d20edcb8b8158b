"""Write version 1 of Renvoi's own format of country data, as earlier versions of Renvoi did."""

import hashlib
import json
from collections.abc import Sequence
from struct import pack

Ranges = Sequence[tuple[int, int, str]]
"""First address, last address (inclusive) and country, sorted."""


def encode_version_1(*, ipv4: Ranges, ipv6: Ranges) -> bytes:
    countries = ["", *sorted({country for _, _, country in (*ipv4, *ipv6)})]
    v4, v6 = _boundaries(ipv4), _boundaries(ipv6)
    header = {
        "source": "IPFire Project",
        "attribution": "IPFire",
        "built_at": "2026-06-25T04:33:59+00:00",
        "networks": len(ipv4) + len(ipv6),
        "countries": countries,
        "ipv4": len(v4),
        "ipv6": len(v6),
    }
    body = b"".join(pack(">I", first) for first, _ in v4) + bytes(countries.index(code) for _, code in v4)
    body += b"".join(pack(">Q", first >> 64) for first, _ in v6) + b"".join(
        pack(">Q", first % 2**64) for first, _ in v6
    )
    body += bytes(countries.index(code) for _, code in v6)
    content = json.dumps(header).encode() + b"\n" + body
    return b"renvoi country ranges 1\n" + hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def _boundaries(ranges: Ranges) -> list[tuple[int, str]]:
    return [boundary for first, last, code in ranges for boundary in ((first, code), (last + 1, ""))]
