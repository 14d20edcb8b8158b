"""The page Password and sessions: changing one's own password, seeing one's sessions, and ending them."""

import time
from datetime import UTC, datetime

import pytest
from django.contrib.sessions.models import Session

from renvoi.people.models import Draft, StaffSession, User
from tests.cast import PASSWORD, colleague
from tests.console.browsing import Browsing, Page, is_sign_in
from tests.people.guessing import GUESSER, LIMIT, OWNER, guess, guess_everywhere
from tests.people.test_sign_in import HOME, from_address, sign_in

SECURITY = "/console/account/security/"
ALL = f"{SECURITY}sessions/end/"
NEW = "neuf-renards-patients"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1"
CHROME = "Mozilla/5.0 (Macintosh) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

pytestmark = pytest.mark.usefixtures("odile")


def signed_in(user_agent: str = FIREFOX, address: str = OWNER) -> Browsing:
    browsing = from_address(address, HTTP_USER_AGENT=user_agent)
    assert sign_in(browsing).status == 302
    return browsing


def change(browsing: Browsing, *, current: str = PASSWORD, new: str = NEW, again: str | None = None) -> Page:
    return browsing.send(
        browsing.open(SECURITY),
        current_password=current,
        new_password=new,
        new_password_again=new if again is None else again,
    )


def listed(page: Page) -> list[str]:
    """The sessions on the page: the text of each line without its button."""
    (listing,) = page.all("ul", class_="areas")
    return [" ".join(part.text for part in item.all("p")) for item in listing.all("li")]


def end_paths(page: Page) -> list[str]:
    return [form["action"] for form in page.all("form") if form.get("action", "").startswith(f"{SECURITY}sessions/")]


