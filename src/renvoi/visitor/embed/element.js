// The element <renvoi-partners country lang region src>: asks this script's own site who offers the service.
const TIMEOUT_MS = 15000;

// A module has no currentScript: its address is in the trace of an error. The page has no say in it.
function scriptAddress() {
  const script = document.currentScript;
  if (script instanceof HTMLScriptElement && script.src) return script.src;
  return (/https?:\/\/[^\s()@]+?\/embed\.js/.exec(new Error().stack) || [])[0];
}

// The nearest lang, in the page around a shadow tree too; "" if it is another language, or there is none. What a form or
// the page calls parentNode, getAttribute or host may be one of its fields: only our own element's methods are used.
function languageAround(element) {
  const nearest = element.closest("[lang]:not([lang=''])");
  const root = element.getRootNode();
  if (!nearest) return root instanceof ShadowRoot ? languageAround(root.host) : "";
  return (/^(en|fr)(?![a-z])/i.exec(element.getAttribute.call(nearest, "lang")) || [""])[0].toLowerCase();
}

function define(origin) {
  const sheet = new CSSStyleSheet();
  // Browsers without light-dark() get the light colours.
  const isOld = !CSS.supports("color", "light-dark(red, red)");
  sheet.replaceSync(isOld ? STYLE.replace(/light-dark\((.+?),.+?\);/g, "$1;") : STYLE);

  class RenvoiPartners extends HTMLElement {
    static observedAttributes = ["country", "lang", "region", "src"];
    #lead = el("p", { className: "lead", tabIndex: -1 });
    #body = el("div", {});
    #box = el("div", { className: "box" }, this.#lead, this.#body);
    #chosen = "";
    #isQueued = false;
    #request = null;

    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      root.append(this.#box);
    }

    connectedCallback() {
      this.#queue();
    }

    disconnectedCallback() {
      this.#abandon();
    }

    attributeChangedCallback(name) {
      if (name === "country") this.#chosen = "";
      this.#queue();
    }

    // Several attributes that change at once are one question.
    #queue() {
      if (this.#isQueued) return;
      this.#isQueued = true;
      queueMicrotask(() => {
        this.#isQueued = false;
        if (this.isConnected) this.#load();
      });
    }

    #abandon() {
      const request = this.#request;
      this.#request = null;
      if (request) request.abort();
    }

    #address(path, language) {
      const address = new URL(path, origin);
      const values = { lang: language };
      for (const name of ["country", "region", "src"]) values[name] = this.getAttribute(name);
      if (this.#chosen) Object.assign(values, { country: this.#chosen, region: "" });
      for (const name in values) if (values[name]) address.searchParams.set(name, values[name]);
      return address;
    }

    async #load() {
      this.#abandon();
      const request = this.#request = new AbortController();
      const language = languageAround(this);
      const shown = language || (/^fr/i.test(navigator.language) ? "fr" : "en");
      this.#box.setAttribute("aria-busy", "true");
      this.#show(shown, TEXTS[shown].loading, el("slot", {}));
      const timer = setTimeout(() => request.abort(), TIMEOUT_MS);
      let answer;
      try {
        const address = this.#address("/api/v1/decision", language);
        address.searchParams.set("with", "description_language");
        const response = await fetch(address, { signal: request.signal });
        if (response.ok) answer = await response.json();
      } catch {
        // No network, a policy of the page, too slow: without an answer the fallback stays.
      }
      clearTimeout(timer);
      if (request !== this.#request) return;
      this.#box.removeAttribute("aria-busy");
      if (answer) this.#showAnswer(answer);
      else this.#showError(shown);
    }

    #showAnswer(answer) {
      const place = this.#address("/", answer.language);
      if (answer.country) place.searchParams.set("country", answer.country);
      const choose = (country) => {
        this.#chosen = country;
        this.#load();
      };
      this.#show(answer.language, TEXTS[answer.language][answer.decision], ...body(answer, place, choose));
    }

    #showError(language) {
      const texts = TEXTS[language];
      const hasOwn = this.childElementCount || this.textContent.trim();
      const fallback = hasOwn ? el("slot", {}) : link(this.#address("/", language), texts.page);
      this.#show(language, texts.error, fallback, button(texts.retry, () => this.#load()));
    }

    // What replaces the control that had the focus takes it, and is announced.
    #show(language, sentence, ...elements) {
      const had = this.shadowRoot.activeElement;
      this.#box.lang = language;
      if (had) this.#lead.setAttribute("role", "status");
      this.#lead.textContent = sentence;
      this.#body.replaceChildren(...elements);
      if (had) this.#lead.focus();
    }
  }

  customElements.define("renvoi-partners", RenvoiPartners);
}

const address = scriptAddress();
// In a browser without constructed style sheets, or if the script was copied into the page, what is inside stays.
if (address && document.adoptedStyleSheets && !customElements.get("renvoi-partners")) define(new URL(address).origin);
