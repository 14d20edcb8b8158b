"""Tell people from programs by the User-Agent: crawlers, link previews, monitors, link checkers and HTTP libraries.

The names of crawlers come from a maintained list. Rules about the form of a user agent cover what no list contains.
"""

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
# The same part on a telephone or tablet. It has the model's name, which may be Cubot, Spider or Probe.
_TELEPHONE = re.compile(r"Mozilla/5\.0 \((?=[^()]*Android)(?:[^()]|\([^()]*\))*+\)(?= (?:AppleWebKit|Gecko)/)")
_PATTERNS_PER_EXPRESSION = 25

# What programs call themselves that may also send a browser's or a device's name.
_PROGRAM_WORDS = (
    r"health[ _-]?check|monitor|\bprobe\b|uptime|synthetics|(?:link|site)[ -]?check|checklink|"
    r"(?:link|url)[ _-]?(?:preview|unfurl|scan)|http[a-z]*client|webdav|powershell|libcurl|libwww-perl|"
    r"rest-client|httpurlconnection|dart:io|nagios|pinger|fetcher|node\.js|python|safelinks|"
    r"compatible; ms-office|microsoft office/.*microsoft outlook|microsoft office (?:existence|protocol) discovery"
)
_PROGRAM = re.compile(rf"{_PROGRAM_WORDS}|\Asignal[/-]|\Asignal\Z", re.IGNORECASE)
_PRODUCT = re.compile(r"[A-Za-z][\w .,:/+@'!&-]*")
# A person's agent that is not a browser's usual one names a system, a device, a text browser, or an app or a player.
_DEVICE = re.compile(
    r"Android|Linux[;) ]|Windows|Macintosh|Mac ?OS|iOS|iPhone|iPad|iPod|watchOS|Darwin|X11|Amiga|BSD|CrOS|Tizen|Symb|"
    r"MIDP|WAP|BlackBerry|Nokia|SAMSUNG|SEC-|SonyEricsson|MOT-|LG[-/E]|HTC|ZTE|Alcatel|Vodafone|DoCoMo|KDDI|J-PHONE|"
    r"Palm|NetFront|UCWEB|PlayStation|PSP|Nintendo|Xbox|Roku|DVP|TV|Kodi|Sonos|AppleWebKit|Gecko|Presto|Opera|"
    r"Lynx|Links|w3m|Dillo|NetSurf|Mosaic|Mozac|Browser|App\b|Mobile|Player|VLC|QuickTime|iTunes|Outlook",
    re.IGNORECASE,
)
_BROWSER_STARTS = ("Mozilla", "Opera")
# Yahoo's crawler gives its address. The bare name also occurs in a corpus of browsers.
_NAMES_WITH_ADDRESS = ("Slurp",)


class CrawlerDetector:
    """Tells programs from people, with a cache of its latest results.

    Only declared programs are detected. A robot with a browser's user agent gets what a browser gets, and so does a
    request without a user agent.
    """

    def __init__(self) -> None:
        """Load and compile the list, which takes a tenth of a second the first time in a process."""
        self._is_crawler_cached = lru_cache(maxsize=CACHE_SIZE)(partial(_declares_program, names=_name_patterns()))

    def is_crawler(self, agent: str) -> bool:
        """Return whether a user agent declares a crawler or another program. Never raises."""
        # Cut before the cache, which would else hold keys as long as a header may be.
        return self._is_crawler_cached(agent[:MAX_AGENT_LENGTH])


def _declares_program(agent: str, *, names: Sequence[re.Pattern[str]]) -> bool:
    if _ADDRESS.search(agent):
        return True
    if _IN_APP_BROWSER.search(agent):
        return False
    text = agent.partition(_BROWSER_END)[2] if _EMBEDDED_BROWSER.search(agent) else agent[_machine_end(agent) :]
    return _PROGRAM.search(text) is not None or _is_named(text, names) or _is_bare_product(agent)


def _machine_end(agent: str) -> int:
    """Return where the part about the machine ends, if that part can't name a program; else 0."""
    if telephone := _TELEPHONE.match(agent):
        return telephone.end()
    machine = _MACHINE.match(agent)
    return machine.end() if machine and not _CRAWLER_WORD.search(machine[0]) else 0


def _is_named(text: str, names: Sequence[re.Pattern[str]]) -> bool:
    """Return whether a word of the text begins with a program's name: "MozacFetch/" does not match "Fetch/"."""
    return any(
        not (start := match.start()) or not (text[start - 1].isalpha() and text[start].isalpha())
        for name in names
        for match in name.finditer(text)
        if match[0]
    )


def _is_bare_product(agent: str) -> bool:
    """Return whether an agent only names a product, with no sign of a browser or device: "okhttp/4", "kube-probe/1"."""
    return (
        not agent.startswith(_BROWSER_STARTS)
        and _PRODUCT.fullmatch(agent) is not None
        and _DEVICE.search(agent) is None
    )


@cache
def _name_patterns() -> tuple[re.Pattern[str], ...]:
    """Compile the list of crawler-user-agents in groups: a single expression would be four times as slow."""
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # noqa: PLC0415 (half a megabyte, which only the gateway needs)

    named = [str(crawler["pattern"]) for crawler in CRAWLER_USER_AGENTS_DATA]
    patterns = [pattern for pattern in named if pattern not in _NAMES_WITH_ADDRESS]
    groups = (
        patterns[start : start + _PATTERNS_PER_EXPRESSION]
        for start in range(0, len(patterns), _PATTERNS_PER_EXPRESSION)
    )
    return tuple(re.compile("|".join(f"(?:{pattern})" for pattern in group)) for group in groups)