class TestChange:
    """Changing one's own password."""

    def test_new_password_replaces_the_old_one_and_this_session_goes_on(self) -> None:
        browsing, other = signed_in(), signed_in(SAFARI)
        session = browsing.cookie("renvoi_session").value
        page = change(browsing)
        assert (page.path, page.notices) == (SECURITY, ["Mot de passe changé. Vos autres sessions sont fermées."])
        assert listed(page) != []
        assert browsing.open(HOME).status == 200
        assert browsing.cookie("renvoi_session").value != session
        assert is_sign_in(other.open(HOME))
        assert sign_in(from_address(OWNER)).status == 200
        assert sign_in(from_address(OWNER), password=NEW).status == 302

    def test_only_the_browser_that_changed_it_is_still_recognized(self) -> None:
        browsing, other = signed_in(), signed_in(SAFARI)
        change(browsing)
        browsing.send(browsing.open(HOME), action="/console/sign-out/")
        guess_everywhere(times=LIMIT)
        assert sign_in(other, password=NEW).status == 429
        assert sign_in(browsing, password=NEW).status == 302

    @pytest.mark.parametrize(
        ("typed", "errors"),
        [
            ({"current": "faux"}, {"current_password": "Ce n’est pas votre mot de passe actuel."}),
            ({"current": ""}, {"current_password": "Ce champ est obligatoire."}),
            ({"new": "court"}, {"new_password": "Tapez au moins 12 caractères."}),
            (
                {"new": "qwerty123456"},
                {"new_password": "Ce mot de passe est parmi les plus faciles à deviner. Choisissez-en un autre."},
            ),
            (
                {"new": "odile@boreale.example"},
                {"new_password": "Ce mot de passe ressemble à votre nom ou à votre courriel. Choisissez-en un autre."},
            ),
            ({"new": PASSWORD}, {"new_password": "C’est votre mot de passe actuel. Choisissez-en un autre."}),
            ({"new": "x1" * 501}, {"new_password": "Ce mot de passe est trop long. Tapez au plus 1000 caractères."}),
            (
                {"again": "autre chose"},
                {"new_password_again": "Les deux nouveaux mots de passe diffèrent. Tapez deux fois le même."},
            ),
            (
                {"current": "", "new": "", "again": ""},
                dict.fromkeys(("current_password", "new_password", "new_password_again"), "Ce champ est obligatoire."),
            ),
        ],
    )
    def test_refusal_is_beside_its_field_and_changes_nothing(
        self, typed: dict[str, str], errors: dict[str, str], odile: User
    ) -> None:
        browsing, other = signed_in(), signed_in(SAFARI)
        page = change(browsing, **typed)
        assert (page.status, page.errors) == (422, errors)
        for text in typed.values():
            assert not text or f'value="{text}"' not in page.html.replace('name="username" value=', "")
        odile.refresh_from_db()
        assert odile.check_password(PASSWORD)
        assert other.open(HOME).status == 200

    def test_refusals_are_in_english_for_an_english_account(self) -> None:
        wendy = colleague("wendy@boreale.example", language="en")
        browsing = Browsing.signed_in(wendy)
        for new, sentence in (
            ("short", "Type at least 12 characters."),
            ("qwerty123456", "This password is one of the easiest to guess. Choose another one."),
            ("wendy@boreale.example", "This password resembles your name or your email. Choose another one."),
        ):
            assert change(browsing, new=new).errors == {"new_password": sentence}

    def test_a_session_thief_can_not_guess_the_password(self) -> None:
        browsing, other = signed_in(), signed_in(SAFARI)
        for each in [browsing, other] * (LIMIT // 2):
            assert change(each, current="faux").status == 422
        page = change(browsing)
        assert page.status == 429
        assert page.response.headers["Retry-After"].isdecimal()
        assert page.errors == {"current_password": "Trop de tentatives. Attendez quelques minutes, puis réessayez."}

    def test_strangers_can_not_use_up_its_allowance(self) -> None:
        browsing = signed_in()
        guess_everywhere(times=2 * LIMIT)
        guess(GUESSER, times=LIMIT, email="other@boreale.example")
        assert change(browsing).notices == ["Mot de passe changé. Vos autres sessions sont fermées."]

    def test_form_sent_after_the_session_has_ended_stores_no_password(self) -> None:
        browsing = signed_in()
        page = browsing.open(SECURITY)
        Session.objects.all().delete()
        browsing.send(page, current_password=PASSWORD, new_password=NEW, new_password_again=NEW)
        assert not any(secret in draft.fields for draft in Draft.objects.all() for secret in (PASSWORD, NEW))


class TestSessions:
    """Seeing and ending sessions."""

    def test_sessions_are_listed_with_browser_and_moment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        moment = datetime(2026, 11, 22, 19, 5, tzinfo=UTC).timestamp()
        monkeypatch.setattr(time, "time", lambda: moment)
        signed_in(SAFARI)
        signed_in(CHROME)
        page = signed_in().open(SECURITY)
        when = "Ouverte le 2026-11-22 à 14\u00a0h\u00a005"
        assert listed(page)[0] == f"Firefox, Windows Cette session {when}"
        assert sorted(listed(page)[1:]) == [f"Chrome, Mac {when}", f"Safari, iPhone {when}"]

    def test_only_the_accounts_own_sessions_are_listed(self) -> None:
        colleague("wendy@boreale.example")
        sign_in(from_address(OWNER), email="wendy@boreale.example")
        assert len(listed(signed_in().open(SECURITY))) == 1

    def test_unknown_browser_and_older_sessions_are_listed(self, console: Browsing, odile: User) -> None:
        Browsing.signed_in(odile)
        assert listed(console.open(SECURITY)) == ["Navigateur inconnu Cette session", "Navigateur inconnu"]

    def test_nothing_of_address_or_user_agent_is_stored(self) -> None:
        browsing = signed_in()
        content = str(browsing.client.session.items())
        assert OWNER not in content
        assert "Mozilla" not in content
        assert "140" not in content

    def test_ending_one_session_ends_it_and_forgets_its_browser(self) -> None:
        browsing, phone, laptop = signed_in(), signed_in(SAFARI), signed_in(CHROME)
        page = browsing.open(SECURITY)
        (line,) = [item for item in page.all("li") if "Safari, iPhone" in item.text]
        page = browsing.send(page, action=line.one("form")["action"])
        assert (page.path, page.notices) == (SECURITY, ["Session fermée."])
        assert is_sign_in(phone.open(HOME))
        assert laptop.open(HOME).status == 200
        guess_everywhere(times=LIMIT)
        assert sign_in(phone).status == 429
        laptop.send(laptop.open(HOME), action="/console/sign-out/")
        assert sign_in(laptop).status == 302

    def test_ending_all_other_sessions_keeps_this_one(self) -> None:
        browsing, phone, laptop = signed_in(), signed_in(SAFARI), signed_in(CHROME)
        laptop.send(laptop.open(HOME), action="/console/sign-out/")
        page = browsing.send(browsing.open(SECURITY), action=ALL)
        assert (page.notices, len(listed(page))) == (["Vos autres sessions sont fermées."], 1)
        assert is_sign_in(phone.open(HOME))
        guess_everywhere(times=LIMIT)
        assert [sign_in(each).status for each in (phone, laptop)] == [429, 429]
        assert end_paths(page) == []

    def test_session_of_another_account_can_not_be_ended(self) -> None:
        colleague("wendy@boreale.example")
        wendy = from_address(OWNER)
        sign_in(wendy, email="wendy@boreale.example")
        signed_in()
        (path, _all) = end_paths(signed_in(SAFARI).open(SECURITY))
        fields = {"csrfmiddlewaretoken": wendy.open(SECURITY).all("input", name="csrfmiddlewaretoken")[0]["value"]}
        assert wendy.post(path, fields).status == 404
        assert wendy.post(f"{SECURITY}sessions/nothing/end/", fields).status == 404
        assert StaffSession.objects.filter(account__email="odile@boreale.example").count() == 2

    def test_page_does_not_show_session_keys(self) -> None:
        other = signed_in(SAFARI)
        assert other.cookie("renvoi_session").value not in signed_in().open(SECURITY).html

    @pytest.mark.parametrize("path", [ALL, f"{SECURITY}sessions/x/end/"])
    def test_get_ends_nothing(self, path: str, console: Browsing) -> None:
        assert console.open(path).status == 405

    def test_menu_leads_to_the_page(self, console: Browsing) -> None:
        (link,) = [link for link in console.open(HOME).all("a") if link.get("href") == SECURITY]
        assert link.text == "Mot de passe et sessions"
