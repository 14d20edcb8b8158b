"""The fast path on a connection: which requests it answers, in which order, and what happens at shutdown."""

import asyncio

import pytest

from tests.server.connections import CACHED, POST, RECORDED, UNCACHED, Client, run

POST_OF_REQUEST = b"POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(CACHED)
"""The headers of a request whose body is to be CACHED."""
LAST = b"GET /last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def test_fast_path_and_normal_path_take_turns_on_a_connection() -> None:
    async def steps(client: Client) -> None:
        for request, response in (
            (CACHED, "302 fast path"),
            (UNCACHED, "200 /other 0"),
            (CACHED, "302 fast path"),
            (POST, "200 /form 5"),
        ):
            await client.send(request)
            assert await client.read_response() == response
        await client.send(CACHED)
        assert await client.read_response() == "302 fast path"
        await client.send(LAST)
        assert await client.read_response() == "200 /last 0 close"
        assert await client.is_closed()

    run(steps)


@pytest.mark.parametrize("size", [1, 7, 16, 30, len(CACHED) - 1])
def test_request_in_several_packets_takes_the_normal_path(size: int) -> None:
    async def steps(client: Client) -> None:
        await client.send(*(CACHED[start : start + size] for start in range(0, len(CACHED), size)))
        assert await client.read_response() == "200 / 0"
        await client.send(CACHED)
        assert await client.read_response() == "302 fast path"

    run(steps)


@pytest.mark.parametrize(
    ("packets", "responses"),
    [
        pytest.param(
            [CACHED + UNCACHED + POST + CACHED],
            ["200 / 0", "200 /other 0", "200 /form 5", "200 / 0"],
            id="pipelined requests",
        ),
        pytest.param([POST_OF_REQUEST, CACHED], [f"200 /form {len(CACHED)}"], id="body in the next packet"),
        pytest.param([POST_OF_REQUEST + CACHED], [f"200 /form {len(CACHED)}"], id="body in the same packet"),
        pytest.param(
            [b"GET /x HTTP/1.1\r\nHost: localhost\r\nX: ", CACHED], ["200 /x 0"], id="within the headers of another"
        ),
        pytest.param(
            [POST_OF_REQUEST.replace(b"/form", b"/early"), CACHED], ["200 /early 0"], id="body that no code waits for"
        ),
    ],
)
def test_pipelined_requests_and_bodies_are_answered_in_order(packets: list[bytes], responses: list[str]) -> None:
    async def steps(client: Client) -> None:
        await client.send(*packets)
        assert [await client.read_response() for _ in responses] == responses
        await client.send(CACHED)
        assert await client.read_response() == "302 fast path"

    run(steps)


def test_requests_are_buffered_until_the_entry_is_recorded() -> None:
    async def steps(client: Client) -> None:
        client.app.fast_path.is_slow = True
        await client.send(CACHED, UNCACHED, POST[:-2], POST[-2:], CACHED)
        assert not await client.is_closed(within_s=0.1)
        assert len(client.app.fast_path.waiting) == 1
        client.app.fast_path.is_slow = False
        client.app.fast_path.waiting[0](RECORDED)
        responses = [await client.read_response() for _ in range(4)]
        assert responses == ["302 fast path", "200 /other 0", "200 /form 5", "200 / 0"]

    run(steps)


def test_fast_path_does_not_overtake_a_response_of_the_application() -> None:
    async def steps(client: Client) -> None:
        client.app.may_respond.clear()
        await client.send(UNCACHED, CACHED)
        assert not await client.is_closed(within_s=0.1)
        client.app.may_respond.set()
        assert [await client.read_response(), await client.read_response()] == ["200 /other 0", "200 / 0"]

    run(steps)


def test_client_that_disconnects_before_its_response_is_forgotten() -> None:
    async def steps(client: Client) -> None:
        client.app.fast_path.is_slow = True
        await client.send(CACHED)
        client.writer.transport.abort()
        await asyncio.sleep(0.05)
        client.app.fast_path.waiting[0](RECORDED)
        # Until then the connection might have been half-closed only: the response is tried.
        await asyncio.sleep(0.05)
        assert client.state.connections == set()

    run(steps)


def test_response_whose_entry_was_not_recorded_has_no_reference() -> None:
    async def steps(client: Client) -> None:
        client.app.fast_path.is_slow = True
        await client.send(CACHED)
        client.app.fast_path.waiting[0](not RECORDED)
        assert await client.read_response() == "302 "

    run(steps)


class TestShutdown:
    """Connections when the server shuts down."""

    def test_pending_response_is_sent_before_the_connection_closes(self) -> None:
        async def steps(client: Client) -> None:
            client.app.fast_path.is_slow = True
            await client.send(CACHED, UNCACHED)
            for connection in list(client.state.connections):
                connection.shutdown()
            assert not await client.is_closed(within_s=0.1)
            client.app.fast_path.waiting[0](RECORDED)
            assert await client.read_response() == "302 fast path close"
            assert await client.is_closed()

        run(steps)

    def test_idle_connection_is_closed(self) -> None:
        async def steps(client: Client) -> None:
            await client.send(CACHED)
            assert await client.read_response() == "302 fast path"
            for connection in list(client.state.connections):
                connection.shutdown()
            assert await client.is_closed()

        run(steps)
