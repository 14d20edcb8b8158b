// Countries of a partner: added to the form and removed from it on the page itself, at once, without a request.
// The options of the select and the chips have all that this needs: name, place in the alphabet, other names.
"use strict";

const LETTERS = { ø: "o", ł: "l", đ: "d", ð: "d", ħ: "h", ŧ: "t", ŋ: "n", ı: "i", þ: "th", œ: "oe", æ: "ae", ß: "ss" };

// As renvoi.domain.names.keys folds a text and reduces it to its words.
function foldedWords(text) {
  const folded = text.normalize("NFKD").toLowerCase().replace(/\p{Mn}|\p{Default_Ignorable_Code_Point}/gu, "");
  return folded.replace(/[^\x00-\x7f]/g, (letter) => LETTERS[letter] ?? letter).replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

const chosenCodes = (group) => [...group.querySelectorAll(".chips [name=countries]")].map((input) => input.value);

function pattern(text, blanks) {
  return text.replace(/\{(\w+)\}/g, (blank, name) => blanks[name] ?? blank);
}

function listed(names, type) {
  return new Intl.ListFormat(document.documentElement.lang, { type }).format(names);
}

function announce(text) {
  document.getElementById("announcement").textContent = text;
}

// How a French participle agrees with these options or chips, as renvoi.domain.names.agreement says it.
function agreement(items) {
  const each = items.map((item) => item.dataset.agrees ?? "m");
  return (each.every((one) => one[0] === "f") ? "f" : "m") + (each.length > 1 || each[0].endsWith("p") ? "p" : "");
}

// Say how many countries there are after a change: « Brésil ajouté, 4 pays. »
function announceChange(group, act, items) {
  const number = chosenCodes(group).length;
  const isOne = new Intl.PluralRules(document.documentElement.lang).select(number) === "one";
  const count = pattern(isOne ? group.dataset.one : group.dataset.many, { number });
  const names = items.map((item) => item.text ?? item.querySelector("span").textContent);
  const others = pattern(group.dataset.others, { number: names.length - 3 });
  const shown = names.length > 4 ? [...names.slice(0, 3), others] : names;
  const sentence = group.dataset[`${act}_${agreement(items)}`];
  announce(pattern(sentence, { country: listed(shown, "conjunction"), count }));
  // What stands beside the form depends on it, as if a field had been changed.
  group.dispatchEvent(new Event("change", { bubbles: true }));
}

function insertInOrder(parent, item, selector) {
  const order = Number(item.dataset.order);
  const next = [...parent.querySelectorAll(selector)].find((other) => Number(other.dataset.order || Infinity) > order);
  parent.insertBefore(item, next ?? null);
}

function buildChip(group, option) {
  const chip = document.getElementById("chip").content.firstElementChild.cloneNode(true);
  const input = Object.assign(document.createElement("input"), { type: "hidden", name: "countries", value: option.value });
  const button = chip.querySelector("button");
  const label = button.querySelector(".visually-hidden");
  Object.assign(chip.dataset, option.dataset);
  chip.querySelector("span").textContent = option.text;
  chip.querySelector("span").after(input);
  button.value = option.value;
  label.textContent = pattern(label.textContent, { country: option.text });
  return chip;
}

// Show what the chosen countries imply: their list, the offers of territories, no error any more.
function refreshCountries(group) {
  const codes = new Set(chosenCodes(group));
  group.querySelector(".chips").hidden = codes.size === 0;
  for (const offer of group.querySelectorAll(".territories")) {
    const buttons = [...offer.querySelectorAll("[name=add_territory]")];
    for (const button of buttons) button.hidden = codes.has(button.value);
    offer.hidden = !codes.has(offer.dataset.state) || buttons.every((button) => button.hidden);
  }
  for (const stale of group.querySelectorAll("#countries-error, .field > .suggestion")) stale.remove();
  group.querySelector("#country").removeAttribute("aria-invalid");
}

// Add the countries that are not chosen yet.
function addCountries(group, codes) {
  const select = group.querySelector("#country");
  const options = codes.map((code) => [...select.options].find((option) => option.value === code)).filter(Boolean);
  for (const option of options) {
    insertInOrder(group.querySelector(".chips"), buildChip(group, option), "li");
    if (option.selected) select.value = "";
    option.remove();
    const offer = group.querySelector(`.territories[data-state="${option.value}"]`);
    if (offer) offer.open = true;
  }
  refreshCountries(group);
  if (options.length) announceChange(group, "added", options);
}

function removeCountry(group, code) {
  const chip = [...group.querySelectorAll(".chips li")].find((one) => one.querySelector("input").value === code);
  if (!chip) return;
  const name = chip.querySelector("span").textContent;
  const option = new Option(name, code);
  Object.assign(option.dataset, chip.dataset);
  // A text that is no country, which saving has refused, is no choice: it has no place in the alphabet.
  if (chip.dataset.order) insertInOrder(group.querySelector("#country"), option, "option[data-order]");
  chip.remove();
  refreshCountries(group);
  announceChange(group, "removed", [option]);
}

// Make the chosen countries these, without an announcement: what was chosen while an answer was under way.
function setCountries(group, codes) {
  const before = document.getElementById("announcement").textContent;
  for (const code of chosenCodes(group)) if (!codes.includes(code)) removeCountry(group, code);
  addCountries(group, codes.filter((code) => !chosenCodes(group).includes(code)));
  announce(before);
}

function addTerritories(group, button) {
  const offer = button.closest(".territories");
  const offered = [...offer.querySelectorAll("[name=add_territory]:not([hidden])")];
  const next = button.name === "add_territory" ? offered[offered.indexOf(button) + 1] : null;
  addCountries(group, button.name === "add_territory" ? [button.value] : offered.map((one) => one.value));
  (offer.hidden ? group.querySelector("#country") : (next ?? offer.querySelector("summary"))).focus();
}

const COUNTRY_BUTTONS = {
  remove_country(group, button) {
    removeCountry(group, button.value);
    group.querySelector("#country").focus();
  },
  add_country(group) {
    const select = group.querySelector("#country");
    if (!select.value && !typedCountry(group)) return false; // the server says what is missing
    if (select.value) addCountries(group, [select.value]);
    select.focus();
    if (typedCountry(group)) addTyped(group);
    return true;
  },
  add_territory: addTerritories,
  add_territories: addTerritories,
};

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#countries button");
  const act = button && COUNTRY_BUTTONS[button.name];
  if (act && act(button.closest("#countries"), button) !== false) event.preventDefault();
});
