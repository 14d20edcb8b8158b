"""The page Logo: upload, replace and remove the operator's logo, and what the history says of it."""

import uuid
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from renvoi.history.models import Change
from renvoi.partners import actions
from renvoi.partners.models import Operator
from renvoi.people.models import User
from renvoi.publication.logo_images import MAX_UPLOAD_BYTES, make_logo
from renvoi.publication.models import ArchivedTable, StoredLogo
from renvoi.server.protocol.body_limits import body_limit
from tests.cast import BOREALE, PASSWORD, published, set_operator, today
from tests.console.browsing import Browsing, Page
from tests.corpora.images import GOOD, HOSTILE

LOGO = "/console/settings/logo/"
SETTINGS = "/console/settings/"
NBSP = "\u00a0"
SAVED = "Logo enregistré."
FIRST, SECOND = GOOD["png"], GOOD["gif"]
REFUSALS = {
    "too_large": f"Ce fichier dépasse 2{NBSP}Mo. Choisissez-en un plus petit.",
    "not_an_image": "Ce n’est pas un fichier PNG, JPEG, WebP ou GIF. Exportez votre logo dans un de ces formats.",
    "too_many_pixels": f"Cette image dépasse 16{NBSP}millions de pixels. Choisissez-en une plus petite{NBSP}: "
    f"640{NBSP}×{NBSP}160{NBSP}pixels suffisent.",
    "damaged": "Cette image est endommagée ou incomplète. Exportez-la de nouveau, ou choisissez-en une autre.",
    "too_small": f"Cette image est trop petite ou trop allongée{NBSP}: ramenée à 640{NBSP}×{NBSP}160{NBSP}pixels, "
    f"son petit côté n’atteint pas 16{NBSP}pixels.",
    "empty": f"On ne verrait rien de cette image{NBSP}: elle est entièrement transparente.",
}


@pytest.fixture
def page(console: Browsing) -> Page:
    set_operator(BOREALE)
    return console.open(LOGO)


def upload(console: Browsing, content: bytes, *, page: Page | None = None, name: str = "logo.png") -> Page:
    shown = page or console.open(LOGO)
    return console.send(shown, action=LOGO, file=SimpleUploadedFile(name, content, "image/png"))


def stored_digest() -> str:
    return Operator.objects.values_list("logo", flat=True).get(id=1)


def undo_last() -> None:
    ids = [Change.objects.latest("id").change_set_id]
    plan = actions.plan_undo(ids, today=today())
    actions.undo_steps(step_ids=ids, digest=plan.digest, actor=None, channel="console", today=today())


def test_uploaded_logo_is_stored_published_and_shown(page: Page, console: Browsing) -> None:
    logo, png = make_logo(FIRST)
    saved = upload(console, FIRST, page=page)
    assert (saved.path, saved.notices) == (SETTINGS, [SAVED])
    assert published().operator.logo == logo
    image = saved.one("fieldset", id="logo").one("img")
    assert (image["src"], image["width"], image["height"]) == (f"{LOGO}{logo.digest}.png", "160", "40")
    sent = console.client.get(image["src"])
    assert (sent.content, sent.headers["Content-Type"]) == (png, "image/png")
    assert sent.headers["X-Content-Type-Options"] == "nosniff"


def test_table_has_the_digest_and_not_the_bytes(page: Page, console: Browsing) -> None:
    upload(console, GOOD["noise"], page=page)
    row = StoredLogo.objects.get()
    assert len(row.content) > 30_000
    assert len(ArchivedTable.objects.latest("generation").content) < 2_000


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_beside_the_field(name: str, page: Page, console: Browsing) -> None:
    reason, content = HOSTILE[name]
    if not content:
        content, reason = b" ", "not_an_image"
    refused = upload(console, content, page=page)
    assert (refused.status, refused.errors) == (422, {"file": REFUSALS[reason]})
    assert (stored_digest(), StoredLogo.objects.count()) == ("", 0)


def test_form_without_a_file_is_refused(page: Page, console: Browsing) -> None:
    refused = console.send(page, action=LOGO, file=None)
    assert (refused.status, refused.errors) == (422, {"file": "Choisissez un fichier."})


