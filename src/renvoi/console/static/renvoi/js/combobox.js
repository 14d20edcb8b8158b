// The field that finds a country while one types: a combobox with list autocomplete (ARIA APG), beside the select.
// Any name of a country finds it, blind to case and accents; Enter adds the marked one.
"use strict";

const LEADING_ARTICLE = /^(?:les?|la|l|the) /;
const MOST_MATCHES = 8;

const typedCountry = (group) => foldedWords(group.querySelector("#country_name").value);

// How well a country fits, the smallest number best: by its code or whole name, the beginning of its name, or any word.
function rank(option, typed) {
  if (option.value.toLowerCase() === (typed === "uk" ? "gb" : typed)) return 0;
  const [shown, ...others] = [foldedWords(option.text), ...option.dataset.names.split("|")];
  if (shown === typed) return 1;
  if (others.includes(typed)) return 2;
  if (shown.startsWith(typed)) return 3;
  if (` ${shown}`.includes(` ${typed}`)) return 4;
  return others.some((name) => ` ${name}`.includes(` ${typed}`)) ? 5 : NaN;
}

function findCountries(group, typed) {
  if (!typed) return [];
  const options = [...group.querySelectorAll("#country option[data-names]")];
  const ranked = options.map((option) => ({ option, rank: rank(option, typed) })).filter((one) => !Number.isNaN(one.rank));
  ranked.sort((one, other) => one.rank - other.rank || one.option.dataset.order - other.option.dataset.order);
  if (!ranked.length && LEADING_ARTICLE.test(typed)) return findCountries(group, typed.replace(LEADING_ARTICLE, ""));
  return ranked.map((one) => one.option);
}

// Which match Enter adds: the first, unless several countries have the name ("Congo").
const isAsked = (group, typed, matches) =>
  matches.length > 1 && group.dataset.ambiguous.split("|").includes(typed.replace(LEADING_ARTICLE, ""));

// The codes of « Brésil, Portugal »: NaN for a part that could be none or several.
function codesOf(group, text) {
  return text.split(/[,;]/).map(foldedWords).filter(Boolean).map((part) => {
    const matches = findCountries(group, part);
    const isClear = matches.length === 1 || matches.some((one) => rank(one, part.replace(LEADING_ARTICLE, "")) < 3);
    return isClear && !isAsked(group, part, matches) ? matches[0].value : NaN;
  });
}

function mark(input, index) {
  const items = [...input.nextElementSibling.children];
  items.forEach((item, place) => { item.ariaSelected = String(place === index); });
  items[index]?.scrollIntoView({ block: "nearest" });
  if (items[index]) input.setAttribute("aria-activedescendant", items[index].id);
  else input.removeAttribute("aria-activedescendant");
}

const marked = (input) => [...input.nextElementSibling.children].findIndex((item) => item.ariaSelected === "true");

function closeMatches(input) {
  input.nextElementSibling.hidden = true;
  input.nextElementSibling.replaceChildren();
  input.ariaExpanded = "false";
  mark(input, -1);
}

function showMatches(input) {
  const group = input.closest("#countries");
  const [typed, list] = [typedCountry(group), input.nextElementSibling];
  const matches = findCountries(group, typed).slice(0, MOST_MATCHES);
  document.getElementById("country-name-note").textContent = "";
  list.replaceChildren(
    ...matches.map((option) => {
      const item = Object.assign(document.createElement("li"), { id: `match-${option.value}`, textContent: option.text });
      item.role = "option";
      item.dataset.code = option.value;
      return item;
    }),
  );
  list.hidden = !matches.length;
  input.ariaExpanded = String(matches.length > 0);
  list.scrollIntoView({ block: "nearest" });
  mark(input, isAsked(group, typed, matches) ? -1 : 0);
}

function addMatches(input, codes) {
  input.value = "";
  closeMatches(input);
  addCountries(input.closest("#countries"), codes);
  input.focus();
}

function nameOfChosen(group, typed) {
  const chips = [...group.querySelectorAll(".chips li")].map((chip) => {
    const option = new Option(chip.querySelector("span").textContent, chip.querySelector("input").value);
    option.dataset.names = chip.dataset.names;
    return option;
  });
  return chips.find((option) => rank(option, typed) < 3)?.text;
}

// Add what is typed, or say why it can't be.
function addTyped(group) {
  const [input, typed] = [group.querySelector("#country_name"), typedCountry(group)];
  const matches = findCountries(group, typed);
  if (matches.length && !isAsked(group, typed, matches)) return addMatches(input, [matches[0].value]);
  const codes = new Set(codesOf(group, input.value));
  if (!codes.has(NaN)) return addMatches(input, [...codes]);
  const [words, name, chosen] = [group.dataset, input.value.trim(), nameOfChosen(group, typed)];
  const country = matches.length ? listed(matches.map((one) => one.text), "disjunction") : chosen;
  const sentence = matches.length ? words.ambiguous_name : chosen ? words.already : words.unknown;
  document.getElementById("country-name-note").textContent = pattern(sentence, { name, country });
  input.focus();
}

const onCombobox = (act) => (event) => {
  if (event.target.matches?.("#country_name[role=combobox]")) act(event.target, event);
};

document.addEventListener("input", onCombobox(showMatches));
document.addEventListener("focusout", onCombobox(closeMatches));
document.addEventListener("keydown", onCombobox((input, event) => {
  const list = input.nextElementSibling;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const hasText = Boolean(typedCountry(input.closest("#countries")));
  if (event.isComposing || event.ctrlKey || event.metaKey) return;
  if (event.key === "Escape" && !list.hidden) closeMatches(input);
  else if (event.key === "Enter" && hasText) {
    const code = list.children[marked(input)]?.dataset.code;
    if (code) addMatches(input, [code]);
    else addTyped(input.closest("#countries"));
  } else if (step && hasText) {
    if (list.hidden) showMatches(input);
    else mark(input, (Math.max(marked(input), step < 0 ? 0 : -1) + step + list.children.length) % list.children.length);
  } else return;
  event.preventDefault();
}));

// A click on a match adds it; the focus stays in the field.
document.addEventListener("mousedown", (event) => {
  if (event.target.closest?.("#country-matches")) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const item = event.target.closest?.("#country-matches [role=option]");
  if (item) addMatches(document.getElementById("country_name"), [item.dataset.code]);
});

function makeComboboxes() {
  for (const input of document.querySelectorAll("#country_name:not([role])")) {
    input.role = "combobox";
    [input.ariaAutoComplete, input.ariaExpanded] = ["list", "false"];
    input.setAttribute("aria-controls", "country-matches");
    input.nextElementSibling.role = "listbox";
  }
}

document.addEventListener("DOMContentLoaded", makeComboboxes);
