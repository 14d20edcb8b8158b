"""Partners whose sites the browser reaches, for each decision that a visitor can get."""

from tests.browser.prepare import fill_with, set_operator
from tests.running import RunningRenvoi

ENDED = "2026-01-01"
SITE = "http://www.partnername.com"
SIGN_UP = {language: f"http://signup.partnername.com/{language}" for language in ("fr", "en")}


def _partner(name: str, country: str, **fields: str) -> dict[str, str]:
    urls = {f"url_{language}": f"{SITE}/{name}/{language}" for language in ("fr", "en")}
    return {"name": name, "countries": country, "description_fr": f"{name} répond.", **urls, **fields}


PARTNERS = (
    _partner("Seul", "KI"),
    _partner("Premier", "NR", priority="1"),
    _partner("Second", "NR", priority="9"),
    _partner("Pair", "TV"),
    _partner("Impair", "TV"),
    _partner("Dormant", "PW", status="paused"),
    _partner("Échu", "MH", agreement_ends_on=ENDED),
    _partner("Endormi", "FM", status="paused"),
    _partner("Fini", "FM", agreement_ends_on=ENDED),
    _partner("شركة (Aló)", "TO", url_en=""),
    _partner("Unilingue", "WS", url_fr=""),
)


def stock(renvoi: RunningRenvoi) -> None:
    """Add the partners to a server, and a sign-up address that the browser reaches."""
    fill_with(renvoi.environ, PARTNERS)
    set_operator(renvoi.environ, signup_url_fr=SIGN_UP["fr"], signup_url_en=SIGN_UP["en"])
