"""Django's logging: warnings and errors to standard error, and nothing that a client sent with a refused request."""

import logging
from typing import Any


class WithoutValues(logging.Filter):
    """Reduce what Django logs of a refused request to its kind: the message may contain whatever the client sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True: the record is logged, in one line."""
        record.msg, record.args = "A request was refused: %s", (record.name.rpartition(".")[2],)
        record.exc_info = record.exc_text = None
        return True


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_values": {"()": WithoutValues}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler"},
        "refusals": {"class": "logging.StreamHandler", "filters": ["without_values"]},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"django.security": {"handlers": ["refusals"], "level": "WARNING", "propagate": False}},
}
"""The setting LOGGING."""
