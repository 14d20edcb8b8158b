"""User agents of crawlers and of browsers.

Crawlers are those that the package crawler-user-agents knows by example. Browsers are made up from what each kind
sends, by version and by system: current ones, and those of telephones, apps, televisions and old machines.
"""

from collections.abc import Iterator
from itertools import product

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from tests.corpora.outside import outside_cases

_WINDOWS = (
    "Windows NT 10.0; Win64; x64",
    "Windows NT 10.0; WOW64",
    "Windows NT 6.1; Win64; x64",
    "Windows NT 6.3; ARM",
)
_MACINTOSH = ("Macintosh; Intel Mac OS X 10_15_7", "Macintosh; Intel Mac OS X 10_11_6")
_LINUX = ("X11; Linux x86_64", "X11; Ubuntu; Linux x86_64", "X11; Linux aarch64", "X11; FreeBSD amd64")
_CHROME_OS = ("X11; CrOS x86_64 14541.0.0", "X11; CrOS armv7l 13597.84.0")
_DESKTOPS = (*_WINDOWS, *_MACINTOSH, *_LINUX, *_CHROME_OS)
_PHONES = (
    "Linux; Android 10; K",
    "Linux; Android 15; Pixel 9 Pro",
    "Linux; Android 14; SM-S921B",
    "Linux; Android 13; SAMSUNG SM-A546E",
    "Linux; Android 12; moto g(60)",
    "Linux; Android 11; Redmi Note 9S Build/RKQ1.200826.002",
    "Linux; Android 9; JAT-L29",
    "Linux; Android 8.1.0; CPH1909",
    "Linux; U; Android 4.4.2; fr-ca; GT-I9505 Build/KOT49H",
    "Linux; Android 6.0; CUBOT NOTE 20",
)
_IOS = (
    "iPhone; CPU iPhone OS 18_1 like Mac OS X",
    "iPhone; CPU iPhone OS 15_8_3 like Mac OS X",
    "iPad; CPU OS 17_5_1 like Mac OS X",
    "iPod touch; CPU iPhone OS 12_5_7 like Mac OS X",
)
_CHROMIUMS = ("142.0.0.0", "120.0.6099.71", "97.0.4692.99", "49.0.2623.112")
_FIREFOXES = ("145.0", "128.0", "102.0", "52.9")
_SAFARIS = ("26.1", "18.1", "15.6.1", "9.1.2")
_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
# What stands behind Chrome's own name.
_ON_CHROMIUM = ("", " Edg/{0}", " OPR/115.0.0.0", " Vivaldi/7.0", " YaBrowser/24.12.0", " Whale/4.29", " DuckDuckGo/7")
_ON_A_PHONE = ("", " EdgA/{0}", " OPR/86.0", " DuckDuckGo/5", " Brave/1.7", " UCBrowser/13.4", " HuaweiBrowser/15.0")
_APPS_OF_IOS = (
    "CriOS/142.0.0.0 Mobile/15E148 Safari/604.1",
    "FxiOS/145.0 Mobile/15E148 Safari/605.1.15",
    "EdgiOS/142.0 Version/18.0 Mobile/15E148 Safari/604.1",
    "GSA/340.0 Mobile/15E148 Safari/604.1",
    "OPT/5.2 Mobile/15E148",
    "Mobile/15E148",
    "Mobile/15E148 [FBAN/FBIOS;FBAV/480.0.0;FBDV/iPhone14,5;FBLC/fr_CA]",
    "Mobile/15E148 Instagram 350.0 (iPhone14,5; iOS 18_1; fr_CA)",
    "Mobile/15E148 MicroMessenger/8.0.50 NetType/WIFI Language/fr",
)
_WEB_VIEWS = (
    "",
    " [FB_IAB/FB4A;FBAV/480.0;]",
    " Instagram 350.0 Android",
    " Snapchat/13.0",
    " Viber/22.1",
    " Line/14.0",
)
_OTHERS = (
    "Mozilla/5.0",
    "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; .NET CLR 3.5.30729)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64 Safari/537.36 Edge/17",
    "Opera/9.80 (Windows NT 6.1; U; fr) Presto/2.12.388 Version/12.18",
    "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80/191.333; U; fr) Presto/2.12.423 Version/12.16",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1 Epiphany/47.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) QtWebEngine/6.8 Chrome/122 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Electron/33.2 Safari/537.36",
    "Mozilla/5.0 (X11; U; Linux i686; fr; rv:1.9.2) Gecko/20100115 Firefox/3.6",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 SeaMonkey/2.53.19",
    "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Thunderbird/128.5.0",
    "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/7.0 TV Safari/537.36",
    "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108 Safari/537.36 WebAppManager",
    "Mozilla/5.0 (PlayStation; PlayStation 5/9.00) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16 Safari/605.1",
    "Mozilla/5.0 (Nintendo Switch; WifiWebAuthApplet) AppleWebKit/609.4 (KHTML, like Gecko) NF/6.0.2.21.3",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0",
    "Mozilla/5.0 (X11; Linux armv7l) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/84.0 Safari/537.36 Kindle/3.0",
    "Mozilla/5.0 (Mobile; rv:48.0; A405DL) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
    "Mozilla/5.0 (BB10; Touch) AppleWebKit/537.10+ (KHTML, like Gecko) Version/10.3 Mobile Safari/537.10+",
    "Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) AppleWebKit/537.36 Chrome/52.0 Edge/15.15",
    "Mozilla/5.0 (Tizen 4.0; SAMSUNG SM-R800) AppleWebKit/538.1 (KHTML, like Gecko) Version/4.0 Mobile Safari/538.1",
    "NokiaN97/21.1 (SymbianOS/9.4; Series60/5.0 Mozilla/5.0; Profile/MIDP-2.1) AppleWebKit/525 (KHTML, like Gecko)",
    "Lynx/2.9.2 libwww-FM/2.14 SSL-MM/1.4.1 OpenSSL/3.4",
    "Links (2.29; Linux 6.1 x86_64; GNU C 12.2; text)",
    "w3m/0.5.3+git20230121",
    "Dillo/3.1.1",
    "NetSurf/3.11 (Linux)",
)


