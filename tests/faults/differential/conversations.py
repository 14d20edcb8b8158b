"""Random conversations: requests on one connection, how they are cut into segments, and how the connection ends."""

import asyncio
import random
import re
import socket
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal

from tests.faults.differential.requests import Counted, Expected, Request, draw_request
from tests.proxies import proxy_line
from tests.raw_http import Answer, read_answer
from tests.world import person

End = Literal["FIN", "close", "half-closed", "RST", "RST at a random offset", "FIN at a random offset", "refused"]
_ENDS: dict[End, int] = {
    "FIN": 40,
    "close": 10,
    "half-closed": 10,
    "RST": 10,
    "RST at a random offset": 10,
    "FIN at a random offset": 10,
    "refused": 10,
}
_POST = (
    b"POST / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
)
_REFUSED = (
    b"\0\0\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    _POST + b"Content-Length: 9000\r\n\r\n" + b"x" * 9_000,
    _POST + b"Transfer-Encoding: chunked\r\n\r\n" + (b"3e8\r\n" + b"x" * 1_000 + b"\r\n") * 9,
    _POST + b"Transfer-Encoding: chunked\r\n\r\nno size\r\n",
)
_TIMEOUT_S = 20.0
_ROUTES_THAT_END_WITH_THE_CLIENT = frozenset({"nginx", "HAProxy"})
_GO = re.compile(rb"/go/([0-9]+)\?")


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a client does on one connection. `reads_first`: it reads each response before it sends the next request."""

    name: str
    requests: tuple[Request, ...]
    end: End
    reads_first: bool

    @property
    def is_cut(self) -> bool:
        """Whether the client leaves without reading everything."""
        return "random" in self.end


@dataclass(slots=True)
class Outcome:
    """What came of some conversations. `received`: the reference of each counted response, with what its entry must
    say. `unread`: entries that may exist for responses that a client did not wait for."""

    connections: int = 0
    responses: int = 0
    problems: list[str] = field(default_factory=list)
    received: list[tuple[str, Counted]] = field(default_factory=list)
    unread: Counter[Counted] = field(default_factory=Counter)


def draw_conversation(seed: str, number: int, *, is_multiplexed: bool) -> Conversation:
    """Return one conversation, always the same for these arguments. `is_multiplexed`: of several visitors, as a proxy's
    connection to its upstream."""
    draw = random.Random(f"{seed}/{number}")
    end = draw.choices(list(_ENDS), weights=list(_ENDS.values()))[0]
    reads_first = draw.random() < 0.5
    count = draw.choice((1, 1, 2, 3, 5))
    first = draw.randrange(1_000_000)
    languages = [draw.choice(("fr", "en")) for _ in range(count)]
    people = [
        person(first + (at if is_multiplexed else 0), language=languages[at if is_multiplexed else 0])  # type: ignore[arg-type]  # mypy widens the literals
        for at in range(count)
    ]
    requests = [draw_request(draw, someone, tag=f"s{number}-{at}") for at, someone in enumerate(people)]
    return Conversation(f"{seed}/{number}", tuple(requests), end, reads_first)


async def converse(conversation: Conversation, *, port: int, route: str, outcome: Outcome) -> None:
    """Have the conversation, and add what came of it."""
    outcome.connections += 1
    with suppress(OSError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        talk = _Talk(conversation, route, reader, writer, outcome)
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                await talk.run()
        except TimeoutError:
            talk.report(f"a response, or the end of the connection, is missing after {_TIMEOUT_S:g} s")
        except (ConnectionError, asyncio.IncompleteReadError, ValueError) as error:
            if not talk.may_end_early:
                talk.report(f"the connection broke: {error!r}")
        finally:
            talk.leave()
        return
    outcome.problems.append(f"{conversation.name} through {route}: no connection")


class _Talk:
    """One conversation in progress."""

    def __init__(
        self,
        conversation: Conversation,
        route: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        outcome: Outcome,
    ) -> None:
        self._conversation, self._route, self._outcome = conversation, route, outcome
        self._reader, self._writer = reader, writer
        # Not the conversation's own numbers: each route cuts elsewhere.
        self._draw = random.Random(f"{conversation.name} through {route}")
        self._is_closing = False
        self._unanswered = list(conversation.requests)
        self._prefix = b"" if route == "direct" else proxy_line(conversation.requests[0].person.address)

    @property
    def may_end_early(self) -> bool:
        """Whether responses may be missing: the client, or a proxy on behalf of it, does not wait for them."""
        end = self._conversation.end
        return self._conversation.is_cut or (
            end in {"half-closed", "refused"} and self._route in _ROUTES_THAT_END_WITH_THE_CLIENT
        )

    def report(self, problem: str) -> None:
        self._outcome.problems.append(f"{self._conversation.name} through {self._route}: {problem}")

    async def run(self) -> None:
        conversation = self._conversation
        encoded = [self._encode(request, at) for at, request in enumerate(conversation.requests)]
        if conversation.is_cut:
            await self._send_part(b"".join(encoded))
            return
        if conversation.end == "refused":
            encoded.append(self._draw.choice(_REFUSED))
        if conversation.reads_first and conversation.end != "half-closed":
            for at, content in enumerate(encoded):
                await self._send(content)
                if at < len(conversation.requests):
                    await self._read_next()
        else:
            await self._send(b"".join(encoded))
        if conversation.end == "half-closed":
            self._writer.write_eof()
        while self._unanswered:
            if not await self._read_next():
                break
        # HAProxy overlooks a close that stands beside Upgrade, and keeps the connection.
        is_closing = conversation.end in {"close", "half-closed"} and (self._is_closing or self._route == "direct")
        if not self._unanswered and (is_closing or conversation.end == "refused"):
            await self._read_end()

    def leave(self) -> None:
        if self._conversation.end.startswith("RST"):
            self._writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, (1).to_bytes(4, "little") + bytes(4)
            )
            self._writer.transport.abort()
        self._writer.close()
        self._outcome.unread.update(
            request.expected.counted for request in self._unanswered if request.expected.counted
        )

    def _encode(self, request: Request, at: int) -> bytes:
        is_last = at == len(self._conversation.requests) - 1
        if is_last and self._conversation.end == "close":
            headers = request.headers.replace("Connection: ", "Connection: close, ")
            if headers == request.headers:
                headers += "Connection: close\r\n"
            request = replace(request, headers=headers)
        # What a visitor forges, a proxy replaces.
        forged = "20.7.0.9" if self._draw.random() < 0.3 else ""
        return request.encode(forwarded_for=request.person.address if self._route == "direct" else forged)

    async def _send(self, content: bytes) -> None:
        """Send all of it, whole or cut at random offsets."""
        count = self._draw.choice((0, 0, 0, 1, 2, 4)) if content else 0
        cuts = sorted(self._draw.choices(range(len(content)), k=count))
        for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True):
            self._writer.write(self._prefix + content[start:end])
            self._prefix = b""
            if end < len(content):
                await asyncio.sleep(self._draw.choice((0, 0.001, 0.003)))
        with suppress(ConnectionError):
            await self._writer.drain()

    async def _send_part(self, content: bytes) -> None:
        """Send a part of it, read some responses, and leave."""
        await self._send(content[: self._draw.randrange(len(content) + 1)])
        if self._conversation.end.startswith("FIN"):
            self._writer.write_eof()
            while self._unanswered and await self._read_next():
                pass
        else:
            for _ in range(self._draw.randrange(len(self._unanswered) + 1)):
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await self._read_next()

    async def _read_next(self) -> bool:
        """Read a response and compare it with what the visitor must get; return whether there was one."""
        request = self._unanswered[0]
        answer = await read_answer(self._reader, is_head=request.method == "HEAD")
        if answer is None:
            if not self.may_end_early:
                self.report(f"{len(self._unanswered)} requests without a response")
            return False
        if answer.status in {400, 408, 413, 431} and self.may_end_early:
            # The incomplete request, or what comes behind the others, is refused.
            return False
        self._unanswered.pop(0)
        self._outcome.responses += 1
        self._is_closing = answer.closes
        for problem in differences(answer, request.expected):
            self.report(f"{request.method} {request.target} of {request.person}: {problem}")
        if request.expected.counted and answer.header("renvoi-ref"):
            self._outcome.received.append((answer.header("renvoi-ref"), request.expected.counted))
        return True

    async def _read_end(self) -> None:
        """Read the refusal, if there is one, and the end of the connection."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            answer = await read_answer(self._reader)
            if answer is None:
                return
            if self._conversation.end != "refused" or answer.status < 400 or answer.header("renvoi-ref"):
                self.report(f"a response to nothing: {answer}")
            # A proxy may keep the client's connection, which has nothing to do with the one that was refused.
            if self._route == "direct" and (answer := await read_answer(self._reader)):
                self.report(f"a response behind the refusal: {answer}")


def differences(answer: Answer, expected: Expected) -> list[str]:
    """Return how the response differs from the one that its visitor must get."""
    pairs: list[tuple[str, object, object]] = [
        ("status", answer.status, expected.status),
        ("Location", answer.header("location"), expected.location),
        ("cookies", _cookies(answer), expected.cookies),
        ("a reference", bool(answer.header("renvoi-ref")), expected.counted is not None),
    ]
    if expected.partners is not None:
        pairs.append(("partners", {int(id_) for id_ in _GO.findall(answer.body)}, expected.partners))
    if expected.counted is not None and expected.status == 200:
        pairs.append(("language", answer.header("content-language"), expected.counted.language))
    return [f"{name}: {actual!r} instead of {wanted!r}" for name, actual, wanted in pairs if actual != wanted]


def _cookies(answer: Answer) -> frozenset[str]:
    return frozenset(value.partition(";")[0] for name, value in answer.headers if name == "set-cookie")
