"""Extracted messages are those that Django and Jinja2 look up: each source is rendered with a catalogue of them."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.support import Translations
from django.template import Context, Engine
from django.test import override_settings
from django.utils import translation

from renvoi.visitor.html.texts import _environment
from tools.messages.extraction import Kind, Message, UnreadableMessage, messages_in, messages_of

_ENGINE = Engine(builtins=["django.templatetags.i18n"])

DJANGO = {
    "trans": ("{% trans 'Save' %}", [Message(("Save",))], "«Save»"),
    "translate": ('{% translate "Don’t save" %}', [Message(("Don’t save",))], "«Don’t save»"),
    "quotes inside": ("""{% translate 'the "state"' %}""", [Message(('the "state"',))], '«the "state"»'),
    "percent": ('{% translate "100 % sure" %}', [Message(("100 %% sure",))], "«100 % sure»"),
    "filtered": ('{% translate "Save"|upper %}', [Message(("Save",))], "«SAVE»"),
    "context": (
        '{% translate "State" context "of a partner" %}',
        [Message(("State",), context="of a partner")],
        "of a partner«State»",
    ),
    "asvar": ('{% translate "Trash" as title %}[{{ title }}]', [Message(("Trash",))], "[«Trash»]"),
    "asvar, context": (
        '{% translate "Trash" context "menu" as title %}[{{ title }}]',
        [Message(("Trash",), context="menu")],
        "[menu«Trash»]",
    ),
    "constant": ('{{ _("Name") }}', [Message(("Name",))], "«Name»"),
    "constant in a filter": ('{{ absent|default:_("No name") }}', [Message(("No name",))], "«No name»"),
    "constant in a tag": (
        '{% with label=_("Countries") %}{{ label }}{% endwith %}',
        [Message(("Countries",))],
        "«Countries»",
    ),
    "two constants in a tag": (
        "{% firstof absent _('One') %}{% with a=_('Two') b=_(\"Three\") %}{{ a }}{{ b }}{% endwith %}",
        [Message(("One",)), Message(("Two",)), Message(("Three",))],
        "«One»«Two»«Three»",
    ),
    "block": (
        "{% blocktranslate %}Delete {{ name }}?{% endblocktranslate %}",
        [Message(("Delete %(name)s?",))],
        "«Delete Aló Brasil?»",
    ),
    "block, percent": (
        "{% blocktranslate %}{{ count }} % of 100 %{% endblocktranslate %}",
        [Message(("%(count)s %% of 100 %%",))],
        "«2 % of 100 %»",
    ),
    "block over lines": (
        "{% blocktranslate %}\n  One\n  two\n{% endblocktranslate %}",
        [Message(("\n  One\n  two\n",))],
        "«\n  One\n  two\n»",
    ),
    "block, trimmed": (
        "<p>\n {% blocktranslate trimmed with who=name %}\n    Delete\n    {{ who }}?\n  {% endblocktranslate %}\n</p>",
        [Message(("Delete %(who)s?",))],
        "<p>\n «Delete Aló Brasil?»\n</p>",
    ),
    "plural": (
        "{% blocktranslate trimmed count n=count %}\n{{ n }} row\n{% plural %}\n {{ n }} rows\n{% endblocktranslate %}",
        [Message(("%(n)s row", "%(n)s rows"))],
        "«2 rows»",
    ),
    "plural, context": (
        '{% blocktranslate count n=count context "list" %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}',
        [Message(("%(n)s row", "%(n)s rows"), context="list")],
        "list«2 rows»",
    ),
    "block, asvar": (
        "{% blocktranslate asvar title %}Hello {{ name }}{% endblocktranslate %}[{{ title }}]",
        [Message(("Hello %(name)s",))],
        "[«Hello Aló Brasil»]",
    ),
    "constant in a block's argument": (
        '{% blocktranslate with what=_("a list") %}Export {{ what }}{% endblocktranslate %}',
        [Message(("a list",)), Message(("Export %(what)s",))],
        "«Export «a list»»",
    ),
    "comment": (
        "{# Translators: a verb #}\n{% translate 'Export' %}",
        [Message(("Export",), comments=("a verb",))],
        "\n«Export»",
    ),
    "commented out": ("{% comment %}{% translate 'Gone' %}{% endcomment %}{# {% translate 'Too' %} #}", [], ""),
    "indented": (
        "      <b>\n  {% if name %}\n        {% translate 'In' %}{% endif %}</b>",
        [Message(("In",))],
        "      <b>\n  \n        «In»</b>",
    ),
}


@pytest.mark.parametrize("name", DJANGO)
def test_django_looks_up_extracted_messages(name: str, tmp_path: Path) -> None:
    source, messages, rendered = DJANGO[name]
    assert list(messages_of(source, kind="django")) == messages
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, _marking(messages))
    with override_settings(LOCALE_PATHS=[tmp_path]), translation.override("fr"):
        output = _ENGINE.from_string(source).render(Context({"name": "Aló Brasil", "count": 2}, autoescape=False))
    assert output == rendered


@pytest.mark.parametrize(
    "source",
    [
        r"""{% translate "the \"state\"" %}""",
        """{{ _("5 %") }}""",
        """{{ absent|default:_("a|b") }}""",
        """{{ _(name) }}""",
        "{% blocktranslate %}{% if name %}a{% endif %}{% endblocktranslate %}",
    ],
)
def test_message_that_django_looks_up_differently_is_refused(source: str) -> None:
    with pytest.raises((UnreadableMessage, SyntaxError), match="line 1"):
        list(messages_of(source, kind="django"))


def test_django_still_doubles_percent_sign_of_constant(tmp_path: Path) -> None:
    # If Django fixes this, the rule can be removed.
    with override_settings(LOCALE_PATHS=[tmp_path]), translation.override("fr"):
        assert _ENGINE.from_string('{{ _("5 %") }}').render(Context()) == "5 %%"


PYTHON = {
    "plain": ('gettext("Save")', [Message(("Save",))]),
    "underscore": ('x = _("Save " "all")', [Message(("Save all",))]),
    "lazy": ("gettext_lazy('Name')", [Message(("Name",))]),
    "plural": ('ngettext("%(n)d row", "%(n)d rows", n)', [Message(("%(n)d row", "%(n)d rows"))]),
    "context": ('pgettext("list", "State")', [Message(("State",), context="list")]),
    "context, lazy": ('pgettext_lazy("list", "State")', [Message(("State",), context="list")]),
    "context, plural": ('npgettext("list", "row", "rows", n)', [Message(("row", "rows"), context="list")]),
    "nested": ('gettext("%s and %s") % (_("a"), _("b"))', [Message(("%s and %s",)), Message(("a",)), Message(("b",))]),
    "comment": ('# Translators: a verb\n_("Export")', [Message(("Export",), comments=("a verb",))]),
    "no literal": ("gettext(name)", []),
    "a method of that name": ('def gettext(text: str = "no") -> str: ...', []),
}


@pytest.mark.parametrize("name", PYTHON)
def test_messages_of_module_are_extracted(name: str) -> None:
    source, messages = PYTHON[name]
    assert list(messages_of(source, kind="python")) == messages


JINJA = {
    "call": ("{{ _('Continue') }}", [Message(("Continue",))], "«Continue»"),
    "argument": (
        "{{ _('Continue at %(name)s', name=name) }}",
        [Message(("Continue at %(name)s",))],
        "«Continue at Aló Brasil»",
    ),
    "gettext": ("{{ gettext('Continue') }}", [Message(("Continue",))], "«Continue»"),
    "plural": (
        "{{ ngettext('%(num)s partner', '%(num)s partners', count) }}",
        [Message(("%(num)s partner", "%(num)s partners"))],
        "«2 partners»",
    ),
    "context": ("{{ pgettext('button', 'Open') }}", [Message(("Open",), context="button")], "button«Open»"),
    "trans": (
        "{% trans trimmed %}\n  Not in\n  {{ name }}?\n{% endtrans %}",
        [Message(("Not in %(name)s?",))],
        "«Not in Aló Brasil?»",
    ),
    "trans over lines": (
        "  {% trans %}\n  Not in\n{{ name }}?{% endtrans %}",
        [Message(("  Not in\n%(name)s?",))],
        "«  Not in\nAló Brasil?»",
    ),
    "trans, plural": (
        "{% trans n=count %}{{ n }} row{% pluralize %}{{ n }} rows{% endtrans %}",
        [Message(("%(n)s row", "%(n)s rows"))],
        "«2 rows»",
    ),
    "trans, percent": ("{% trans %}100 %{% endtrans %}", [Message(("100 %%",))], "«100 %»"),
}


@pytest.mark.parametrize("name", JINJA)
def test_jinja_looks_up_extracted_messages(name: str, tmp_path: Path) -> None:
    source, messages, rendered = JINJA[name]
    assert list(messages_of(source, kind="jinja2")) == messages
    with (tmp_path / "visitor.mo").open("wb") as file:
        write_mo(file, _marking(messages))
    with (tmp_path / "visitor.mo").open("rb") as file:
        environment = _environment(Translations(file))
    assert environment.from_string(source).render(name="Aló Brasil", count=2) == rendered


@pytest.mark.parametrize("kind", ["django", "jinja2"])
def test_unreadable_file_is_named(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("{% blocktranslate %}{% trans %}half", encoding="utf-8")
    with pytest.raises(UnreadableMessage, match=r"page\.html: "):
        messages_in(path, kind=kind)


def _marking(messages: list[Message]) -> Catalog:
    """Return a catalogue that translates each msgid to the msgid in « », after its context."""
    catalogue = Catalog(locale="fr")
    for message in messages:
        marked = tuple(f"{message.context or ''}«{text}»" for text in message.ids)
        ids, strings = (message.ids, marked) if len(marked) > 1 else (message.ids[0], marked[0])
        catalogue.add(ids, strings, context=message.context)
    return catalogue
