"""<renvoi-partners> on a page that is not Renvoi's: another port, the strictest policy, a hostile style sheet."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from renvoi.domain.places import COUNTRIES
from tests.browser.firefox import Firefox, wait_for
from tests.browser.host_site import ELEMENT, HOSTILE, HostSite, embed, host_page, strict_policy
from tests.browser.partner_sites import PartnerSites
from tests.browser.people import HostPageMaker, VisitorMaker
from tests.browser.prepare import fill_with
from tests.running import RunningRenvoi

pytestmark = pytest.mark.browser

LINK = f"""() => new Promise(resolve => {{
  const look = () => {{
    const link = document.querySelector("{ELEMENT}").shadowRoot.querySelector(".go");
    if (link) resolve(link.textContent);
    else setTimeout(look, 50);
  }};
  setTimeout(resolve, 15000, "");
  look();
}})"""
"""A script that waits for the first link of the element, and returns its text; "" if there is none in time."""


@pytest.fixture(scope="module")
def their_partner(renvoi: RunningRenvoi) -> str:
    """The country of a partner whose site the browser reaches."""
    row = {
        "name": "Aló Kiribati",
        "url_fr": "http://partnername.com/fr",
        "countries": "KI",
        "description_fr": "Elle répond.",
    }
    fill_with(renvoi.environ, [row])
    return "KI"


def entries(renvoi: RunningRenvoi) -> list[dict[str, Any]]:
    """Return the ledger's entries."""
    exported = renvoi.run("ledger", "export", "--format", "jsonl").stdout
    return [json.loads(line) for line in exported.splitlines()]


@pytest.mark.parametrize("style", ["", HOSTILE], ids=["strictest policy", "hostile style sheet"])
def test_page_that_is_not_ours_sends_a_visitor_on(
    open_page: HostPageMaker, renvoi: RunningRenvoi, their_partner: str, style: str
) -> None:
    before = entries(renvoi)
    page = open_page(embed(renvoi, attributes=f'country="{their_partner}" src="their-page"'), style=style)
    element = page.locator(ELEMENT)
    expect(element.locator(".lead")).to_have_text(
        "Nous n’offrons pas le service là où vous êtes, mais cette entreprise l’offre."
    )
    expect(element.locator(".text")).to_have_text("Elle répond.")
    assert entries(renvoi) == before
    element.get_by_role("link", name="Continuer chez Aló Kiribati").click()
    page.wait_for_url("http://partnername.com/fr")
    (entry,) = entries(renvoi)[len(before) :]
    expected = {"act": "sent", "decision": "partner", "reason": "visitor_chose", "country": their_partner}
    assert {name: entry[name] for name in expected} == expected
    assert (entry["source"], entry["language"]) == ("their-page", "fr")


def test_order_of_the_script_does_not_matter(open_page: HostPageMaker, renvoi: RunningRenvoi, host: HostSite) -> None:
    page = open_page("")
    element = f'<{ELEMENT} country="PT"></{ELEMENT}>'
    for script in ("", "defer", "async", 'type="module"', "crossorigin"):
        tag = f'<script src="{renvoi.address}/embed.js" {script}></script>'
        for body in (tag + element, element + tag, tag + element + tag):
            page.goto(host.publish(host_page(body), policy=strict_policy(renvoi.address)))
            expect(page.get_by_role("link", name="Continuer chez Azulejo Chamadas"), body).to_have_count(1)


def test_element_inside_another_shadow_root_takes_its_language_from_around(
    open_page: HostPageMaker, renvoi: RunningRenvoi
) -> None:
    page = open_page(f'<script src="{renvoi.address}/embed.js"></script><div id="outer" lang="en-CA"></div>')
    page.evaluate(
        """() => {
          const root = document.getElementById("outer").attachShadow({ mode: "open" });
          const element = document.createElement("renvoi-partners");
          element.setAttribute("country", "PT");
          root.append(element);
        }"""
    )
    expect(page.get_by_role("link", name="Continue to Azulejo Chamadas")).to_be_visible()


@pytest.mark.parametrize(
    "around",
    [
        '<form name="host">{}</form>',
        '<iframe name="host"></iframe>{}',
        '<img name="getAttribute">{}',
        '<form lang="fr"><input name="getAttribute"><input name="parentNode"><input name="closest">{}</form>',
    ],
)
def test_fields_named_like_properties_of_the_dom_do_not_mislead_the_script(
    open_page: HostPageMaker, renvoi: RunningRenvoi, host: HostSite, around: str
) -> None:
    """The page has no language of its own: the script looks for one in all that is around the element."""
    page = open_page("")
    body = around.format(embed(renvoi, attributes='country="PT"'))
    without_language = re.sub(r"(<html[^>]*?) lang=\S*?(?=[ >])", r"\1", host_page(body))
    assert "<html lang" not in without_language
    page.goto(host.publish(without_language, policy=strict_policy(renvoi.address)))
    # Not by a locator: the fields mislead Playwright's own script.
    assert page.evaluate(LINK).endswith(" Azulejo Chamadas")


