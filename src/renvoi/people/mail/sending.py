"""Send messages through the mail server of RENVOI_EMAIL_URL.

A caller waits at most TIMEOUT_S, however slowly the server answers, and holds no transaction meanwhile. Messages that
nobody waits for are sent one after another by one thread, and dropped if too many wait.
"""

import logging
import queue
import smtplib
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from email.errors import HeaderParseError
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from django.conf import settings
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from renvoi.mail_server import MailServer, parse_mail_server

TIMEOUT_S = 10.0
_MAX_WAITING = 100
_MAX_AT_ONCE = 4

_logger = logging.getLogger(__name__)
_places = threading.Semaphore(_MAX_AT_ONCE)


class NotSent(Exception):
    """The message was not sent. The text says why, in the words of the mail server or of the system."""


def mail_server() -> MailServer | None:
    """Return the mail server that is configured, if there is one."""
    url = settings.CONFIG.email_url
    return parse_mail_server(url) if url else None


def send(*, to: str, subject: str, text: str, html: str) -> None:
    """Send one message, and wait until the server has taken it. Raises NotSent, after TIMEOUT_S at the latest.

    Not within a transaction: other writers would wait for the mail server.
    """
    server = mail_server()
    if server is None:
        raise NotSent(_("no mail server is configured"))
    if not _places.acquire(blocking=False):
        raise NotSent(_("too many messages are being sent"))
    result: Future[None] = Future()

    def deliver() -> None:
        try:
            _deliver(server, _message(server, to=to, subject=subject, text=text, html=html))
            result.set_result(None)
        except (OSError, smtplib.SMTPException, HeaderParseError, UnicodeError, ValueError) as error:
            result.set_exception(NotSent(_reason(error)))
        finally:
            _places.release()

    threading.Thread(target=deliver, name="mail", daemon=True).start()
    try:
        result.result(TIMEOUT_S)
    except Late as error:
        raise NotSent(_("the mail server did not answer in time")) from error


def _message(server: MailServer, *, to: str, subject: str, text: str, html: str) -> EmailMessage:
    message = EmailMessage()
    local, _, domain = to.rpartition("@")
    message["From"], message["To"] = server.sender, f"{local}@{domain.encode('idna').decode()}"
    message["Subject"], message["Date"] = subject, formatdate()
    message["Message-ID"] = make_msgid(domain=server.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message


def _deliver(server: MailServer, message: EmailMessage) -> None:
    context = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
        if server.security == "tls"
        else smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    ) as smtp:
        if server.security == "starttls":
            smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password)
        smtp.send_message(message)


def _reason(error: Exception) -> str | Promise:
    """Return why a message was not sent: in words of ours where we know, to be translated by whoever shows them."""
    if isinstance(error, TimeoutError):
        return _("the mail server did not answer in time")
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return _("the mail server refuses the user name or the password in RENVOI_EMAIL_URL")
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
        return " ".join(f"{error.smtp_code} {words}".split())[:200]
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _("the mail server refuses this address")
    return (str(getattr(error, "strerror", "") or error) or type(error).__name__)[:200]


class Later:
    """One thread that calls what it is given, in turn."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[Callable[[], None]] = queue.Queue(_MAX_WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def call(self, function: Callable[[], None]) -> None:
        """Call the function soon, in the thread. It may use the database. It is dropped if too many wait already."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="mail later", daemon=True)
                self._thread.start()
        try:
            self._waiting.put_nowait(function)
        except queue.Full:
            _logger.warning("A message was not sent: %d others are waiting.", _MAX_WAITING)

    def _work(self) -> None:
        while True:
            function = self._waiting.get()
            try:
                with override("en"):  # the language of the logs
                    function()
            except NotSent as error:
                _logger.warning("A message was not sent: %s.", error)
            except Exception:
                _logger.exception("A message was not sent.")
            finally:
                connection.close()


later = Later()
