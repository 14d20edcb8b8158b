// What <renvoi-partners> shows: elements built one by one, because the host page may forbid innerHTML.
const FIRST_CARDS = 12;

function el(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const countryName = (code, language) => new Intl.DisplayNames([language + "-CA"], { type: "region" }).of(code);

const link = (href, ...children) => el("a", { className: "go", href }, ...children);

const button = (text, onclick) => el("button", { type: "button", className: "second", onclick }, text);

const facts = (...pairs) =>
  el("dl", {}, ...pairs.flatMap(([term, detail]) => [el("dt", {}, term), el("dd", {}, detail)]));

// The card of a partner. It has no heading, whose level only the host page knows.
function card(partner, { country, language }) {
  const texts = TEXTS[language];
  const { name, description, description_language: lang, url, url_language } = partner;
  const hint = (description && lang !== language ? texts.foreignText : "") +
    (url_language !== language ? texts.foreignSite : "");
  return el("li", { tabIndex: -1 },
    el("p", { className: "name", dir: "auto" }, name),
    el("p", { className: "text", dir: "auto", lang }, description),
    facts([texts.country, countryName(country, language)], [texts.site, el("bdi", { dir: "ltr" }, new URL(url).host)]),
    el("p", { className: "hint" }, hint),
    link(partner.go, texts.goTo, el("bdi", {}, name)));
}

// The cards of the first partners, and a button that adds the others.
function cards(answer) {
  const [...items] = answer.partners.map((partner) => card(partner, answer));
  const list = el("ul", {}, ...items.splice(0, FIRST_CARDS));
  if (!items.length) return [list];
  const more = button(TEXTS[answer.language].all.join(answer.partners.length), () => {
    list.append(...items);
    more.remove();
    items[0].focus();
  });
  return [list, more];
}

// The form that asks for the country; `choose` is called with its code.
function chooser(language, choose) {
  const texts = TEXTS[language];
  const named = COUNTRIES.match(/../g).map((value) => [countryName(value, language), value]);
  named.sort(([a], [b]) => a.localeCompare(b, language));
  const select = el("select", { required: true, autocomplete: "country" }, el("option", { value: "" }, texts.choose),
    ...named.map(([name, value]) => el("option", { value }, name)));
  const onsubmit = (event) => {
    event.preventDefault();
    choose(select.value);
  };
  return el("form", { onsubmit }, el("label", {}, texts.country, select), el("button", {}, texts.go));
}

// The elements below the first sentence. `page` is the address of Renvoi's own page for the same visitor.
function body(answer, page, choose) {
  const { decision, language, country } = answer;
  const texts = TEXTS[language];
  const form = chooser(language, choose);
  if (decision === "unknown") return [form];
  const other = el("details", { open: decision === "none" }, el("summary", {}, texts.other), form);
  if (answer.partners.length) return [...cards(answer), other];
  const place = facts([texts.country, countryName(country, language)]);
  if (decision === "none") return [place, other];
  return [place, link(page, decision === "own" ? texts.go : texts.toRegion), other];
}