class TestDecisions:
    @pytest.mark.parametrize(
        ("attributes", "sentence", "link"),
        [
            ('country="BR"', "ces entreprises l’offrent. À vous de choisir.", "Continuer chez Aló Brasil"),
            ('country="CA"', "L’entreprise qui offre le service dépend de la région.", "Choisir la région"),
            ('country="CA" region="CA-QC"', "Nous offrons le service là où vous êtes.", "Continuer"),
            ('country="FJ"', "Le service n’est pas offert là où vous êtes pour le moment.", ""),
            ("", "Dans quel pays êtes-vous?", ""),
        ],
    )
    def test_each_decision_is_shown(
        self, open_page: HostPageMaker, renvoi: RunningRenvoi, attributes: str, sentence: str, link: str
    ) -> None:
        page = open_page(embed(renvoi, attributes=attributes))
        expect(page.locator(f"{ELEMENT} .lead")).to_contain_text(sentence)
        links = page.locator(f"{ELEMENT} .go")
        if link:
            expect(links.filter(has_text=link)).to_be_visible()
        else:
            expect(links).to_have_count(0)

    def test_region_is_chosen_on_renvois_own_page(self, open_page: HostPageMaker, renvoi: RunningRenvoi) -> None:
        page = open_page(embed(renvoi, attributes='country="CA" lang="en" src="x"'))
        page.get_by_role("link", name="Choose the region").click()
        assert page.url == f"{renvoi.address}/?lang=en&country=CA&src=x"
        expect(page.get_by_role("heading", name="Where are you in Canada?")).to_be_visible()

    def test_visitor_chooses_another_country_by_keyboard(self, open_page: HostPageMaker, renvoi: RunningRenvoi) -> None:
        page = open_page(embed(renvoi))
        select = page.get_by_label("Pays")
        assert select.locator("option").count() == len(COUNTRIES) + 1
        select.focus()
        page.keyboard.type("Portugal")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="Continuer chez Azulejo Chamadas")).to_be_visible()
        lead = page.locator(f"{ELEMENT} .lead")
        expect(lead).to_be_focused()
        expect(lead).to_have_attribute("role", "status")

    def test_more_than_twelve_partners_are_shown_at_a_click(
        self, open_page: HostPageMaker, renvoi: RunningRenvoi
    ) -> None:
        rows = [
            {
                "name": f"שלום {number:02}",
                "url_en": f"https://p{number}.example/",
                "countries": "TO",
                "description_fr": "Une.",
            }
            for number in range(14)
        ]
        fill_with(renvoi.environ, rows)
        page = open_page(embed(renvoi, attributes='country="TO"'))
        expect(page.locator(f"{ELEMENT} li")).to_have_count(12)
        page.get_by_role("button", name="Voir les 14 partenaires").click()
        expect(page.locator(f"{ELEMENT} li")).to_have_count(14)
        expect(page.locator(f"{ELEMENT} li").nth(12)).to_be_focused()
        # A name in a right-to-left script does not turn the sentence around it.
        assert page.locator(f"{ELEMENT} .go bdi").count() == 14
        assert page.locator(f"{ELEMENT} .name").first.evaluate("name => getComputedStyle(name).direction") == "rtl"
        assert page.get_by_text("Le site Web est en anglais.").count() == 14


class TestLanguages:
    @pytest.mark.parametrize(
        ("language", "attributes", "locale", "button"),
        [
            ("en", "", "fr-CA", "Continue to"),
            ("en", 'lang="fr"', "en", "Continuer chez"),
            ("fr-CA", "", "en", "Continuer chez"),
            ("pt", "", "en-CA", "Continue to"),
            ("pt", "", "fr", "Continuer chez"),
        ],
    )
    def test_attribute_then_page_then_visitor(
        self, open_page: HostPageMaker, renvoi: RunningRenvoi, language: str, attributes: str, locale: str, button: str
    ) -> None:
        page = open_page(embed(renvoi, attributes=f'country="PT" {attributes}'), language=language, locale=locale)
        expect(page.get_by_role("link", name=f"{button} Azulejo Chamadas")).to_be_visible()
        expected = "fr" if "chez" in button else "en"
        assert page.locator(f"{ELEMENT} .box").get_attribute("lang") == expected


