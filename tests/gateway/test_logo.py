"""The operator's logo on the gateway: where its bytes come from, how they are sent, and pages while it is missing."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from renvoi.config import Config
from renvoi.domain.table import Logo
from renvoi.gateway.app import create_app
from renvoi.gateway.table_source.engines import open_table_source
from renvoi.gateway.table_source.logos import RETRY_AFTER_S, Logos
from renvoi.publication.logo_images import make_logo
from tests.corpora.images import GOOD
from tests.databases import session
from tests.gateway.client import Client, configured, publish, running
from tests.gateway.test_current_table import delete_all, eventually
from tests.visitor.cast import operator, table_bytes

LOGO, PNG = make_logo(GOOD["png"])
OTHER, OTHER_PNG = make_logo(GOOD["gif"])


def store(config: Config, logo: Logo, png: bytes) -> None:
    """Insert a logo, as the console does."""
    if config.postgresql_url:
        with session(config.postgresql_url) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS publication_logo (digest text PRIMARY KEY, content bytea)")
            connection.execute("INSERT INTO publication_logo VALUES (%s, %s)", (logo.digest, png))
    else:
        with closing(sqlite3.connect(config.database_path)) as file, file:
            file.execute("CREATE TABLE IF NOT EXISTS publication_logo (digest text PRIMARY KEY, content blob)")
            file.execute("INSERT INTO publication_logo VALUES (?, ?)", (logo.digest, png))


def publish_with(config: Config, logo: Logo | None, *, generation: int = 3) -> None:
    named = replace(operator(), logo=logo)
    publish(config, generation=generation, content=table_bytes(generation=generation, operator_=named))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A configuration whose database has a table that names a logo, and the logo."""
    made = configured(tmp_path)
    publish_with(made, LOGO)
    store(made, LOGO, PNG)
    return made


def problems(client: Client) -> bool:
    return "pages are shown without it" in client.get("/readyz").text


def test_logo_is_sent_to_be_cached_for_ever(config: Config) -> None:
    with running(create_app(config)) as client:
        reply = client.get(LOGO.path)
        assert (reply.status, reply.body) == (200, PNG)
        assert {name: reply.header(name) for name in ("content-type", "content-length", "cache-control")} == {
            "content-type": "image/png",
            "content-length": str(len(PNG)),
            "cache-control": "public, max-age=31536000, immutable",
        }
        assert reply.header("x-content-type-options") == "nosniff"
        assert reply.header("etag") == f'"{LOGO.digest[:32]}"'
        assert not [name for name, _ in reply.headers if name in {"set-cookie", "renvoi-ref"}]
        assert not problems(client)


def test_head_equals_get_without_the_body(config: Config) -> None:
    with running(create_app(config)) as client:
        head, get = client.get(LOGO.path, method="HEAD"), client.get(LOGO.path)
        assert (head.status, head.headers, head.body) == (200, get.headers, b"")


@pytest.mark.parametrize(
    ("tags", "status"),
    [("{etag}", 304), ("W/{etag}", 304), ('"a", {etag}', 304), ("*", 304), ('"a"', 200), ("", 200)],
)
def test_unchanged_logo_is_not_sent_again(tags: str, status: int, config: Config) -> None:
    with running(create_app(config)) as client:
        etag = client.get(LOGO.path).header("etag") or ""
        reply = client.get(LOGO.path, if_none_match=tags.format(etag=etag))
        assert (reply.status, reply.body) == (status, PNG if status == 200 else b"")
        assert (reply.header("etag"), reply.header("content-type")) == (etag, "image/png" if status == 200 else None)


@pytest.mark.parametrize(
    "path",
    [
        OTHER.path,
        f"/logo/{LOGO.digest}.png",
        f"/logo/{LOGO.digest[:15]}.png",
        LOGO.path.upper(),
        f"{LOGO.path}/",
        "/logo/",
        "/logo/../routing-table.bin",
        "/logo/\x00",
    ],
)
def test_any_other_path_is_not_found(path: str, config: Config) -> None:
    with running(create_app(config)) as client:
        reply = client.get(path)
        assert (reply.status, reply.header("cache-control")) == (404, "no-store")


