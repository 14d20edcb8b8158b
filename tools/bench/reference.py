"""The reference: a real nginx that looks up country and language and records nothing.

It responds with a constant 302 or with a static file of the same size as Renvoi's page, and the same headers.
"""

import getpass
import grp
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from tools.bench.cast import ASKED, languages, target
from tools.bench.machine import Running, free_port, nginx_program
from tools.bench.verification import Pages

CountryFrom = Literal["address", "cookie", "header"]

_MODULES = (Path("/usr/lib/nginx/modules"), Path("/usr/lib64/nginx/modules"))
_GEOIP2 = "ngx_http_geoip2_module.so"
# nginx computes a variable only where it is used.
_CONFIG = """
load_module {module};
user {user};
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  geoip2 {countries} {{ $country source=$http_x_forwarded_for country iso_code; }}
  map $http_accept_language $language {{ default fr; {languages} }}
  map $cookie_renvoi_country $chosen_country {{ "" $country; default $cookie_renvoi_country; }}
  map $cookie_renvoi_lang $chosen_language {{ "" $language; default $cookie_renvoi_lang; }}
  map "{country}:{language}" $target {{ default https://nobody.example/; {targets} }}
  {header_maps}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{ return 302 $target; }}
    {pages}
  }}
}}
"""
_PAGES = """
    location = / {{
      root {folder}/pages;
      default_type "{content_type}";
      sendfile on;
      tcp_nopush on;
      open_file_cache max=1000 inactive=1h;
      open_file_cache_valid 1h;
      etag off;
      add_header Last-Modified "";
      {headers}
      try_files /{name} =404;
    }}
"""
_VARIABLES = {
    "address": ("$country", "$language"),
    "cookie": ("$chosen_country", "$chosen_language"),
    "header": ("$http_cf_ipcountry", "$language"),
}
_OWN_HEADERS = frozenset({"content-length", "content-type", "date", "server", "connection"})


def geoip2_module() -> Path | None:
    """Return the path of nginx's geoip2 module; None if it is not installed (Debian: libnginx-mod-http-geoip2)."""
    return next((folder / _GEOIP2 for folder in _MODULES if (folder / _GEOIP2).exists()), None)


def reference(
    folder: Path, *, country_data: Path, country_from: CountryFrom = "address", pages: Pages | None = None
) -> Running:
    """Return nginx, configured in that folder. With `pages`, `GET /` has these instead of a redirect."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "nginx.conf"
    country, language = _VARIABLES[country_from]
    name = f"{country}-{language}-$arg_src"
    content = _CONFIG.format(
        module=geoip2_module(),
        # Its worker must be able to read the pages. (As another user than root, nginx ignores this.)
        user=f"{getpass.getuser()} {grp.getgrgid(os.getegid()).gr_name}",
        folder=folder,
        countries=country_data,
        port=port,
        languages=" ".join(f'"{accepts}" {language};' for accepts, language in languages()),
        country=country,
        language=language,
        targets=" ".join(
            f'"{country}:{language}" {target(country, language)};' for country in ASKED for language in ("fr", "en")
        ),
        header_maps="\n  ".join(_header_maps(pages, name=name)) if pages else "",
        pages=_page_location(folder, pages, name=name) if pages else "",
    )
    config.write_text(content, encoding="utf-8")
    return Running([nginx_program(), "-c", str(config)], port=port, log=folder / "nginx.log")


def _page_location(folder: Path, pages: Pages, *, name: str) -> str:
    (folder / "pages").mkdir(exist_ok=True)
    for page, answer in pages.items():
        (folder / "pages" / page).write_bytes(answer.body)
    constant, varying = _headers_of(pages)
    headers = [f'add_header {header} "{value}";' for header, value in constant.items()]
    headers += [f"add_header {header} {_variable_of(header)};" for header in varying]
    content_type = next(iter(pages.values())).headers["content-type"]
    return _PAGES.format(folder=folder, content_type=content_type, headers="\n      ".join(headers), name=name)


def _header_maps(pages: Pages, *, name: str) -> Iterator[str]:
    """Yield a map for each header whose value depends on the page."""
    for header in _headers_of(pages)[1]:
        values = " ".join(f'"{page}" "{answer.headers[header]}";' for page, answer in pages.items())
        yield f'map "{name}" {_variable_of(header)} {{ {values} }}'


def _headers_of(pages: Pages) -> tuple[dict[str, str], list[str]]:
    """Return the headers that all pages share, one reference among them, and the names of the others."""
    first, *others = (answer.headers for answer in pages.values())
    names = [header for header in first if header not in _OWN_HEADERS]
    varying = [name for name in names if name != "renvoi-ref" and any(other[name] != first[name] for other in others)]
    return {name: first[name] for name in names if name not in varying}, varying


def _variable_of(header: str) -> str:
    return "$page_" + header.replace("-", "_")
