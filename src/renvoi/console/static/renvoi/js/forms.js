// Forms: count characters as the server does, warn before typed text is lost, and submit only once.
"use strict";

// Unicode White_Space and U+FEFF, which renvoi.partners.values trims.
const BLANK = "[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff]+";
const AROUND = new RegExp(`^${BLANK}|${BLANK}$`, "g");

function length(text) {
  return Array.from(text.replace(/\r\n?/g, "\n").normalize("NFC").replace(AROUND, "")).length;
}

function count(counter) {
  const field = document.getElementById(counter.htmlFor.value);
  const left = Number(counter.dataset.limit) - length(field.value);
  const words = counter.dataset;
  const phrase = left === 1 ? words.leftOne : left >= 0 ? words.leftMany : words.overMany;
  counter.textContent = phrase.replace("#", String(Math.abs(left)));
  counter.toggleAttribute("data-over", left < 0);
}

function countAll() {
  for (const counter of document.querySelectorAll("output.counter[data-limit]")) {
    count(counter);
    document.getElementById(counter.htmlFor.value).addEventListener("input", () => count(counter));
  }
}

function serialized(form) {
  const data = new FormData(form);
  for (const name of ["csrfmiddlewaretoken", "country"]) data.delete(name);
  return JSON.stringify([...data]);
}

function guard(form) {
  const initial = form.hasAttribute("data-unsaved") ? null : serialized(form);
  let isSent = false;
  window.addEventListener("beforeunload", (event) => {
    if (!isSent && serialized(form) !== initial) event.preventDefault();
  });
  form.addEventListener("submit", (event) => {
    if (isSent) event.preventDefault();
    // A button that htmx handles (Add a country) updates a part of the page: the form itself is not submitted.
    else if (!event.submitter?.hasAttribute("hx-post")) isSent = true;
  });
  // The browser may restore the page from its back/forward cache, to be changed and submitted again.
  window.addEventListener("pageshow", () => { isSent = false; });
}

document.addEventListener("DOMContentLoaded", () => {
  countAll();
  for (const form of document.querySelectorAll("form[data-guarded]")) guard(form);
});