def test_other_methods_and_hosts_are_refused(config: Config) -> None:
    with running(create_app(config)) as client:
        refused = client.get(LOGO.path, method="POST")
        assert (refused.status, refused.header("allow")) == (405, "GET, HEAD")
        assert client.get(LOGO.path, host="elsewhere.example").status == 400


def test_replaced_logo_is_sent_within_a_second_and_the_former_one_still(config: Config) -> None:
    with running(create_app(config)) as client:
        store(config, OTHER, OTHER_PNG)
        publish_with(config, OTHER, generation=4)
        assert eventually(lambda: client.get(OTHER.path).body == OTHER_PNG)
        assert client.get(LOGO.path).body == PNG


def test_logo_survives_a_start_without_the_database(config: Config) -> None:
    with running(create_app(config)) as client:
        assert client.get(LOGO.path).status == 200
    assert config.logo_copy_path.stat().st_mode & 0o077 == 0
    delete_all(config)
    with running(create_app(config)) as client:
        assert "Boréale" in client.get().text
        assert client.get(LOGO.path).body == PNG


@pytest.mark.parametrize("copy", [b"", PNG[:-1], OTHER_PNG], ids=["empty", "truncated", "another"])
def test_damaged_copy_is_replaced_from_the_database(copy: bytes, config: Config) -> None:
    config.logo_copy_path.write_bytes(copy)
    with running(create_app(config)) as client:
        assert client.get(LOGO.path).body == PNG
    assert config.logo_copy_path.read_bytes() == PNG


class TestMissing:
    """A table names a logo whose bytes can't be had."""

    @pytest.fixture
    def config(self, tmp_path: Path) -> Config:
        made = configured(tmp_path)
        publish_with(made, LOGO)
        return made

    def test_pages_are_served_without_it_and_readyz_says_so(self, config: Config) -> None:
        with running(create_app(config)) as client:
            page = client.get()
            assert page.status == 200
            assert "/logo/" not in page.text
            assert client.get(LOGO.path).status == 404
            assert problems(client)

    def test_it_is_served_once_it_is_there(self, config: Config) -> None:
        with running(create_app(config)) as client:
            store(config, LOGO, PNG)
            assert eventually(lambda: client.get(LOGO.path).body == PNG)
            assert not problems(client)

    def test_altered_bytes_are_not_served(self, config: Config) -> None:
        store(config, LOGO, OTHER_PNG)
        with running(create_app(config)) as client:
            assert client.get(LOGO.path).status == 404
            assert problems(client)

    def test_it_is_asked_for_every_two_seconds_only(self, config: Config) -> None:
        now = [0.0]
        store(config, OTHER, OTHER_PNG)
        source = open_table_source(config)
        logos = Logos(source=source, copy=config.logo_copy_path, clock=lambda: now[0])
        shown = replace(operator(), logo=LOGO)
        logos.follow(LOGO)
        assert logos.shown(shown).logo is None
        store(config, LOGO, PNG)
        now[0] = RETRY_AFTER_S - 0.1
        assert not logos.retry()
        now[0] = RETRY_AFTER_S
        assert logos.retry()
        assert not logos.retry()
        assert logos.shown(shown) == shown
        source.close()


def test_table_without_a_logo_needs_none(tmp_path: Path) -> None:
    config = configured(tmp_path)
    publish_with(config, None)
    with running(create_app(config)) as client:
        assert not problems(client)
        assert not config.logo_copy_path.exists()


def test_memory_has_the_last_logos_only(config: Config) -> None:
    source = open_table_source(config)
    logos = Logos(source=source, copy=config.logo_copy_path)
    made = [make_logo(content) for content in GOOD.values()]
    distinct = {logo.digest: (logo, png) for logo, png in made if logo != LOGO}
    for logo, png in distinct.values():
        store(config, logo, png)
        logos.follow(logo)
    held = [logo for logo, _ in distinct.values() if logos.respond({"type": "http", "path": logo.path, "headers": []})]
    assert held == [logo for logo, _ in distinct.values()][-8:]
    source.close()
