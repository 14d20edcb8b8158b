"""Extract, read, merge, check and write the message catalogues (.po files)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.pofile import read_po, write_po

from tools.messages.extraction import Kind, Message, messages_in
from tools.messages.french import cancel_fault_of, faults_of, losses_of

_HEADER = """\
# French (Québec) of Renvoi. `make messages` adds and drops entries; `make check` reads each of them.
msgid ""
msgstr ""
"Language: fr\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

"""


@dataclass(frozen=True, slots=True)
class Domain:
    """A catalogue: its name, the packages of src/renvoi that it is extracted from, and their template language."""

    name: str
    packages: tuple[str, ...]
    templates: Kind

    def path(self, root: Path) -> Path:
        """Return the path of the .po file of the project at `root`."""
        return root / "src" / "renvoi" / "locale" / "fr" / "LC_MESSAGES" / f"{self.name}.po"

    def sources(self, root: Path) -> Iterator[tuple[Path, Kind]]:
        """Yield every file that may contain messages, with its kind."""
        for package in self.packages:
            folder = root / "src" / "renvoi" / package
            for path in sorted(folder.rglob("*")):
                if path.suffix == ".py" and "migrations" not in path.parts:
                    yield path, "python"
                elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
                    yield path, self.templates


DOMAINS = (
    Domain(
        name="django",
        packages=("api", "console", "history", "lists", "partners", "people", "server"),
        templates="django",
    ),
    Domain(name="visitor", packages=("visitor",), templates="jinja2"),
)


def extract_catalogue(domain: Domain, *, root: Path) -> Catalog:
    """Return a catalogue of all messages in the sources, without translations. `locations` name the files of each."""
    catalogue = Catalog(locale="fr")
    for path, kind in domain.sources(root):
        for message in messages_in(path, kind=kind):
            _add(catalogue, message, source=path.relative_to(root).as_posix())
    return catalogue


def read_catalogue(path: Path) -> Catalog:
    """Read a .po file; return an empty catalogue if it does not exist. Raises PoFileError if it is damaged."""
    if not path.exists():
        return Catalog(locale="fr")
    return read_po(BytesIO(path.read_bytes()), locale="fr", abort_invalid=True)


def merge_translations(extracted: Catalog, *, current: Catalog) -> Catalog:
    """Return the extracted messages with the current translations; new or changed messages have none."""
    result = Catalog(locale="fr")
    for entry in entries(extracted):
        previous = current.get(entry.id, context=entry.context)
        is_unchanged = previous is not None and not previous.fuzzy and _ids(previous) == _ids(entry)
        result.add(
            entry.id,
            previous.string if previous is not None and is_unchanged else None,
            auto_comments=entry.auto_comments,
            context=entry.context,
        )
    return result


def write_catalogue(catalogue: Catalog, path: Path) -> None:
    """Write the .po file, sorted by id, without line numbers and dates, so that a diff shows only real changes."""
    buffer = BytesIO()
    write_po(buffer, catalogue, width=0, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_HEADER + buffer.getvalue().decode().strip() + "\n", encoding="utf-8")


def faults(domain: Domain, *, root: Path) -> Iterator[str]:
    """Yield a sentence for each fault of a catalogue. None means that it is complete and its French is right."""
    extracted, current = extract_catalogue(domain, root=root), read_catalogue(domain.path(root))
    for entry in entries(extracted):
        if current.get(entry.id, context=entry.context) is None:
            places = ", ".join(sorted({source for source, _ in entry.locations}))
            yield f"{_name(entry)} of {places} is missing from {domain.name}.po: run make messages"
    for entry in [*entries(current), *current.obsolete.values()]:
        if extracted.get(entry.id, context=entry.context) is None or entry in current.obsolete.values():
            yield f"{_name(entry)} in {domain.name}.po is used nowhere: run make messages"
        else:
            yield from (f"{_name(entry)} in {domain.name}.po: {fault}" for fault in _entry_faults(entry))


def entries(catalogue: Catalog) -> Iterator[Entry]:
    """Return the entries without the header."""
    return (entry for entry in catalogue if entry.id)


def _entry_faults(entry: Entry) -> Iterator[str]:
    english, french = _ids(entry), _forms(entry.string)
    if entry.fuzzy:
        yield "it is marked fuzzy; settle it and take the mark away"
    if not all(text.strip() for text in french) or len(french) != len(english):
        yield "its French is missing"
        return
    for text in dict.fromkeys(french):
        yield from faults_of(text)
        yield from cancel_fault_of(text, english=english[0])
    yield from losses_of(french, english=english)


def _add(catalogue: Catalog, message: Message, *, source: str) -> None:
    ids = message.ids[0] if len(message.ids) == 1 else message.ids
    catalogue.add(ids, locations=[(source, 0)], auto_comments=message.comments, context=message.context)


def _ids(entry: Entry) -> tuple[str, ...]:
    return _forms(entry.id)


def _forms(value: str | Iterable[str] | None) -> tuple[str, ...]:
    return (value or "",) if value is None or isinstance(value, str) else tuple(value)


def _name(entry: Entry) -> str:
    return f"“{_ids(entry)[0]}”" + (f" ({entry.context})" if entry.context else "")
