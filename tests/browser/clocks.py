"""The operator's clocks, as the forms about an earlier time read them."""

from datetime import datetime
from zoneinfo import ZoneInfo


def present_moment() -> dict[str, str]:
    """Return the present day and time in the operator's time zone, as one types them, to the second."""
    now = datetime.now(tz=ZoneInfo("America/Toronto"))
    return {"day": f"{now:%Y-%m-%d}", "hour": f"{now:%H:%M:%S}"}
