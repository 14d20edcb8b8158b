"""Hides how a crawler is told from a person: a maintained list of names, and where in a user agent a name counts."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache, partial

LONGEST = 400
"""Characters that are read of a user agent. The longest of a browser has about 330; the time is linear in them."""

REMEMBERED = 4096
"""Verdicts kept, in memory only: the user agents of a day are a few thousand, and nothing of them reaches a disk."""

# No browser's user agent has an address in it; whoever writes one says who they are and where to complain.
_ADDRESS = re.compile(r"https?://|www\.")
# A page inside an app on a telephone, or that app itself: a person's, though its name be a crawler's as well (Viber).
_IN_AN_APP = re.compile(r"; wv\)|CFNetwork/\S+ Darwin/")
# A program built round a browser bears its own name before the browser's; a robot that drives one adds its own behind.
_ROUND_A_BROWSER = re.compile(r"Electron/|QtWebEngine/")
_BROWSER_S_END = " Safari/"
# What Windows and Macintosh say of the machine, marks of whoever administers it included.
_MACHINE = re.compile(r"Mozilla/5\.0 \((?:Windows|Macintosh)[^()]*\)")
_SAYS_SO = re.compile(r"bot|crawl|spider|preview", re.IGNORECASE)
_PATTERNS_AT_ONCE = 25


class CrawlerVerdicts:
    """Tells crawlers from people, and remembers its last verdicts.

    An undeclared robot is no crawler here: it says that it is a browser, and is answered like one.
    """

    def __init__(self) -> None:
        """Loads and compiles the list, which takes a tenth of a second the first time."""
        self._verdict = lru_cache(maxsize=REMEMBERED)(partial(_declares, names=_names()))

    def is_crawler(self, agent: str) -> bool:
        """Whether that user agent declares a crawler. Total: any text has a verdict."""
        # Cut first: what is remembered is as long as the header may be.
        return self._verdict(agent[:LONGEST])


def _declares(agent: str, *, names: Sequence[re.Pattern[str]]) -> bool:
    if _ADDRESS.search(agent):
        return True
    if _IN_AN_APP.search(agent):
        return False
    if _ROUND_A_BROWSER.search(agent):
        return _is_named(agent.partition(_BROWSER_S_END)[2], names)
    machine = _MACHINE.match(agent)
    is_silent = machine is not None and not _SAYS_SO.search(machine[0])
    return _is_named(agent[machine.end() :] if machine and is_silent else agent, names)


def _is_named(text: str, names: Sequence[re.Pattern[str]]) -> bool:
    """Whether a crawler's name stands there, from the start of a word: "Fetch/" is not in "MozacFetch/"."""
    return any(
        not (start := found.start()) or not (text[start - 1].isalpha() and text[start].isalpha())
        for name in names
        for found in name.finditer(text)
        if found[0]
    )


@cache
def _names() -> tuple[re.Pattern[str], ...]:
    """The list of crawler-user-agents, compiled in pieces: one expression of all is four times as slow."""
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # noqa: PLC0415 (half a megabyte, for the gateway alone)

    patterns = [str(crawler["pattern"]) for crawler in CRAWLER_USER_AGENTS_DATA]
    pieces = (patterns[at : at + _PATTERNS_AT_ONCE] for at in range(0, len(patterns), _PATTERNS_AT_ONCE))
    return tuple(re.compile("|".join(f"(?:{pattern})" for pattern in piece)) for piece in pieces)
