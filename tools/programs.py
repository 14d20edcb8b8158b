"""Install the programs that the tests and the bench run: `python -m tools.programs` (make programs).

As root on Debian, it installs missing programs from the distribution's packages, and a failed installation is an error.
Elsewhere it lists each missing program and what is skipped without it. The tests look programs up in the same table
(tests/programs.py).
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")
"""Debian's packages run this program to ask whether they may start a service."""
SERVICES = ("nginx", "haproxy", "pgbouncer")

_FORBIDS = "#!/bin/sh\nexit 101\n"
_MODULES = ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules")
_FONTS = ("NotoSansCJK*", "NotoSerifCJK*", "wqy-*")


@dataclass(frozen=True, slots=True)
class Program:
    """A program, or a file that stands for one, with its Debian packages and what needs it.

    `places` are patterns of absolute paths to check besides the folders of PATH.
    """

    name: str
    packages: str
    needed_for: str
    places: tuple[str, ...] = ()
    is_required: bool = False

    @property
    def is_installed(self) -> bool:
        """Whether it is on this machine."""
        return shutil.which(self.name) is not None or any(any(Path("/").glob(place[1:])) for place in self.places)


_ALL = (
    Program(
        "chromium",
        "chromium fonts-liberation",
        "the browser tests and the timing of a search",
        (os.environ.get("CHROMIUM", "/usr/bin/chromium"),),
        is_required=True,
    ),
    Program("firefox-esr", "firefox-esr", "the journey of the manual in Firefox"),
    Program("nginx", "nginx", "the tests of the deployment, of a shared cache, and make bench", ("/usr/sbin/nginx",)),
    Program(
        "nginx-geoip2",
        "nginx libnginx-mod-http-geoip2",
        "make bench, whose reference looks up countries",
        tuple(f"{folder}/ngx_http_geoip2_module.so" for folder in _MODULES),
    ),
    Program("haproxy", "haproxy", "the tests behind HAProxy", ("/usr/sbin/haproxy",)),
    Program("pdftotext", "poppler-utils", "the tests of what a PDF says"),
    Program(
        "cjk-font",
        "fonts-wqy-microhei",
        "the test of Chinese, Japanese and Korean in a PDF",
        tuple(f"/usr/share/fonts/**/{pattern}" for pattern in _FONTS),
    ),
    Program("soffice", "libreoffice-calc-nogui", "the round trip of an export through LibreOffice"),
    Program("strace", "strace", "the trace of system calls in make faults"),
    Program("setpriv", "util-linux", "the tests of folders that may not be written"),
    Program("pgbouncer", "pgbouncer", "the tests behind PgBouncer", ("/usr/sbin/pgbouncer",)),
    Program("pg_dump", "postgresql-client", "the backups of PostgreSQL"),
    Program("wrk", "wrk", "make bench, and the test that it counts right"),
    Program("taskset", "util-linux", "make bench, which binds each program to a core"),
)
PROGRAMS = {program.name: program for program in _ALL}


def missing() -> list[Program]:
    """Return the programs that are not on this machine."""
    return [program for program in PROGRAMS.values() if not program.is_installed]


def can_install() -> bool:
    """Return whether packages can be installed: by root, with apt-get."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def is_on_ci() -> bool:
    """Return whether this is a run of continuous integration, which may skip nothing."""
    return os.environ.get("CI", "").lower() in {"true", "1"}


def install(programs: Sequence[Program]) -> None:
    """Install their packages without starting or enabling services. Raises CalledProcessError if apt-get fails."""
    packages = sorted({package for program in programs for package in program.packages.split()})
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=600"]
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with _no_service_started():
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            subprocess.run(
                [*apt, *arguments], env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True
            )
    if shutil.which("update-rc.d"):
        for service in {*SERVICES} & {*packages}:
            subprocess.run(["update-rc.d", service, "disable"], capture_output=True, check=False)


@contextmanager
def _no_service_started() -> Iterator[None]:
    """Prevent packages from starting their services. An existing policy of the machine stays in force."""
    if POLICY.exists() or not POLICY.parent.is_dir():
        yield
        return
    POLICY.write_text(_FORBIDS, encoding="ascii")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)


def main() -> int:
    """Install or list the missing programs. Returns 1 if an installation fails or a required program stays missing."""
    lacking = missing()
    if lacking and can_install():
        print(
            f"Installing from the distribution's packages (once): {', '.join(one.name for one in lacking)}", flush=True
        )
        try:
            install(lacking)
        except subprocess.CalledProcessError as error:
            print(f"apt-get failed with status {error.returncode}.", file=sys.stderr)
            return 1
        if lacking := missing():
            print(f"Still missing after the installation: {', '.join(one.name for one in lacking)}", file=sys.stderr)
            return 1
    for program in lacking:
        print(
            f"LEFT OUT without {program.name} (on Debian: {program.packages}): {program.needed_for}.", file=sys.stderr
        )
    return int(any(program.is_required for program in lacking))


if __name__ == "__main__":
    sys.exit(main())
