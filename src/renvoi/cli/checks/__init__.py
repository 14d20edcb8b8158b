"""What `renvoi doctor` checks, and what a server repairs when it starts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. `remedy` says what to do; it is empty if the check passed."""

    subject: str
    remedy: str = ""
