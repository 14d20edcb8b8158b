// Forms: count characters as the server does, and warn before typed text is lost.
"use strict";

// Unicode White_Space and U+FEFF, which renvoi.partners.values trims.
const BLANK = "[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff]+";
const AROUND = new RegExp(`^${BLANK}|${BLANK}$`, "g");
// Fields that are not typed: tokens, and a country that is only being chosen.
const NOT_TYPED = new Set([
  ..."csrfmiddlewaretoken filled_by version idempotency_key list asked confirmed_addresses enter".split(" "),
  ..."country country_name".split(" "),
]);

// French has the singular for 0 too.
const PLURALS = new Intl.PluralRules(document.documentElement.lang);
const FIGURES = new Intl.NumberFormat(`${document.documentElement.lang}-CA`);

function length(text) {
  return Array.from(text.replace(/\r\n?/g, "\n").normalize("NFC").replace(AROUND, "")).length;
}

function count(counter) {
  const field = document.getElementById(counter.htmlFor.value);
  const left = Number(counter.dataset.limit) - length(field.value);
  const words = counter.dataset;
  const phrase = left < 0 ? words.overMany : PLURALS.select(left) === "one" ? words.leftOne : words.leftMany;
  counter.textContent = phrase.replace("#", FIGURES.format(Math.abs(left)));
  counter.toggleAttribute("data-over", left < 0);
}

function countAll() {
  for (const counter of document.querySelectorAll("output.counter[data-limit]")) {
    count(counter);
    document.getElementById(counter.htmlFor.value).addEventListener("input", () => count(counter));
  }
}

function typedFields(form) {
  return [...new FormData(form)].filter(([name]) => !NOT_TYPED.has(name));
}

function serialized(form) {
  return JSON.stringify(typedFields(form));
}

// What each guarded form contains that is saved; null if it contains what is not.
const savedState = new WeakMap();

function isUnsaved(form) {
  return serialized(form) !== savedState.get(form);
}

// A form that the browser sends by itself. Its answer replaces the page, unless it is stopped or lost.
function guardSending(form) {
  let sent = null;
  let isLeaving = false;
  form.addEventListener("submit", (event) => {
    if (event.submitter?.hasAttribute("hx-post") || event.defaultPrevented) return;
    // The same again while the answer is awaited is a double click. Other content is sent.
    if (sent?.text === serialized(form) && event.timeStamp - sent.at < 1000) event.preventDefault();
    else [sent, isLeaving] = [{ text: serialized(form), at: event.timeStamp }, true];
  });
  // The session has ended: the server has kept the form, and signing in leads back to it.
  form.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
    isLeaving ||= detail.requestConfig.verb === "post" && Boolean(detail.xhr.getResponseHeader("HX-Redirect"));
  });
  // The browser may restore the page from its back/forward cache, to be changed and submitted again.
  window.addEventListener("pageshow", () => { [sent, isLeaving] = [null, false]; });
  return () => {
    const mayLeave = isLeaving;
    isLeaving = false;
    return mayLeave;
  };
}

function guardAll() {
  for (const form of document.querySelectorAll("form[data-guarded]")) {
    if (savedState.has(form)) continue;
    savedState.set(form, form.hasAttribute("data-unsaved") ? null : serialized(form));
    const mayLeave = form.hasAttribute("data-stays") ? () => false : guardSending(form);
    window.addEventListener("beforeunload", (event) => {
      if (form.isConnected && !mayLeave() && isUnsaved(form)) event.preventDefault();
    });
  }
}

document.addEventListener("DOMContentLoaded", () => {
  countAll();
  guardAll();
});
