"""A row of the list of partners, read from the page or from an exported file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from playwright.sync_api import Page

from tests.browser.words import Words

_MAX_COUNTRIES = 3
_READ = """rows => rows.map(row => {
  const countries = row.querySelector('.col-countries a');
  const more = row.querySelector('.more button')?.firstChild.textContent ?? '';
  return {
    name: row.querySelector('.col-name > a').innerText,
    urls: [...row.querySelectorAll('.col-url')].map(cell => cell.querySelector('a')?.getAttribute('href') ?? ''),
    countries: countries.innerText.trim().split(', '),
    more: Number(more),
    state: row.querySelector('.state').innerText.trim(),
  };
})"""


@dataclass(frozen=True, slots=True)
class ListRow:
    """What the list shows of a partner: whole addresses, three countries, and the number of `more` countries."""

    name: str
    url_en: str
    url_fr: str
    countries: tuple[str, ...]
    more: int
    is_paused: bool

    @classmethod
    def from_file(cls, row: Mapping[str, str], words: Words) -> Self:
        """Return what the list shows of a partner, from its row in a file by heading."""
        countries = row[words.countries].split("; ")
        return cls(
            name=row[words.name],
            url_en=row[words.url_en],
            url_fr=row[words.url_fr],
            countries=tuple(countries[:_MAX_COUNTRIES]),
            more=max(0, len(countries) - _MAX_COUNTRIES),
            is_paused=row[words.status] == words.paused,
        )


def read_rows(page: Page, words: Words) -> list[ListRow]:
    """Return the rows on the page, from top to bottom."""
    return [
        ListRow(
            name=row["name"],
            url_en=row["urls"][0],
            url_fr=row["urls"][1],
            countries=tuple(row["countries"]),
            more=row["more"],
            is_paused=row["state"] == words.paused,
        )
        for row in page.locator("#rows > tr").evaluate_all(_READ)
    ]
