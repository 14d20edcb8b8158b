"""Tests of the minified style sheet and script, and of the message catalogues."""

import gettext
import re
from pathlib import Path

import pytest

from renvoi.visitor.html import texts
from renvoi.visitor.html.texts import minify_css, minify_js, script, style

SOURCE = "".join((Path(texts.__file__).parent / name).read_text(encoding="utf-8") for name in ("page.css", "print.css"))

Rules = list[tuple[str, "Rules | list[tuple[str, str]]"]]


def parse_css(css: str) -> Rules:
    """Return each rule as its prelude and either its declarations or, in a conditional group, its rules."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    rules: Rules = []
    while css.strip():
        prelude, _, css = css.partition("{")
        end = _end_of_block(css)
        block, css = css[:end], css[end + 1 :]
        rules.append((_normalized(prelude), parse_css(block) if "{" in block else _declarations(block)))
    return rules


def _end_of_block(css: str) -> int:
    depth = 1
    for position, character in enumerate(css):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            return position
    raise AssertionError("A block is not closed.")


def _declarations(block: str) -> list[tuple[str, str]]:
    pairs = (declaration.partition(":") for declaration in block.split(";") if declaration.strip())
    return [(name.strip(), _normalized(value)) for name, _, value in pairs]


def _normalized(text: str) -> str:
    return re.sub(r"([:,]) ", r"\1", " ".join(text.split()).replace(" ,", ","))


class TestMinifyCss:
    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("a {\n  color: red;\n}\n", "a{color:red}"),
            ("a,\nb { margin: 0 auto; top: 0; }", "a,b{margin:0 auto;top:0}"),
            ("/* one */ a { /* two\n three */ color: red; /* four */ }", "a{color:red}"),
            ("a { }\n\nb { top: 0 }", "a{}b{top:0}"),
            ("a :hover { top: 0 }", "a :hover{top:0}"),
            ("a > b,\na + b { top: 0 }", "a > b,a + b{top:0}"),
            ("a { width: calc(1px + 2%); }", "a{width:calc(1px + 2%)}"),
            (
                "@media (min-width: 1px) and (color) {\n  a {\n    top: 0;\n  }\n}",
                "@media (min-width:1px) and (color){a{top:0}}",
            ),
            ("a { font: 'A  B', \"C /* D */ ;  E\"; }", "a{font:'A  B',\"C /* D */ ;  E\"}"),
            (r'a { content: "\"  /* x */"; }', r'a{content:"\"  /* x */"}'),
            ("", ""),
        ],
    )
    def test_only_comments_and_needless_space_are_removed(self, source: str, expected: str) -> None:
        assert minify_css(source) == expected

    def test_minified_css_stays_as_it_is(self) -> None:
        assert minify_css(style()) == style()


class TestStyle:
    def test_style_has_no_comment_and_no_newline(self) -> None:
        assert "/*" in SOURCE
        assert not re.search(r"/\*|\*/|[\n\r\t]|  ", style())

    def test_style_parses_to_the_rules_of_its_source(self) -> None:
        rules = parse_css(SOURCE)
        assert len(rules) > 30
        assert parse_css(style()) == rules

    def test_source_has_one_declaration_per_line(self) -> None:
        assert not re.search(r";[^\n]*[^\s]", re.sub(r"/\*.*?\*/", "", SOURCE, flags=re.DOTALL))


class TestMinifyJs:
    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("// why\nconst a = 1;\n// more\nb();\n", "const a=1;b();"),
            ('f("a  +  b; // c", "\\"  }");', 'f("a  +  b; // c","\\"  }");'),
            ("text.replace(/[^a-z ]+/g, x)", "text.replace(/[^a-z ]+/g,x)"),
            ("const { form } = select;", "const{form}=select;"),
            ("if (a == b) {\n  c();\n}\nelse d();", "if(a==b){c()}else d();"),
            ("return [a, b];", "return[a,b];"),
            ("const a = new B();", "const a=new B();"),
        ],
    )
    def test_only_comments_and_needless_space_are_removed(self, source: str, expected: str) -> None:
        assert minify_js(source) == expected

    def test_minified_script_stays_as_it_is(self) -> None:
        assert minify_js(script()) == script()

    def test_script_is_at_most_a_kilobyte(self) -> None:
        assert len(script()) <= 1024


class TestCatalogue:
    def test_missing_catalogue_is_reported_with_its_path(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(texts, "_LOCALE", tmp_path)
        monkeypatch.setattr(gettext, "_translations", {})
        texts.environments.cache_clear()
        try:
            with pytest.raises(texts.CatalogueMissing, match=r"visitor\.mo is not compiled"):
                texts.environments()
        finally:
            texts.environments.cache_clear()
