"""Show a page of a visitor in a frame of the console: under its own policy, and so that no click in it is counted."""

from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse

from renvoi.domain.places import Language
from renvoi.visitor.html.texts import script_source, style_source

# The sandbox opens no window: what is clicked leads nowhere, and nothing is counted.
_HEAD, _HEAD_IN_FRAME = b"<head>", b'<head>\n<base target="_blank">'


def framed_page(request: HttpRequest, body: bytes, *, language: Language) -> HttpResponse:
    """Return the response with a visitor's page alone, under the policy that it has on the gateway.

    The view is `xframe_options_sameorigin`, and the frame has a sandbox that allows scripts only.
    """
    policy = {
        "script-src": [script_source()],
        "style-src": [style_source()],
        "img-src": ["'self'", "data:"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'self'"],
    }
    response = HttpResponse(body.replace(_HEAD, _HEAD_IN_FRAME, 1), headers={"Content-Language": language})
    return csp_replace(policy)(lambda _request: response)(request)  # type: ignore[return-value]