def test_changed_attributes_are_shown(open_page: HostPageMaker, renvoi: RunningRenvoi) -> None:
    page = open_page(embed(renvoi, attributes='country="PT"'))
    expect(page.get_by_role("link", name="Continuer chez Azulejo Chamadas")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator(ELEMENT).evaluate(
        "element => { element.setAttribute('lang', 'en'); element.setAttribute('country', 'BR'); element.src = 'x'; }"
    )
    expect(page.get_by_role("link", name="Continue to Aló Brasil")).to_be_visible()
    assert asked == [f"{renvoi.address}/api/v1/decision?lang=en&country=BR&with=description_language"]


class TestFallback:
    INSIDE = '<a href="https://fallback.example/">Nos partenaires</a>'

    def test_content_stays_without_the_script(
        self, open_page: HostPageMaker, renvoi: RunningRenvoi, open_visitor: VisitorMaker, host: HostSite
    ) -> None:
        body = f"<{ELEMENT}>{self.INSIDE}</{ELEMENT}>"
        expect(open_page(body).get_by_role("link", name="Nos partenaires")).to_be_visible()
        without = open_visitor(java_script_enabled=False).page
        without.goto(host.publish(host_page(embed(renvoi, inside=self.INSIDE)), policy=strict_policy(renvoi.address)))
        expect(without.get_by_role("link", name="Nos partenaires")).to_be_visible()

    def test_content_stays_while_the_answer_fails_and_retry_asks_again(
        self, renvoi: RunningRenvoi, open_visitor: VisitorMaker, host: HostSite
    ) -> None:
        visitor = open_visitor()
        visitor.watch.expected_statuses.add(429)
        page = visitor.page
        page.route("**/api/v1/decision*", lambda route: route.fulfill(status=429, body="{}"))
        body = embed(renvoi, attributes='country="PT"', inside=self.INSIDE)
        page.goto(host.publish(host_page(body), policy=strict_policy(renvoi.address)))
        expect(page.locator(f"{ELEMENT} .lead")).to_have_text(
            "Nous ne pouvons pas montrer qui offre le service pour le moment."
        )
        expect(page.get_by_role("link", name="Nos partenaires")).to_be_visible()
        page.unroute("**/api/v1/decision*")
        page.get_by_role("button", name="Réessayer").click()
        expect(page.get_by_role("link", name="Continuer chez Azulejo Chamadas")).to_be_visible()
        expect(page.get_by_role("link", name="Nos partenaires")).to_have_count(0)
        expect(page.locator(f"{ELEMENT} .lead")).to_be_focused()

    def test_element_without_content_links_to_renvois_page(
        self, renvoi: RunningRenvoi, open_visitor: VisitorMaker, host: HostSite
    ) -> None:
        """The host page forbids the connection; the link works."""
        visitor = open_visitor()
        policy = strict_policy(renvoi.address).replace("connect-src", "font-src")
        body = embed(renvoi, attributes='country="PT"', inside=" ")
        visitor.page.goto(host.publish(host_page(body), policy=policy))
        visitor.page.get_by_role("link", name="Voir qui offre le service").click()
        assert visitor.page.url == f"{renvoi.address}/?lang=fr&country=PT"
        refused = [fault for fault in visitor.watch.faults if "/api/v1/decision" in fault]
        assert refused
        assert refused == visitor.watch.faults
        visitor.watch.faults.clear()


@pytest.mark.needs("firefox-esr")
def test_firefox_shows_the_partner_and_sends_the_visitor_on(
    tmp_path: Any, sites: PartnerSites, renvoi: RunningRenvoi, host: HostSite, their_partner: str
) -> None:
    body = embed(renvoi, attributes=f'country="{their_partner}"')
    page = host_page(body, style=HOSTILE)
    address = host.publish(page, policy=strict_policy(renvoi.address, style=HOSTILE), path="/firefox")
    look = "return document.querySelector('renvoi-partners').shadowRoot.querySelector('.go')?.textContent"
    click = "document.querySelector('renvoi-partners').shadowRoot.querySelector('.go').click()"
    before = len(entries(renvoi))
    with Firefox(tmp_path, proxy_port=sites.port) as firefox:
        firefox.send("Navigate", url=address)
        text = wait_for(lambda: firefox.send("ExecuteScript", script=look, args=[]))
        assert text == "Continuer chez Aló Kiribati"
        assert firefox.send("ExecuteScript", script=_DISPLAY, args=[]) == ["block", "rgb(25, 34, 37)"]
        firefox.send("ExecuteScript", script=click, args=[])
        wait_for(lambda: "partnername.com/fr" in firefox.send("GetCurrentURL"))
    assert [entry["reason"] for entry in entries(renvoi)[before:]] == ["visitor_chose"]


_DISPLAY = """
const element = document.querySelector("renvoi-partners");
const box = element.shadowRoot.querySelector(".box");
return [getComputedStyle(element).display, getComputedStyle(box).color];
"""