def test_protocol_lets_the_page_itself_refuse_a_large_photo() -> None:
    assert body_limit(LOGO) > 4 * MAX_UPLOAD_BYTES
    assert body_limit(SETTINGS) < MAX_UPLOAD_BYTES


def test_replaced_and_removed_logo_in_the_history(page: Page, console: Browsing) -> None:
    upload(console, FIRST, page=page)
    first = stored_digest()
    upload(console, SECOND)
    second = stored_digest()
    assert first != second
    step = Change.objects.latest("id").change_set
    text = console.open(f"/console/history/{step.id}/").one("table", class_="differences").text
    assert f"logo {first[:8]}" in text
    assert f"remplacé{NBSP}: logo {second[:8]}" in text
    assert first not in text
    removed = console.send(console.open(LOGO), action=LOGO, press="remove=on", file=None)
    assert removed.notices == ["Logo retiré. Vous pouvez le remettre depuis l’historique."]
    assert (stored_digest(), published().operator.logo) == ("", None)
    assert not removed.one("fieldset", id="logo").all("img")


def test_undo_puts_the_former_logo_back(page: Page, console: Browsing) -> None:
    upload(console, FIRST, page=page)
    logo = published().operator.logo
    upload(console, SECOND)
    undo_last()
    assert published().operator.logo == logo
    console.send(console.open(LOGO), action=LOGO, press="remove=on", file=None)
    undo_last()
    assert published().operator.logo == logo


def test_general_settings_and_coverage_keep_the_logo(page: Page, console: Browsing) -> None:
    upload(console, FIRST, page=page)
    digest = stored_digest()
    assert console.send(console.open(SETTINGS), name="Boréale").notices == ["Réglages généraux enregistrés."]
    console.send(console.open("/console/coverage/"), covered="US")
    assert (stored_digest(), Operator.objects.get(id=1).name) == (digest, "Boréale")


def test_other_settings_saved_meanwhile_are_no_conflict(page: Page, console: Browsing) -> None:
    console.send(console.open(SETTINGS), name="Boréale")
    assert upload(console, FIRST, page=page).notices == [SAVED]
    assert Operator.objects.get(id=1).name == "Boréale"


def test_logo_changed_meanwhile_is_shown_and_replaced_only_when_sent_again(
    page: Page, console: Browsing, english_console: Browsing
) -> None:
    upload(english_console, SECOND)
    theirs = stored_digest()
    conflict = upload(console, FIRST, page=page)
    assert (conflict.status, stored_digest()) == (409, theirs)
    assert conflict.errors["file"].endswith("Choisissez de nouveau votre fichier pour le remplacer.")
    assert theirs in conflict.all("img")[0]["src"]
    assert upload(console, FIRST, page=conflict).notices == [SAVED]
    assert stored_digest() == make_logo(FIRST)[0].digest


def test_form_sent_twice_is_one_change(page: Page, console: Browsing) -> None:
    upload(console, FIRST, page=page)
    count = Change.objects.count()
    assert upload(console, FIRST, page=page).path == SETTINGS
    assert Change.objects.count() == count


def test_form_sent_after_the_session_ended_asks_for_the_file_again(page: Page, odile: User, console: Browsing) -> None:
    del console.client.cookies["renvoi_session"]
    back = console.send(upload(console, FIRST, page=page), email=odile.email, password=PASSWORD)
    assert back.path == LOGO
    assert list(back.errors) == ["file"]
    assert stored_digest() == ""
    assert upload(console, FIRST, page=back).notices == [SAVED]


def test_unknown_image_is_not_found(page: Page, console: Browsing) -> None:
    assert page.status == 200
    assert console.open(f"{LOGO}{uuid.uuid4().hex * 2}.png").status == 404


def test_logo_that_is_not_stored_is_left_out(page: Page, console: Browsing) -> None:
    """Another program may have deleted the row."""
    upload(console, FIRST, page=page)
    StoredLogo.objects.all().delete()
    assert not console.open(LOGO).all("img")
    console.send(console.open(SETTINGS), name="Boréale")
    assert (published().operator.name, published().operator.logo) == ("Boréale", None)


def test_stored_image_is_a_png(page: Page, console: Browsing) -> None:
    upload(console, GOOD["jpeg"], page=page, name="logo.svg")
    assert Image.open(BytesIO(bytes(StoredLogo.objects.get().content))).format == "PNG"
