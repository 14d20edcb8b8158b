"""A mail server that takes messages, or refuses them, on this machine."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

USER, SECRET = "renvoi", "mot:de/passe"


class Mailbox:
    """The messages that the server took. `refusal` is what it answers to recipients instead of taking them."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.refusal = ""
        self.delay_s = 0.0
        self.on_data: Callable[[], None] = lambda: None

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        """Take the recipient or not."""
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Take the message."""
        self.on_data()
        time.sleep(self.delay_s)  # noqa: ASYNC251 (the server has a thread of its own)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"

    def wait(self, count: int) -> None:
        """Wait until there are so many messages."""
        deadline = time.monotonic() + 10
        while len(self.messages) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(self.messages) == count


class _OnAnyPort(Controller):
    def _trigger_server(self) -> None:
        """Connect to the port that the system chose; the base class would to the one that it was given, 0."""
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def serving(mailbox: Mailbox) -> Iterator[str]:
    """Run the server, and yield its host and port."""

    def authenticate(*arguments: Any) -> AuthResult:
        sent = arguments[-1]
        is_right = isinstance(sent, LoginPassword) and (sent.login, sent.password) == (USER.encode(), SECRET.encode())
        return AuthResult(success=is_right, handled=False)

    controller = _OnAnyPort(
        mailbox, hostname="127.0.0.1", port=0, authenticator=authenticate, auth_require_tls=False, enable_SMTPUTF8=True
    )
    controller.start()
    try:
        yield f"127.0.0.1:{controller.port}"
    finally:
        controller.stop()
