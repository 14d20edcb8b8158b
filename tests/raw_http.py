"""Read HTTP/1.1 responses from a stream, byte for byte as a server or a proxy sent them."""

import asyncio
from dataclasses import dataclass

_BODILESS = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. `headers` have lower-case names, in order; `body` is decoded from its chunks."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The value of a header; empty if it is absent. Raises ValueError if it is repeated."""
        values = [value for other, value in self.headers if other == name]
        if len(values) > 1:
            raise ValueError(f"{name} is repeated: {values}")
        return values[0] if values else ""

    @property
    def closes(self) -> bool:
        """Whether the sender closes the connection behind it."""
        return self.header("connection").lower() == "close"


async def read_answer(reader: asyncio.StreamReader, *, is_head: bool = False) -> Answer | None:
    """Read the next final response; None at the end of the stream. `is_head`: it answers a HEAD, and has no body.

    Raises IncompleteReadError or ConnectionError if the connection ends within it, ValueError if it is malformed.
    """
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise
            return None
        line, *lines = head[:-4].decode("latin-1").split("\r\n")
        version, status, *_ = line.split(" ")
        if version not in {"HTTP/1.1", "HTTP/1.0"}:
            raise ValueError(f"no response: {head!r}")
        pairs = [line.partition(":") for line in lines]
        headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
        answer = Answer(int(status), headers, b"")
        if answer.status >= 200:
            return answer if is_head or answer.status in _BODILESS else await _with_body(answer, reader)


async def _with_body(answer: Answer, reader: asyncio.StreamReader) -> Answer:
    if answer.header("transfer-encoding") == "chunked":
        body = b""
        while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readuntil(b"\r\n")
    elif length := answer.header("content-length"):
        body = await reader.readexactly(int(length))
    else:
        body = await reader.read()
    return Answer(answer.status, answer.headers, body)
