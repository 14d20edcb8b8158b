"""Tell crawlers from browsers by their User-Agent, with a maintained list of crawler names."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache, partial

MAX_AGENT_LENGTH = 400
"""Characters that are read of a user agent. The longest of a browser has about 330; the time is linear in them."""

CACHE_SIZE = 4096
"""Verdicts kept, in memory only: the user agents of a day are a few thousand, and nothing of them reaches a disk."""

# No browser's user agent has an address in it; whoever writes one says who they are and where to complain.
_ADDRESS = re.compile(r"https?://|www\.")
# A page inside an app on a telephone, or that app itself: a person's, though its name be a crawler's as well (Viber).
_IN_APP_BROWSER = re.compile(r"; wv\)|CFNetwork/\S+ Darwin/")
# A program built round a browser bears its own name before the browser's; a robot that drives one adds its own behind.
_EMBEDDED_BROWSER = re.compile(r"Electron/|QtWebEngine/")
_BROWSER_END = " Safari/"
# What Windows and Macintosh say of the machine, marks of whoever administers it included.
_MACHINE = re.compile(r"Mozilla/5\.0 \((?:Windows|Macintosh)[^()]*\)")
_CRAWLER_WORD = re.compile(r"bot|crawl|spider|preview", re.IGNORECASE)
_PATTERNS_PER_EXPRESSION = 25


class CrawlerDetector:
    """Tells crawlers from people, and remembers its last verdicts.

    An undeclared robot is no crawler here: it says that it is a browser, and is answered like one.
    """

    def __init__(self) -> None:
        """Loads and compiles the list, which takes a tenth of a second the first time."""
        self._is_crawler_cached = lru_cache(maxsize=CACHE_SIZE)(partial(_declares_crawler, names=_name_patterns()))

    def is_crawler(self, agent: str) -> bool:
        """Whether that user agent declares a crawler. Total: any text has a verdict."""
        # Cut first: what is remembered is as long as the header may be.
        return self._is_crawler_cached(agent[:MAX_AGENT_LENGTH])


def _declares_crawler(agent: str, *, names: Sequence[re.Pattern[str]]) -> bool:
    if _ADDRESS.search(agent):
        return True
    if _IN_APP_BROWSER.search(agent):
        return False
    if _EMBEDDED_BROWSER.search(agent):
        return _is_named(agent.partition(_BROWSER_END)[2], names)
    machine = _MACHINE.match(agent)
    is_machine_only = machine is not None and not _CRAWLER_WORD.search(machine[0])
    return _is_named(agent[machine.end() :] if machine and is_machine_only else agent, names)


def _is_named(text: str, names: Sequence[re.Pattern[str]]) -> bool:
    """Whether a crawler's name stands there, from the start of a word: "Fetch/" is not in "MozacFetch/"."""
    return any(
        not (start := match.start()) or not (text[start - 1].isalpha() and text[start].isalpha())
        for name in names
        for match in name.finditer(text)
        if match[0]
    )


@cache
def _name_patterns() -> tuple[re.Pattern[str], ...]:
    """The list of crawler-user-agents, compiled in pieces: one expression of all is four times as slow."""
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # noqa: PLC0415 (half a megabyte, for the gateway alone)

    patterns = [str(crawler["pattern"]) for crawler in CRAWLER_USER_AGENTS_DATA]
    groups = (
        patterns[start : start + _PATTERNS_PER_EXPRESSION]
        for start in range(0, len(patterns), _PATTERNS_PER_EXPRESSION)
    )
    return tuple(re.compile("|".join(f"(?:{pattern})" for pattern in group)) for group in groups)
