"""The page of the security log: its rows, search, order and export, and the last entries on an account's page."""

from datetime import date

import pytest

from renvoi.console.access.rights import PRINTED
from renvoi.people import actions
from renvoi.people.models import ApiToken, SecurityEvent, User
from renvoi.people.security.origins import Origin
from renvoi.people.security.recording import record
from renvoi.people.tokens.actions import create_token, restrict_token, revoke_token
from tests.cast import PASSWORD, colleague, set_operator
from tests.console.browsing import Browsing, Page
from tests.console.test_exporting import download, rows_of, signed_in
from tests.console.test_pdf_windows import CASES, content_of, ordered
from tests.people.guessing import GUESSER, guess
from tests.people.test_sign_in import from_address, sign_in

pytestmark = pytest.mark.django_db

SECURITY = "/console/account/security/"
TODAY = date(2026, 12, 1)
Kind = SecurityEvent.Kind
# Tests of emails, second factors and the provider write these.
OTHER_KINDS = {
    Kind.EMAIL_CHANGE_ASKED,
    Kind.EMAIL_CHANGED,
    Kind.FACTOR_SET_UP,
    Kind.FACTOR_REMOVED,
    Kind.PASSKEY_ADDED,
    Kind.PASSKEY_REMOVED,
    Kind.RECOVERY_CODES_MADE,
    Kind.RECOVERY_CODE_USED,
    Kind.CODE_REFUSED,
    Kind.PROVIDER_LINKED,
    Kind.PROVIDER_UNLINKED,
    Kind.CLAIM_MISSING,
    Kind.ADMINISTRATOR_KEPT,
}
WRITE = ApiToken.Scope.WRITE
LOG = "/console/accounts/log/"
REMI = "remi@boreale.example"
CREATED = "Jeton créé Import · Lecture et écriture · dernier jour\N{NO-BREAK SPACE}: 2027-12-01"
RESTRICTED = "Jeton restreint Import · 2027-12-01 → 2027-01-01"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


def texts(page: Page) -> list[list[str]]:
    """Return the cells of each row but its moment."""
    return [[cell.text for cell in row.all("td")[1:]] for row in page.one("tbody").all("tr")]


@pytest.fixture
def remi(odile: User) -> User:
    """Rémi, of whom each kind of entry is in the log, or of whoever else it takes."""
    origin = Origin(channel="console", actor=odile, address="203.0.113.4")
    remi = actions.invite(email=REMI, role="reader", name="Rémi", language="fr", origin=origin)
    actions.make_link(account=remi, origin=origin)
    own = Origin(channel="console", actor=remi)
    actions.set_password_by_link(account=remi, password=PASSWORD, origin=own)
    actions.update_account(account=remi, role="manager", name="Rémi", language="en", origin=origin)
    actions.update_account(account=remi, role="manager", name="Rémi R.", language="fr", origin=origin)
    browsing = from_address("198.51.100.7", HTTP_USER_AGENT=FIREFOX)
    sign_in(browsing, email=REMI)
    browsing.send(browsing.open("/console/partners/"), action="/console/sign-out/")
    guess(GUESSER, times=11, email=REMI)
    actions.set_password(account=remi, password=PASSWORD)
    actions.disable_account(account=remi, origin=origin)
    actions.enable_account(account=remi, origin=origin)
    _end_sessions(remi)
    token = create_token(owner=remi, name="Import", scope=WRITE, today=TODAY, origin=origin).token
    restrict_token(token=token, scope=WRITE, expires_on=date(2027, 1, 1), today=TODAY, origin=origin)
    revoke_token(token=token)
    remi.refresh_from_db()
    return remi


def _end_sessions(account: User) -> None:
    """End a session of the account from another, then all others, and type a wrong password."""
    browsing = Browsing.signed_in(account)
    Browsing.signed_in(account)
    page = browsing.open(SECURITY)
    path, *_ = {form["action"] for form in page.all("form") if form.get("action", "").count("/") == 7}
    browsing.send(page, action=path)
    browsing.send(page, action=f"{SECURITY}sessions/end/")
    browsing.send(browsing.open(SECURITY), current_password="faux", new_password="", new_password_again="")


