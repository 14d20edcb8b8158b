"""Tell crawlers from browsers by their User-Agent, with a maintained list of crawler names."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache, partial

MAX_AGENT_LENGTH = 400
"""How many characters of a user agent are checked. Browsers send up to about 330. The time is linear in the length."""

CACHE_SIZE = 4096
"""How many results are cached. A day brings a few thousand different user agents. They are never written to disk."""

# No browser sends a URL in its user agent; crawlers do, to say who runs them and where to complain.
_ADDRESS = re.compile(r"https?://|www\.")
# A web view inside a mobile app, or the app itself: a person, even if the app's name is also a crawler's (Viber).
_IN_APP_BROWSER = re.compile(r"; wv\)|CFNetwork/\S+ Darwin/")
# An application that embeds a browser puts its name before the browser's; a robot that drives one adds its name after.
_EMBEDDED_BROWSER = re.compile(r"Electron/|QtWebEngine/")
_BROWSER_END = " Safari/"
# The part about the machine on Windows and macOS, to which an administrator may have added any text.
_MACHINE = re.compile(r"Mozilla/5\.0 \((?:Windows|Macintosh)[^()]*\)")
_CRAWLER_WORD = re.compile(r"bot|crawl|spider|preview", re.IGNORECASE)
_PATTERNS_PER_EXPRESSION = 25


class CrawlerDetector:
    """Tells crawlers from people, with a cache of its latest results.

    Only declared crawlers are detected. A robot with a browser's user agent gets what a browser gets.
    """

    def __init__(self) -> None:
        """Load and compile the list, which takes a tenth of a second the first time in a process."""
        self._is_crawler_cached = lru_cache(maxsize=CACHE_SIZE)(partial(_declares_crawler, names=_name_patterns()))

    def is_crawler(self, agent: str) -> bool:
        """Return whether a user agent declares a crawler. Never raises."""
        # Cut before the cache, which would else hold keys as long as a header may be.
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
    """Return whether a word of the text begins with a crawler's name: "MozacFetch/" does not match "Fetch/"."""
    return any(
        not (start := match.start()) or not (text[start - 1].isalpha() and text[start].isalpha())
        for name in names
        for match in name.finditer(text)
        if match[0]
    )


@cache
def _name_patterns() -> tuple[re.Pattern[str], ...]:
    """Compile the list of crawler-user-agents in groups: a single expression would be four times as slow."""
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # noqa: PLC0415 (half a megabyte, which only the gateway needs)

    patterns = [str(crawler["pattern"]) for crawler in CRAWLER_USER_AGENTS_DATA]
    groups = (
        patterns[start : start + _PATTERNS_PER_EXPRESSION]
        for start in range(0, len(patterns), _PATTERNS_PER_EXPRESSION)
    )
    return tuple(re.compile("|".join(f"(?:{pattern})" for pattern in group)) for group in groups)
