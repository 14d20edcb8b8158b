"""What the code does without: dynamic code, shells, weak digests, storage in the browser, further connections."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, plant, project_files, texts

_NETWORK = {
    "ftplib",
    "http",
    "httpx",
    "imaplib",
    "poplib",
    "requests",
    "smtplib",
    "socket",
    "ssl",
    "telnetlib",
    "urllib",
}
# Modules that connect or listen, and what for. PostgreSQL is reached through psycopg.
CONNECTING = {
    "cli/serving/listening.py": "listens",
    "cluster/report.py": "the name of the host",
    "geo/formats/ranges.py": "parses addresses",
    "geo/importing.py": "parses addresses",
    "ledger/postgresql.py": "options of the connection",
    "people/mail/sending.py": "sends to the configured mail server",
    "people/oidc/fetching.py": "asks the configured provider of sign-ins",
    "server/serving.py": "listens",
    "server/workers.py": "listens",
}
_MODULES = {"marshal", "pickle", "shelve", "telnetlib", "xml.dom", "xml.etree", "xml.sax", "yaml"}
_CALLS = {"eval", "exec", "os.popen", "os.system", "hashlib.md5", "hashlib.sha1", "hashlib.new"}
_WORDS = re.compile(
    r"\b(localStorage|sessionStorage|indexedDB|postMessage|document\.write|document\.cookie|outerHTML|insertAdjacentHTML"
    r"|__proto__|new Function)\b|\beval\(|\.innerHTML\b"
)
_COMMENT = re.compile(r"(^|\s)//[^\n]*")


def python_faults(root: Path) -> Iterator[str]:
    """Yield each import or call of the package that it must do without."""
    for path, text in texts(project_files(root, ".py", under="src/renvoi")):
        name = path.relative_to(root / "src" / "renvoi").as_posix()
        for node in ast.walk(ast.parse(text)):
            yield from (f"{name}: {fault}" for fault in _faults(node, is_connecting=name in CONNECTING))


def _faults(node: ast.AST, *, is_connecting: bool) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        imported = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        for module in imported:
            if ".".join(module.split(".")[:2]) in _MODULES:
                yield f"imports {module}"
            is_network = module.split(".")[0] in _NETWORK and module not in {"http", "urllib.parse"}
            if is_network and not is_connecting:
                yield f"imports {module}"
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        if called in _CALLS or any(word.arg == "shell" for word in node.keywords):
            yield f"calls {called}"
        if called == "salted_hmac" and not any(word.arg == "algorithm" for word in node.keywords):
            yield "salted_hmac without an algorithm is HMAC-SHA1"


def script_faults(root: Path) -> Iterator[str]:
    """Yield each use of what our scripts must do without."""
    for path, text in texts(project_files(root, ".js", under="src/renvoi")):
        for match in _WORDS.finditer(_COMMENT.sub("", text)):
            yield f"{path.name}: {match[0]}"


def test_python_does_without() -> None:
    assert list(python_faults(ROOT)) == []


def test_scripts_do_without() -> None:
    assert list(script_faults(ROOT)) == []


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.py", "import pickle", ["a.py: imports pickle"]),
        ("a.py", "from xml.etree import ElementTree", ["a.py: imports xml.etree"]),
        ("a.py", "import urllib.request", ["a.py: imports urllib.request"]),
        ("a.py", "run('ls', shell=True)", ["a.py: calls run"]),
        ("a.py", "eval(text)", ["a.py: calls eval"]),
        ("a.py", "hashlib.md5(b'')", ["a.py: calls hashlib.md5"]),
        ("a.py", "salted_hmac('a', 'b')", ["a.py: salted_hmac without an algorithm is HMAC-SHA1"]),
        ("a.py", "from http import HTTPStatus\nfrom urllib.parse import quote", []),
        ("a.js", "localStorage.a = 1", ["a.js: localStorage"]),
        ("a.js", "part.innerHTML = text", ["a.js: .innerHTML"]),
        ("a.js", "// no localStorage\npart.textContent = text", []),
    ],
)
def test_planted_fault_is_reported(name: str, content: str, expected: list[str], tmp_path: Path) -> None:
    root = plant(tmp_path, {f"src/renvoi/{name}": content})
    assert [*python_faults(root), *script_faults(root)] == expected
