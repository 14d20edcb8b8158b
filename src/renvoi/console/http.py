"""The types of the requests that the console's views take, and addresses that are made of them."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

from renvoi.partners.models import Operator
from renvoi.people.models import User


class ConsoleRequest(HttpRequest):
    """A request for any address of the console. Nobody need be signed in.

    `HtmxMiddleware` sets `htmx`, which is true when htmx asks for a part of a page or for a window;
    `console_language` sets `operator`, and `take_unsent` sets `unsent`.
    """

    htmx: HtmxDetails
    operator: Operator
    unsent: QueryDict | None


class StaffRequest(ConsoleRequest):
    """A request from a signed-in member of staff.

    `LoginRequiredMiddleware` redirects every other request to the sign-in page before a view is called, so this is
    the request of each view that is not marked `login_not_required`.
    """

    user: User


def public_address(request: HttpRequest) -> str:
    """Return the address at which prospects reach the gateway, without a final slash.

    Without RENVOI_PUBLIC_URL it is the one by which this request came.
    """
    return settings.CONFIG.public_url or f"{request.scheme}://{request.get_host()}"


def frame_source(request: HttpRequest, name: str) -> dict[str, list[str]]:
    """Return the addition to a page's policy that lets it frame the view of that name, and nothing else.

    At any port: a proxy may pass on the host without the one at which the browser reaches it.
    """
    host = urlsplit(f"//{request.get_host()}").hostname or ""
    return {"frame-src": [f"{request.scheme}://{host}:*{reverse(name)}"]}
