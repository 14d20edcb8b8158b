"""Templates and modules contain nothing unescaped, and nothing inline that the Content-Security-Policy forbids."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, plant, project_files

_UNESCAPED = re.compile(r"\{%[-+]?\s*autoescape\s+(?:off|false)|\|\s*safe(?:seq)?\b")
_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
_BY_HASH = re.compile(r"<style>{{ slot\.style }}</style>|<script>{{ slot\.script }}</script>")
_TRUSTING = {"mark_safe", "SafeText", "html_safe"}
_TRUSTING_CALLS = {"SafeString", "Markup"}


def unescaped(root: Path) -> Iterator[str]:
    """Yield each place in templates and modules that marks a text as safe instead of escaping it."""
    for path in project_files(root, ".html", ".txt", under="src"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if _UNESCAPED.search(line):
                yield f"{_name(path, root)}:{number}: {line.strip()}"
    for path in project_files(root, ".py", under="src"):
        yield from (f"{_name(path, root)}:{number}: {why}" for number, why in _trust(path.read_text(encoding="utf-8")))


def inline(root: Path) -> Iterator[str]:
    """Yield each inline script, style or event handler in a template.

    The visitor's pages load in a single request: the policy allows their style sheet and their script by a hash.
    """
    for path in project_files(root, ".html", under="src"):
        html = path.read_text(encoding="utf-8")
        if "visitor" in path.parts:
            html = _BY_HASH.sub("", html)
        finder = _InlineFinder()
        finder.feed(_TAG.sub(lambda match: "\n" * match[0].count("\n") + "x ", html))
        yield from (f"{_name(path, root)}:{number}: {why}" for number, why in finder.pieces)


def shown_comments(root: Path) -> Iterator[str]:
    """Yield each comment that Django shows: one of several lines. Jinja2, which renders visitors' pages, hides it."""
    for path in project_files(root, ".html", ".txt", under="src"):
        if "visitor" not in path.parts:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if line.count("{#") != line.count("#}"):
                    yield f"{_name(path, root)}:{number}: {line.strip()}"


def test_no_text_is_marked_safe() -> None:
    assert "\n".join(unescaped(ROOT)) == ""


def test_no_markup_is_inline() -> None:
    assert "\n".join(inline(ROOT)) == ""


def test_no_comment_is_shown() -> None:
    assert "\n".join(shown_comments(ROOT)) == ""


UNESCAPED = {
    "page.html": [
        "{% autoescape off %}",
        "{%- autoescape false -%}",
        "{{ name|safe }}",
        "{{ name | safe }}",
        "{{ names|safeseq|join:', ' }}",
    ],
    "mail.txt": ["{{ name|safe }}"],
    "page.py": [
        "from django.utils.safestring import mark_safe",
        "x = safestring.mark_safe(name)",
        "x = SafeString(name)",
        "x = Markup(name)",
        'x = Markup(f"<b>{name}</b>")',
        'x = Markup("<b>%s</b>" % name)',
    ],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in UNESCAPED.items() for text in texts])
def test_planted_safe_mark_is_reported(name: str, text: str, tmp_path: Path) -> None:
    plant(tmp_path, {f"src/renvoi/console/{name}": text})
    assert len(list(unescaped(tmp_path))) == 1


@pytest.mark.parametrize("text", ["<script>go()</script>", "<style>p {}</style>", "<script>{{ name }}</script>"])
def test_only_the_files_of_the_visitors_pages_are_inline(text: str, tmp_path: Path) -> None:
    plant(tmp_path, {"src/renvoi/visitor/html/templates/page.html": text})
    assert len(list(inline(tmp_path))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "<script>go()</script>",
        '<script nonce="{{ nonce }}">go()</script>',
        "<style>p {}</style>",
        '<p style="color: {{ colour }}">',
        "<p\n  class='a'{% if b %} style='x'{% endif %}>",
        '<button onclick="go()">',
        '<button hx-on:click="go()">',
        '<button hx-on::after-request="go()">',
        '<a href=" JavaScript:go()">',
        '<form action="javascript:go()">',
        """<div hx-vals='js:{a: go()}'>""",
    ],
)
def test_planted_inline_markup_is_reported(text: str, tmp_path: Path) -> None:
    plant(tmp_path, {"src/renvoi/console/templates/page.html": text})
    assert len(list(inline(tmp_path))) == 1


def test_planted_comment_of_two_lines_is_reported(tmp_path: Path) -> None:
    comment = "{# one\ntwo #}\n"
    plant(tmp_path, {f"src/renvoi/{side}/templates/page.html": comment for side in ("console", "visitor")})
    assert [line.split(":")[1] for line in shown_comments(tmp_path)] == ["1", "2"]


def test_correct_markup_passes(tmp_path: Path) -> None:
    page = """{% load static %}{# <script>no</script> #}<script src="{% static 'a.js' %}" defer></script>
      <p class="on {{ style }}" data-style="a" title="style=">{{ safe }} {{ name|escape }} onclick="a"</p>"""
    code = 'x = Markup("<b>{}</b>").format(name)\ny: SafeString = format_html("<b>{}</b>", name)\n'
    plant(
        tmp_path,
        {
            "src/renvoi/console/templates/page.html": page,
            "src/renvoi/visitor/templates/page.html": "<style>{{ slot.style }}</style>",
            "src/renvoi/visitor/templates/last.html": "<script>{{ slot.script }}</script>",
            "src/renvoi/console/page.py": code,
        },
    )
    assert [*unescaped(tmp_path), *inline(tmp_path)] == []


class _InlineFinder(HTMLParser):
    """Collects (line, markup) of each inline piece in `pieces`."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Called by HTMLParser."""
        names = {name for name, _ in attrs}
        if (tag == "script" and "src" not in names) or tag == "style":
            self._add(f"<{tag}>")
        for name, value in attrs:
            if name == "style" or name.startswith(("on", "hx-on")):
                self._add(f"{name}=")
            elif (value or "").strip().lower().startswith(("javascript:", "js:")):
                self._add(f"{name}={value}")

    def _add(self, what: str) -> None:
        self.pieces.append((self.getpos()[0], what))


def _trust(code: str) -> Iterator[tuple[int, str]]:
    """Yield each call that marks a text as safe. Markup of a literal is allowed: its format() escapes the arguments."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and _TRUSTING & {alias.name for alias in node.names}:
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            plain = all(isinstance(argument, ast.Constant) for argument in node.args)
            if name in _TRUSTING or (name in _TRUSTING_CALLS and not plain):
                yield node.lineno, ast.unparse(node)


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
