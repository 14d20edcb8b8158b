// Requests that fail: say so, with a button that tries again; what is shown goes back to what is true.
"use strict";

let isLeaving = false;
let retry = null;

// What a page asks for by itself, while a form is filled in: nobody waits for it.
function isInBackground(element) {
  return element.closest("[data-background]") !== null;
}

function clearFailure() {
  document.querySelector("[data-failure]")?.remove();
}

function showFailure(sentence) {
  if (document.querySelector("[data-failure] p")?.textContent === sentence) return;
  clearFailure();
  const message = document.getElementById("failure").content.cloneNode(true);
  message.querySelector("p").textContent = sentence;
  // Nothing outside an open window can be reached.
  (document.querySelector("dialog[open] .failures") ?? document.getElementById("failures")).append(message);
}

// The page of a refused form has a new token, in place of one that was issued before the last sign-in.
function renewToken(xhr, page) {
  const token = xhr.status === 403 && page.querySelector("[name=csrfmiddlewaretoken]")?.value;
  for (const field of token ? document.querySelectorAll("[name=csrfmiddlewaretoken]") : []) field.value = token;
  return Boolean(token);
}

// What the console itself waits for is the heading of its page; a proxy's page has no main element.
function reasonOf(xhr, page, words) {
  if (!xhr.status) return words.cut;
  const heading = xhr.status === 503 && page.querySelector("main h1")?.textContent.replace(/\s+/g, " ").trim();
  return heading ? `${heading}.` : words.refused.replace("#", xhr.status);
}

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, ({ detail }) => {
    if (isLeaving || isInBackground(detail.elt)) return;
    const { elt, verb, path } = detail.requestConfig;
    const words = document.getElementById("failure").dataset;
    const page = parseAnswer(detail.xhr.responseText);
    const isExpired = renewToken(detail.xhr, page);
    retry = () => htmx.ajax(verb, path, { source: elt }).catch(() => {});
    const sentence = reasonOf(detail.xhr, page, words);
    // The answer to a form may be lost after the form was received.
    showFailure(isExpired ? words.expired : `${sentence} ${verb === "get" ? words.undone : words.once}`);
  });
}

document.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.successful && !isInBackground(detail.elt)) clearFailure(); });

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-failure] button");
  if (!button) return;
  clearFailure();
  if (button.matches("[data-retries]")) retry();
});

// Requests that the browser drops as it leaves the page are no failures.
window.addEventListener("pagehide", () => { isLeaving = true; });
window.addEventListener("pageshow", () => { isLeaving = false; });