@pytest.mark.usefixtures("remi")
class TestList:
    """What the page shows, and what is found."""

    def test_each_kind_is_shown_in_words(self, console: Browsing) -> None:
        assert set(SecurityEvent.objects.values_list("kind", flat=True)) == {*Kind} - OTHER_KINDS
        page = console.open(f"{LOG}?account=remi")
        assert (page.status, page.title) == (200, "Journal de sécurité")
        assert [row[:3] for row in texts(page)] == [
            ["Jeton révoqué Import", REMI, "–"],
            [RESTRICTED, REMI, "Odile"],
            [CREATED, REMI, "Odile"],
            ["Mot de passe actuel erroné", REMI, "Rémi R."],
            ["Autres sessions fermées", REMI, "Rémi R."],
            ["Session fermée à partir d’une autre", REMI, "Rémi R."],
            ["Compte réactivé", REMI, "Odile"],
            ["Compte désactivé", REMI, "Odile"],
            ["Mot de passe changé", REMI, "–"],
            ["Trop de tentatives", REMI, "–"],
            ["Ouverture de session refusée 10 fois", REMI, "–"],
            ["Session fermée", REMI, "Rémi R."],
            ["Session ouverte", REMI, "Rémi R."],
            ["Rôle changé Consultation → Gestion", REMI, "Odile"],
            ["Mot de passe choisi par le lien", REMI, "Rémi"],
            ["Lien de mot de passe créé", REMI, "Odile"],
            ["Compte créé Consultation", REMI, "Odile"],
        ]

    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_each_other_kind_is_shown_in_words_of_its_own(self, language: str, odile: User, console: Browsing) -> None:
        for kind in OTHER_KINDS:
            record(kind, account=odile, origin=Origin(channel="console", actor=odile))
        shown = {row[0] for row in texts(console.open(f"{LOG}?account=odile&per_page=100&lang={language}"))}
        # The account was created, too.
        assert len(shown) == len(OTHER_KINDS) + 1
        assert not any("_" in words for words in shown)

    @pytest.mark.parametrize(
        ("query", "kinds"),
        [
            ("what=r%C3%B4le", ["Rôle changé Consultation → Gestion"]),
            ("what=signed+in", ["Session ouverte"]),
            ("actor=remi&what=lien", ["Mot de passe choisi par le lien"]),
            ("what=jeton&sort=at&actor=odile", [CREATED, RESTRICTED]),
            ("what=current+password", ["Mot de passe actuel erroné"]),
            ("origin=firefox&sort=at", ["Session ouverte", "Session fermée"]),
            ("origin=198.51&sort=at", ["Session ouverte", "Session fermée"]),
            ("origin=commande&account=r%C3%A9mi", ["Jeton révoqué Import", "Mot de passe changé"]),
            ("what=rien", []),
            ("account=nobody", []),
        ],
    )
    def test_search_finds_it(self, query: str, kinds: list[str], console: Browsing) -> None:
        page = console.open(f"{LOG}?{query}")
        assert [row[0] for row in texts(page)] == kinds
        assert bool(kinds) or "Aucune entrée ne correspond" in page.text

    @pytest.mark.parametrize("column", ["at", "what", "account", "actor", "origin"])
    def test_every_column_sorts_both_ways(self, column: str, console: Browsing) -> None:
        count = SecurityEvent.objects.count()
        for sort in (column, f"-{column}"):
            assert len(texts(console.open(f"{LOG}?sort={sort}"))) == count

    def test_page_of_an_account_shows_its_last_ten(self, remi: User, console: Browsing) -> None:
        page = console.open(f"/console/accounts/{remi.pk}/")
        shown = [item.text for item in page.one("ul", class_="events").all("li")]
        assert (len(shown), shown[0].partition(" 20")[0]) == (10, "Jeton révoqué · Import")
        link = next(a["href"] for a in page.one("aside").all("a") if "/log/" in a["href"])
        assert {row[1] for row in texts(console.open(link))} == {REMI}

    def test_only_administrators_see_it(self, remi: User) -> None:
        for path in (LOG, f"{LOG}export/"):
            assert Browsing.signed_in(remi).open(path).status == 403

    def test_export_has_what_the_search_matches(self, odile: User) -> None:
        response, content = download(odile, f"{LOG}export/", list="what=role")
        assert response.status_code == 200
        headings, row = rows_of(content)
        assert headings[1:5] == ["Quoi", "Précisions", "Compte", "Qui"]
        assert row[1:6] == ["Rôle changé", "Consultation → Gestion", REMI, "Odile", "Console"]
        assert row[-3:] == ["203.0.113.4", "1", "role_changed"]

    def test_window_says_how_many(self, console: Browsing) -> None:
        page = console.open(f"{LOG}export/?what=role", htmx=True)
        assert "La seule entrée de la liste sera exportée" in page.text
        assert "Il n’y a aucune entrée à exporter" in console.open(f"{LOG}export/?what=rien").text


def test_empty_log_says_so(console: Browsing) -> None:
    SecurityEvent.objects.all().delete()
    assert "Le journal de sécurité est encore vide" in console.open(LOG).text


def test_what_another_version_wrote_is_shown(console: Browsing, odile: User) -> None:
    colleague(REMI)
    SecurityEvent.objects.all().delete()
    SecurityEvent.objects.create(kind="new_kind", channel="other", account=odile, email=odile.email, details=["x"])
    assert texts(console.open(LOG)) == [["new_kind", odile.email, "–", "other"]]


def test_pdf_needs_the_role_of_its_list(odile: User, monkeypatch: pytest.MonkeyPatch) -> None:
    set_operator()
    case = CASES["security_log"]
    export = ordered(odile, case)
    pages = [case.window, f"{case.window}{export.id}/"]
    assert {signed_in(odile).get(path).status_code for path in pages} == {200}
    assert content_of(odile, case, export)[0].status_code == 200
    paths = [*pages, f"{case.window}{export.id}/{case.file_name}"]
    colleague("zoe@boreale.example")
    for role in (User.Role.MANAGER, User.Role.READER):
        actions.change_role(account=odile, role=role)
        assert {signed_in(odile).get(path).status_code for path in paths} == {403}
        assert signed_in(odile).post(case.window, {"list": ""}).status_code == 403
        assert signed_in(odile).post(f"{case.window}{export.id}/cancel/").status_code == 403
        assert signed_in(odile).get(CASES["history"].window).status_code == 200
    # A document without a list is refused to everybody.
    monkeypatch.delitem(PRINTED, "history")
    assert signed_in(odile).get(CASES["history"].window).status_code == 403
