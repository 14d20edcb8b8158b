// Counts characters as the server does, asks before typed text is lost, and sends a form once.
"use strict";

// Unicode White_Space and U+FEFF, as renvoi.partners.values trims them.
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

function written(form) {
  const data = new FormData(form);
  for (const name of ["csrfmiddlewaretoken", "country"]) data.delete(name);
  return JSON.stringify([...data]);
}

function guard(form) {
  let first = form.hasAttribute("data-unsaved") ? null : written(form);
  let isSent = false;
  window.addEventListener("beforeunload", (event) => {
    if (!isSent && written(form) !== first) event.preventDefault();
  });
  form.addEventListener("submit", (event) => {
    if (isSent) event.preventDefault();
    // A button taken by htmx (Ajouter) sends a part of the page only: the form itself is not sent.
    else if (!event.submitter?.hasAttribute("hx-post")) isSent = true;
  });
  // The page may come back from the browser's own memory, to be changed and sent again.
  window.addEventListener("pageshow", () => { isSent = false; });
}

document.addEventListener("DOMContentLoaded", () => {
  countAll();
  for (const form of document.querySelectorAll("form[data-guarded]")) guard(form);
});
