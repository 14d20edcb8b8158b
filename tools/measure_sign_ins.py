"""Measure what simultaneous sign-ins cost the visitors: `python -m tools.measure_sign_ins`.

A real server of one worker answers visitors one after another while 120 people sign in at the same moment, each at an
account and from an address of their own, with a wrong password. Printed are the visitors' waits (median, 99th
percentile, longest) without and with the sign-ins, the growth of the server's peak memory (VmHWM, reset before), the
statuses of the responses, and how long the last of them took. Exits with 1 above a limit below.

It catches these planted faults: a thread for each hash (`ThreadPoolExecutor(120)` in renvoi.people.hashing), together
with Django's default parameters.
"""

import asyncio
import json
import os
import platform
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.running import RunningRenvoi
from tools.measure_exports import peak_mb, reset_peaks

SIGN_INS = 120
QUIET_S = 3.0
LIMITS = {"memory_more_mb": 100.0, "visitor_longest_ms": 150.0}
_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
_COOKIE = re.compile(rb"set-cookie: (renvoi_csrf=[^;]+)", re.IGNORECASE)
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
_HOST = "Host: localhost\r\nUser-Agent: Mozilla/5.0\r\n"


def main() -> int:
    """Print each figure, then all as JSON. Returns 1 if one is over its limit."""
    with tempfile.TemporaryDirectory() as folder:
        proxies = {"RENVOI_TRUSTED_PROXIES": "127.0.0.1"}
        server = RunningRenvoi(Path(folder), command=("serve", "--workers", "1"), **proxies)
        server.run("migrate")
        with server:
            figures, statuses = asyncio.run(measure(server))
    for name, value in figures.items():
        limit = LIMITS.get(name)
        print(f"{name:24} {value:9.1f}" + ("" if limit is None else f"   at most {limit:g}{' OVER' * (value > limit)}"))
    print(f"responses                {dict(sorted(statuses.items()))}")
    about = {"sign_ins": SIGN_INS, "python": platform.python_version(), "load": os.getloadavg()}
    print(json.dumps(about | {"figures": {name: round(value, 1) for name, value in figures.items()}}))
    return int(any(figures[name] > limit for name, limit in LIMITS.items()))


async def measure(server: RunningRenvoi) -> tuple[dict[str, float], Counter[int]]:
    """Return the figures by name, and how many sign-ins got each status."""
    head, body = await send(server.port, f"GET /console/sign-in/ HTTP/1.1\r\n{_HOST}\r\n".encode())
    token, cookie = _TOKEN.findall(body)[0].decode(), _COOKIE.findall(head)[0].decode()
    await send(server.port, sign_in(0, token, cookie))  # loads what is imported at first use
    at_rest = await waits(server.port, until=asyncio.create_task(asyncio.sleep(QUIET_S)))
    reset_peaks(server)
    before, started = peak_mb(server), time.perf_counter()
    requests = [send(server.port, sign_in(number, token, cookie)) for number in range(1, SIGN_INS + 1)]
    sign_ins = asyncio.gather(*requests)
    meanwhile = await waits(server.port, until=sign_ins)
    seconds = time.perf_counter() - started
    statuses = Counter(int(_STATUS.findall(head)[0]) for head, _body in await sign_ins)
    return {
        "memory_more_mb": peak_mb(server) - before,
        "sign_ins_s": seconds,
        **{f"visitor_at_rest_{name}_ms": value for name, value in summary(at_rest).items()},
        **{f"visitor_{name}_ms": value for name, value in summary(meanwhile).items()},
    }, statuses


def sign_in(number: int, token: str, cookie: str) -> bytes:
    """Return the request of a sign-in at an account, and from an address, of that number."""
    body = f"csrfmiddlewaretoken={token}&email=person{number}%40boreale.example&password=wrong-{number}"
    head = f"POST /console/sign-in/ HTTP/1.1\r\n{_HOST}Cookie: {cookie}\r\nX-Forwarded-For: 203.0.113.{number}\r\n"
    form = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + form + body).encode()


async def send(port: int, request: bytes) -> tuple[bytes, bytes]:
    """Send one request on a connection of its own, and return head and body of the response."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
    head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
    writer.close()
    return head, body


async def waits(port: int, *, until: "asyncio.Future[Any]") -> list[float]:
    """Return how long each visitor waited, one after another on one connection, in seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    durations = []
    while not until.done():
        started = time.perf_counter()
        writer.write(f"GET / HTTP/1.1\r\n{_HOST}X-Forwarded-For: 198.51.100.7\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.findall(rb"content-length: (\d+)", head, re.IGNORECASE)
        await reader.readexactly(int(length[0]) if length else 0)
        durations.append(time.perf_counter() - started)
        await asyncio.sleep(0.002)
    writer.close()
    return durations


def summary(durations: list[float]) -> dict[str, float]:
    """Return the median, the 99th percentile and the longest, in milliseconds."""
    p99 = statistics.quantiles(durations, n=100)[-1]
    return {"p50": statistics.median(durations) * 1e3, "p99": p99 * 1e3, "longest": max(durations) * 1e3}


if __name__ == "__main__":
    sys.exit(main())
