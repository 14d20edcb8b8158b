"""The types of the requests that the console's views take."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from renvoi.partners.models import Operator
from renvoi.people.models import User


class ConsoleRequest(HttpRequest):
    """A request for any address of the console. Nobody need be signed in.

    `HtmxMiddleware` sets `htmx`, which is true when htmx asks for a part of a page or for a window;
    `console_language` sets `operator`.
    """

    htmx: HtmxDetails
    operator: Operator


class StaffRequest(ConsoleRequest):
    """A request from a signed-in member of staff.

    `LoginRequiredMiddleware` redirects every other request to the sign-in page before a view is called, so this is
    the request of each view that is not marked `login_not_required`.
    """

    user: User
