"""Bodies and values that want to break the API: refused with a reason, or kept exactly, and never a server error."""

import json

import pytest

from renvoi.partners.models import Partner
from renvoi.web.rate_limit import Buckets
from tests.api.calling import Program
from tests.cast import sample
from tests.corpora.json_bodies import json_bodies
from tests.corpora.naughty import NAUGHTY

FIELDS = ("name", "description_en", "url_en", "agreement_reference", "countries", "agreement_ends_on", "status")


@pytest.fixture(autouse=True)
def _no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    buckets = Buckets(per_second=1_000, burst=100_000)
    monkeypatch.setattr("renvoi.api.authentication.token_buckets", lambda: buckets)


def test_no_body_is_a_server_error(program: Program, alo_brasil: Partner) -> None:
    for body in json_bodies():
        for method, path in (("POST", "/partners"), ("PATCH", f"/partners/{alo_brasil.id}")):
            reply = program.call(method, path, body, If_Match='"1"')
            # {} changes nothing.
            assert reply.status in {400, 415, 422} or (method == "PATCH" and reply.status == 200), body[:80]
    assert Partner.objects.values_list("version", flat=True).get() == 1


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"name":"\\ud800"}',
        b'{"\\udfff":1}',
        b'{"name":"a","name":"b"}',
        b'{"priority":1e999}',
        b'{"priority":NaN}',
        b'{"priority":' + b"9" * 5_000 + b"}",
        b'\xef\xbb\xbf{"name":"a"}',
        b'{"name":"\xff"}',
        "{}".encode("utf-16"),
        b"",
        b"[]",
        b"null",
    ],
)
def test_body_that_is_no_object_of_storable_text_is_refused(program: Program, body: bytes) -> None:
    assert program.call("POST", "/partners", body).status in {400, 415}


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_other_types_are_refused(program: Program, content_type: str) -> None:
    reply = program.call("POST", "/partners", b'{"name":"a"}', Content_Type=content_type)
    assert reply.status == 415


def test_each_text_is_kept_exactly_or_refused(program: Program, alo_brasil: Partner) -> None:
    path = f"/partners/{alo_brasil.id}"
    for text in sample(NAUGHTY, 25):
        for name in FIELDS:
            body = json.dumps({name: text}).encode()
            reply = program.call("PATCH", path, body, If_Match="*")
            assert reply.status in {200, 400, 422}, f"{name}: {text!r}"
            if reply.status == 200:
                assert program.get(path).json[name] == reply.json[name]
            else:
                assert reply.status == 400 or {pointer.split("/")[1] for pointer in reply.pointers} <= {name, "url_en"}
