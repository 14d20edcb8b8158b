// Sending a form without leaving its page, so that nothing typed is lost, however slow the answer is or if none comes.
// What is typed while an answer is under way is sent after it, put into the page that it brings, or said to be unsaved.
"use strict";

const LONG_MS = 60_000;
const SHOWS_PROGRESS_MS = 300;
const PAGES = new Set([200, 409, 422]);

let underWay = null; // the fields that were sent, until their answer is there
let pressed = null; // the button of a further press of Save meanwhile
let isOpening = false; // the answer has come, and the next page is being opened
let lastButton = null;

const sentForm = () => document.querySelector("form[data-stays]");

// Show one of the messages beside the buttons: "sending", "failed" or "stale"; none without a name.
function showSending(form, name, reason = "") {
  for (const part of form.querySelectorAll("[data-when]")) {
    part.hidden = part.dataset.when !== name;
    if (!part.hidden) part.scrollIntoView({ block: "nearest" });
  }
  for (const place of form.querySelectorAll("[data-reason]")) place.textContent = reason;
}

// Signing in again, if the session has ended, leads to the address of the form: its draft is kept there.
function post(form, body) {
  return fetch(form.action, {
    method: "POST",
    body,
    headers: { "HX-Request": "true", "HX-Current-URL": form.action, "Accept-Language": document.documentElement.lang },
    signal: AbortSignal.timeout(LONG_MS),
  });
}

// The token has become too old: the answer has a new one, with which the form is sent once more.
async function postWithNewToken(form, body, page) {
  const token = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (!token) return null;
  form.elements.csrfmiddlewaretoken.value = token;
  body.set("csrfmiddlewaretoken", token);
  return post(form, body);
}

async function exchange(form, body) {
  let response = await post(form, body);
  let page = parseAnswer(await response.text());
  if (response.status === 403) {
    response = (await postWithNewToken(form, body, page)) ?? response;
    if (!response.bodyUsed) page = parseAnswer(await response.text());
  }
  return { response, page };
}

async function send(form, button) {
  if (underWay) {
    pressed = { button };
    return;
  }
  if (isOpening && !isUnsaved(form)) return;
  stopOpening();
  [underWay, pressed, lastButton] = [typedFields(form), null, button];
  const body = new URLSearchParams(new FormData(form, button));
  const timer = setTimeout(() => showSending(form, "sending"), SHOWS_PROGRESS_MS);
  const answer = await exchange(form, body).catch(() => null);
  clearTimeout(timer);
  const sent = underWay;
  underWay = null;
  receive(form, sent, answer);
}

function receive(form, sent, answer) {
  const { response, page } = answer ?? {};
  const target = response?.headers.get("HX-Redirect") ?? (response?.redirected ? response.url : null);
  if (target) finish(form, sent, target, response.headers.has("Renvoi-Saved"));
  else if (PAGES.has(response?.status) && page.getElementById("content")) replacePage(form, sent, page, response.status);
  else showSending(form, "failed", page?.querySelector("main h1")?.textContent.trim());
}

// Saved, or kept until its account has signed in again: open the page that follows, unless there is more to save.
function finish(form, sent, target, isSaved) {
  savedState.set(form, JSON.stringify(sent));
  showSending(form, "");
  if (isUnsaved(form) && (pressed || !isSaved)) return sendAgain(form);
  if (isUnsaved(form)) return showSending(form, "stale");
  isOpening = true;
  window.location.assign(target);
}

// Act on the button that was pressed meanwhile; the page may have another copy of it now.
function sendAgain(form) {
  const { name = "", value = "" } = pressed?.button ?? {};
  send(form, name ? form.querySelector(`button[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`) : null);
}

// Typing while the next page is being opened keeps this page, with what has been typed.
function stopOpening() {
  if (!isOpening) return;
  window.stop();
  isOpening = false;
  if (sentForm()) showSending(sentForm(), "stale");
}

function replacePage(form, sent, page, status) {
  const changes = changesSince(sent, typedFields(form));
  const place = focusedPlace(form);
  const content = page.getElementById("content");
  document.title = page.title;
  if (content.closest(".frame")) document.getElementById("content").replaceWith(content);
  else document.body.replaceWith(page.body);
  htmx.process(document.body);
  countAll();
  makeComboboxes();
  guardAll();
  const fresh = sentForm();
  if (fresh) applyChanges(fresh, changes);
  const announcement = content.querySelector("[data-announce]")?.textContent;
  if (announcement) announce(announcement);
  if (changes.size) place();
  else (content.querySelector("[autofocus]") ?? content.querySelector("[data-focus]"))?.focus();
  // The page may have grown above the field: show it with the error under it (scroll-margin).
  document.activeElement.scrollIntoView({ block: "nearest" });
  if (fresh && pressed && changes.size && status !== 409) sendAgain(fresh);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-stays]") || event.submitter?.hasAttribute("hx-post")) return;
  event.preventDefault();
  send(form, event.submitter);
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-retry]")) send(sentForm(), lastButton?.isConnected ? lastButton : null);
});

document.addEventListener("input", (event) => {
  if (event.target.form?.matches("form[data-stays]")) stopOpening();
});
window.addEventListener("pageshow", () => { isOpening = false; });
