"""Generate load with wrk: each connection sends one request after another, as thousands of different visitors."""

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.bench.cast import Person
from tools.bench.machine import VISITORS_CORE, pin_to_core

_SCRIPT = """
local requests, last, at = {{}}, 0, 0
init = function()
  local file = io.open("{requests}", "rb")
  for request in file:read("*a"):gmatch("%Z+") do requests[#requests + 1] = request end
  last = #requests
end
request = function()
  at = at % last + 1
  return requests[at]
end
done = function(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("summary: %d %d %d %d", summary.requests, summary.duration, errors.status, failed))
  for _, share in ipairs({{50, 99, 99.9}}) do io.write(string.format(" %d", latency:percentile(share))) end
  io.write("\\n")
end
"""
_SUMMARY = re.compile(r"^summary: (\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Load:
    """The result of one round. `answers` counts responses, `refused` those with a status of 400 or above."""

    answers: int
    rate: float
    refused: int
    failed: int
    p50_ms: float
    p99_ms: float
    p999_ms: float


@dataclass(frozen=True, slots=True)
class Rounds:
    """How a server is loaded: the script, the number of rounds, and the seconds of each."""

    script: Path
    how_many: int
    seconds: int

    def visit(self, port: int, *, connections: int) -> Load:
        """Run one round."""
        return visit(port, script=self.script, connections=connections, seconds=self.seconds)


def write_script(path: Path, people: Iterable[Person]) -> Path:
    """Write the script with which wrk sends these visitors' requests in turn; return its path."""
    requests = path.with_suffix(".requests")
    requests.write_bytes(b"\0".join(map(request_of, people)))
    path.write_text(_SCRIPT.format(requests=requests), encoding="ascii")
    return path


def request_of(person: Person) -> bytes:
    """Return a visitor's request as it is sent."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in person.headers.items())
    return f"GET {person.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode("ascii")


def visit(port: int, *, script: Path, connections: int, seconds: int) -> Load:
    """Load a server for that many seconds. Raises RuntimeError if the output of wrk can't be parsed."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script)]
    command = [*pin_to_core(VISITORS_CORE), *command, f"http://127.0.0.1:{port}/"]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60).stdout
    match = _SUMMARY.search(output)
    if match is None:
        raise RuntimeError(f"wrk printed:\n{output}")
    answers, micros, refused, failed, *latencies = map(int, match.groups())
    p50, p99, p999 = (micro / 1000 for micro in latencies)
    return Load(answers, answers / micros * 1e6, refused, failed, p50_ms=p50, p99_ms=p99, p999_ms=p999)
