"""The reference: a real nginx that looks up country and language, responds with a constant 302, and records nothing."""

from pathlib import Path

from tools.bench.cast import ASKED, languages, target
from tools.bench.machine import Running, free_port, nginx_program

_MODULES = (Path("/usr/lib/nginx/modules"), Path("/usr/lib64/nginx/modules"))
_GEOIP2 = "ngx_http_geoip2_module.so"
_CONFIG = """
load_module {module};
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
  map "$country:$language" $target {{ default https://nobody.example/; {targets} }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{ return 302 $target; }}
  }}
}}
"""


def geoip2_module() -> Path | None:
    """Return the path of nginx's geoip2 module; None if it is not installed (Debian: libnginx-mod-http-geoip2)."""
    return next((folder / _GEOIP2 for folder in _MODULES if (folder / _GEOIP2).exists()), None)


def reference(folder: Path, *, country_data: Path) -> Running:
    """Return nginx, configured in that folder."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "nginx.conf"
    content = _CONFIG.format(
        module=geoip2_module(),
        folder=folder,
        countries=country_data,
        port=port,
        languages=" ".join(f'"{accepts}" {language};' for accepts, language in languages()),
        targets=" ".join(
            f'"{country}:{language}" {target(country, language)};' for country in ASKED for language in ("fr", "en")
        ),
    )
    config.write_text(content, encoding="utf-8")
    return Running([nginx_program(), "-c", str(config)], port=port, log=folder / "nginx.log")