def crawler_agents() -> list[str]:
    """User agents of crawlers, with the outside ones where they are present."""
    known = [str(agent) for crawler in CRAWLER_USER_AGENTS_DATA for agent in crawler["instances"]]
    return [*known, *outside_cases("crawler_agents.json")]


def browser_agents() -> list[str]:
    """User agents of browsers, with the outside ones where they are present."""
    return [*_desktop_agents(), *_phone_agents(), *_OTHERS, *outside_cases("browser_agents.json")]


def _desktop_agents() -> Iterator[str]:
    for system, version, other in product(_DESKTOPS, _CHROMIUMS, _ON_CHROMIUM):
        yield f"Mozilla/5.0 ({system}) {_WEBKIT} Chrome/{version} Safari/537.36{other.format(version)}"
    for system, version in product(_DESKTOPS, _FIREFOXES):
        yield f"Mozilla/5.0 ({system}; rv:{version}) Gecko/20100101 Firefox/{version}"
    for system, version in product(_MACINTOSH, _SAFARIS):
        yield f"Mozilla/5.0 ({system}) {_APPLE} Version/{version} Safari/605.1.15"


def _phone_agents() -> Iterator[str]:
    for phone, version, other in product(_PHONES, _CHROMIUMS, _ON_A_PHONE):
        yield f"Mozilla/5.0 ({phone}) {_WEBKIT} Chrome/{version} Mobile Safari/537.36{other.format(version)}"
    for phone, version in product(_PHONES, _CHROMIUMS):
        yield f"Mozilla/5.0 ({phone}) {_WEBKIT} SamsungBrowser/27.0 Chrome/{version} Mobile Safari/537.36"
    for phone, app in product(_PHONES, _WEB_VIEWS):
        yield f"Mozilla/5.0 ({phone}; wv) {_WEBKIT} Version/4.0 Chrome/142.0.0.0 Mobile Safari/537.36{app}"
    for version in _FIREFOXES:
        yield f"Mozilla/5.0 (Android 14; Mobile; rv:{version}) Gecko/{version} Firefox/{version}"
    for phone, version in product(_IOS, _SAFARIS):
        yield f"Mozilla/5.0 ({phone}) {_APPLE} Version/{version} Mobile/15E148 Safari/604.1"
    for phone, app in product(_IOS, _APPS_OF_IOS):
        yield f"Mozilla/5.0 ({phone}) {_APPLE} {app}"
